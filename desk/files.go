package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/store"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

// Chunks of files come apart from the manifests that say whose they are, before
// or after them and by other ways. They are kept as they come, sealed, for as
// long as the message that they belong to can still be opened.
var chunkDays = map[casebook.Channel]hearsay.Day{
	casebook.ByRelay:  envelope.RelayKeepsDays,
	casebook.ByParcel: envelope.CourierDestroy,
}

// The bounds of what waits. A relay gives out no more of a day that is over than
// it may keep, so that such days cannot fill theirs; drives that would are
// refused. In a flood an open day can show others at every pull, without end.
// They get what room there is beside those of other days, and no more.
var (
	mostOpenChunks = 8 * envelope.MaxChunkDeposits
	mostChunks     = map[casebook.Channel]int{
		casebook.ByRelay:  mostOpenChunks + (envelope.RelayKeepsDays+2)*envelope.MaxChunkDeposits,
		casebook.ByParcel: 8192,
	}
)

// keepChunks keeps chunks that came. When it returns they would survive a loss
// of power, and only then may a relay be told.
func (d *Desk) keepChunks(ctx context.Context, chunks [][]byte, channel casebook.Channel, received hearsay.Day) error {
	return d.keepChunksUpTo(ctx, mostChunks[channel], chunks, channel, received)
}

// keepOpenChunks keeps chunks of a day that is not over at the relay.
func (d *Desk) keepOpenChunks(ctx context.Context, chunks [][]byte, received hearsay.Day) error {
	return d.keepChunksUpTo(ctx, mostOpenChunks, chunks, casebook.ByRelay, received)
}

func (d *Desk) keepChunksUpTo(ctx context.Context, most int, chunks [][]byte, channel casebook.Channel, received hearsay.Day) error {
	if len(chunks) == 0 {
		return nil
	}
	return d.store.KeepChunks(ctx, channel, received+chunkDays[channel], most, chunks)
}

// putTogether puts together every file whose manifest and chunks are all there,
// in whatever order they came, and lets go of chunks that nothing can need any
// more. It returns how many files are whole now.
func (d *Desk) putTogether(ctx context.Context) (whole int, err error) {
	for channel := range chunkDays {
		if err := d.store.ForgetExpiredChunks(ctx, channel, d.today()); err != nil {
			return whole, err
		}
	}
	type content struct{ key, digest [32]byte }
	kept := map[content]bool{}
	files := d.book.Files()
	for _, f := range files {
		kept[content{f.Key, f.Digest}] = kept[content{f.Key, f.Digest}] || f.State == casebook.Whole
	}
	// One look at all chunks, since there may be many more files that never come.
	there, err := d.store.Locators(ctx)
	if err != nil {
		return whole, err
	}
	for _, f := range files {
		if f.State != casebook.Coming {
			continue
		}
		locators, err := d.locators(f)
		if err != nil {
			return whole, err
		}
		state := casebook.Whole
		if !kept[content{f.Key, f.Digest}] { // else a manifest that came again
			if slices.ContainsFunc(locators, func(l [store.LocatorSize]byte) bool { return !there[l] }) {
				continue
			}
			body, err := d.join(ctx, f, locators)
			if errors.Is(err, errParts) {
				continue
			}
			if err != nil {
				return whole, err
			}
			if int64(len(body)) != f.Size || sha256.Sum256(body) != f.Digest {
				state = casebook.Damaged
			} else if err := d.store.KeepFile(ctx, body); err != nil {
				return whole, err
			}
		}
		if err := d.book.Filed(ctx, f.Place, state); err != nil {
			return whole, err
		}
		if state == casebook.Damaged {
			continue // its chunks stay for whoever else names them, and rightly
		}
		kept[content{f.Key, f.Digest}] = true
		whole++
		if err := d.store.ForgetChunks(ctx, locators); err != nil {
			return whole, err
		}
	}
	return whole, nil
}

// errParts tells that parts of a file are not there.
var errParts = errors.New("parts of the file are missing")

// join opens and joins the chunks of a file. Under each locator it takes the one
// that opens: locators stand in the clear, and a relay may have put others there.
func (d *Desk) join(ctx context.Context, f casebook.WantedFile, locators [][store.LocatorSize]byte) ([]byte, error) {
	desk, key := d.keys.Public().Desk, envelope.FileKeyFromBytes(f.Key)
	body := make([]byte, 0, f.Chunks*envelope.ChunkData)
	for i, locator := range locators {
		var data []byte
		err := d.store.EachChunk(ctx, locator, func(chunk []byte) (more bool) {
			opened, err := envelope.OpenChunk(desk, key, i, f.Chunks, chunk)
			data = opened
			return err != nil
		})
		if err != nil {
			return nil, err
		}
		if data == nil {
			return nil, errParts
		}
		body = append(body, data...)
	}
	if f.Size > int64(len(body)) {
		return body, nil // what the manifest says cannot be: the caller sees it
	}
	return body[:f.Size], nil
}

func (d *Desk) locators(f casebook.WantedFile) ([][store.LocatorSize]byte, error) {
	desk, key := d.keys.Public().Desk, envelope.FileKeyFromBytes(f.Key)
	locators := make([][store.LocatorSize]byte, f.Chunks)
	for i := range locators {
		var err error
		if locators[i], err = envelope.ChunkLocator(desk, key, i, f.Chunks); err != nil {
			return nil, fmt.Errorf("look for a file: %w", err)
		}
	}
	return locators, nil
}

// Parts returns how many parts of each file of a manifest are there.
func (w works) Parts(ctx context.Context, place int64) ([]int, error) {
	m, err := w.book.Manifest(place)
	if err != nil {
		return nil, err
	}
	have := make([]int, len(m.Files))
	for i := range m.Files {
		f, err := w.book.File(casebook.FilePlace{Manifest: place, File: i})
		if err != nil {
			return nil, err
		}
		if f.State != casebook.Coming {
			have[i] = f.Chunks
			continue
		}
		locators, err := w.locators(f)
		if err == nil {
			have[i], err = w.store.HasChunks(ctx, locators)
		}
		if err != nil {
			return nil, err
		}
	}
	return have, nil
}

// File returns a file that is whole.
func (w works) File(ctx context.Context, place int64, number int) (name string, body []byte, err error) {
	f, err := w.book.File(casebook.FilePlace{Manifest: place, File: number - 1})
	if err != nil {
		return "", nil, err
	}
	if f.State != casebook.Whole {
		return "", nil, web.ErrNotWhole
	}
	body, err = w.store.File(ctx, f.Digest)
	return f.Name, body, err
}
