package desk

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"hearsay"
	"hearsay/envelope"
)

// show fetches one of the files that the relay serves to everyone, of exactly
// that size.
func (m *mailbox) show(ctx context.Context, path string, size int) ([]byte, error) {
	code, b, err := m.call(ctx, http.MethodGet, path, nil, size, false)
	if err != nil {
		return nil, err
	}
	if code != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %w: status %d", path, ErrRefused, code)
	}
	if len(b) != size {
		return nil, fmt.Errorf("GET %s: %w: %d bytes", path, ErrRelay, len(b))
	}
	return b, nil
}

// Look fetches what the relay shows to everybody, as a stranger would, and
// compares it with what this desk published. What differs it returns, and
// Warnings repeats it until the next look. A relay can show one thing to this
// line and another to others; but not for long, if editors look from elsewhere
// and readers compare.
func (d *Desk) Look(ctx context.Context) ([]Warning, error) {
	if d.mail == nil {
		return nil, ErrNoRelay
	}
	stranger, err := newMailbox(d.relay, nil) // on a connection of its own, which no authorized call has used
	if err != nil {
		return nil, err
	}
	defer stranger.close()
	status, err := stranger.status(ctx)
	if err != nil {
		return nil, err
	}
	var seen []Warning
	for _, look := range []func(context.Context, *mailbox, envelope.Status) (*Warning, error){
		d.lookAtClock, d.lookAtRoster, d.lookAtQuestions, d.lookAtDrop, d.lookForUnknownDrop,
	} {
		w, err := look(ctx, stranger, status)
		if err != nil {
			return nil, err
		}
		if w != nil {
			seen = append(seen, *w)
		}
	}
	d.watch.Lock()
	d.seen = seen
	d.watch.Unlock()
	return seen, nil
}

func (d *Desk) lookAtClock(_ context.Context, _ *mailbox, status envelope.Status) (*Warning, error) {
	if off := int64(status.Epoch) - int64(d.epoch()); off < -1 || off > 1 {
		return &Warning{"clock", true, fmt.Sprintf("This machine says it is %s, the relay %s: set right whichever is wrong. Kits and relay go by their own clocks, and keys are destroyed by this one.",
			d.today(), hearsay.Day(status.Epoch))}, nil
	}
	return nil, nil
}

// absent tells an answer that holds a file back from a relay that is away.
func absent(err error) bool { return errors.Is(err, ErrRefused) }

func (d *Desk) lookAtRoster(ctx context.Context, relay *mailbox, status envelope.Status) (*Warning, error) {
	signed, charter, err := d.charter()
	if err != nil || !signed.Covers(d.epoch()) { // an ended one is told of as such
		return nil, err
	}
	block, err := d.keys.Block(d.epoch())
	if err != nil {
		return nil, err
	}
	ours, err := envelope.AssembleRoster(charter, [][]byte{block})
	if err != nil {
		return nil, err
	}
	theirs, err := relay.show(ctx, envelope.PathRoster, envelope.RosterSize)
	if absent(err) {
		return &Warning{"roster", true, "The relay holds back this desk's roster: no kit can write to it. Ask whoever runs the relay, or go to another."}, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.Equal(theirs, ours) && status.RosterDigest == sha256.Sum256(ours):
		return nil, nil
	case bytes.Equal(theirs, ours):
		return &Warning{"roster", true, "The relay's status names another roster than the one it shows: it may show different people different ones. Compare the roster's digest from elsewhere."}, nil
	}
	return d.otherRoster(theirs)
}

// otherRoster says what a roster is that is not the one of today.
func (d *Desk) otherRoster(theirs []byte) (*Warning, error) {
	public := d.keys.Public()
	c, err := envelope.ParseCharter(public.Root, theirs[:envelope.CharterSize])
	var block envelope.Block
	if err == nil && public.Slot < len(c.Editors) {
		at := envelope.CharterSize + public.Slot*envelope.BlockSize
		block, err = envelope.ParseBlock(public.Desk, c.Editors[public.Slot], theirs[at:at+envelope.BlockSize])
	}
	if err != nil {
		return &Warning{"roster", true, "The relay shows a roster that this desk did not sign: kits refuse it, and nobody can write. Go to another relay."}, nil
	}
	for _, u := range d.keys.Live() {
		if u == block.Bundles[envelope.Daily] {
			return &Warning{"roster", int64(d.epoch())-int64(u.Epoch) > rosterOld, fmt.Sprintf("The relay shows an old roster of this desk, with the keys of %s, though it took newer ones. If it does so tomorrow, go to another.", hearsay.Day(u.Epoch))}, nil
		}
	}
	if !c.Editors[public.Slot].Equal(public.Editor) {
		return &Warning{"roster", true, fmt.Sprintf("The relay shows charter number %d, in which another key stands for this desk. If nobody here replaced the keys, whoever has the root key did: warn sources.", c.Serial)}, nil
	}
	return &Warning{"roster", true, "The relay shows a roster with this desk's signature and keys that are not here. Either a second copy of the desk runs, or its keys are in other hands: see the operator's guide, \"A forked roster\"."}, nil
}

// rosterOld is from how many days on kits warn of an old roster (PROTOCOL.md
// section 9.2).
const rosterOld = 3

func (d *Desk) lookAtQuestions(ctx context.Context, relay *mailbox, _ envelope.Status) (*Warning, error) {
	ours, err := os.ReadFile(filepath.Join(d.dir, questionsFile))
	if err != nil {
		return nil, fmt.Errorf("read the questions: %w", err)
	}
	theirs, err := relay.show(ctx, envelope.PathQuestions, envelope.QuestionsSize)
	if absent(err) {
		return &Warning{"questions", false, "The relay holds back this desk's questions: kits offer free text only."}, nil
	}
	if err != nil || bytes.Equal(theirs, ours) {
		return nil, err
	}
	public := d.keys.Public()
	if _, err := envelope.ParseQuestions(public.Desk, []ed25519.PublicKey{public.Root, public.Editor}, theirs); err != nil {
		return &Warning{"questions", false, "The relay shows questions that this desk did not sign: kits drop them and offer free text only."}, nil
	}
	return &Warning{"questions", false, "The relay shows other questions of this desk than the last ones it signed."}, nil
}

func (d *Desk) lookAtDrop(ctx context.Context, relay *mailbox, _ envelope.Status) (*Warning, error) {
	state := d.book.NextDrop(0, 0)
	if state.Epoch == 0 || d.today()-state.Epoch >= envelope.RelayKeepsDays {
		return nil, nil
	}
	public := d.keys.Public()
	theirs, err := relay.show(ctx, envelope.DropPath(public.Slot, envelope.Epoch(state.Epoch)), envelope.DropSize(d.config.Rows))
	if absent(err) {
		return &Warning{"drop", false, fmt.Sprintf("The relay does not show this desk's drop of %s: sources see a gap, and no answer of that day. It goes out again with the next drop's hour.", state.Epoch)}, nil
	}
	if err != nil || sha256.Sum256(theirs) == state.Digest {
		return nil, err
	}
	if _, err := envelope.ParseDrop(public.Desk, public.Editor, d.config.Rows, theirs); err != nil {
		return &Warning{"drop", true, fmt.Sprintf("The relay shows a drop of %s that this desk did not sign: kits skip it, and miss the answers of that day. Go to another relay.", state.Epoch)}, nil
	}
	return &Warning{"drop", true, fmt.Sprintf("There are two drops of %s with this desk's signature. Either a second copy of the desk runs, or its keys are in other hands: see the operator's guide, \"A forked roster\".", state.Epoch)}, nil
}

func (d *Desk) lookForUnknownDrop(ctx context.Context, _ *mailbox, _ envelope.Status) (*Warning, error) {
	day, b, err := d.unknownDrop(ctx)
	if err != nil || b == nil {
		return nil, err
	}
	return &Warning{"drop", true, fmt.Sprintf("The relay has a drop of %s with this desk's signature that this desk does not know. Either an old copy of its folder was put back (then say so: hearsay desk restore --in-place), or a second copy runs.", day)}, nil
}
