package example

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearsay"
	"hearsay/envelope"
	"hearsay/kit"
)

// Play is the worked example as it is about to be played.
type Play struct {
	Dossier *Dossier
	Stage   Stage
	Program Program
	Tell    func(Line) // hears the story as it goes
}

// Line is one step of the story.
type Line struct {
	Day  hearsay.Day
	Zone string // source, courier, relay, desk, site
	Text string
	Took time.Duration
}

// Played is the play after its last day, with relay and desk still running.
type Played struct {
	RelayAddress string
	DeskStart    string // the link by which the desk opens
	Passphrases  map[string]string
	Claims       json.RawMessage // the desk's own view of its claims
	Today        hearsay.Day     // where the clock stands
	Bulletins    []string
	Reports      int
	Deposits     int
	relay, desk  *process
	editors      []*editor
}

// Wait returns when ctx ends, or with an error when relay or desk end before.
func (p *Played) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-p.relay.done:
		return fmt.Errorf("the relay ended: %s", p.relay.stderr.lines())
	case <-p.desk.done:
		return fmt.Errorf("the desk ended: %s", p.desk.stderr.lines())
	}
}

// ClaimList is the desk's view of its claims, each with the fields that CLI.md
// names.
func (p *Played) ClaimList() ([]json.RawMessage, error) {
	var page struct {
		Claims []struct {
			Claim      string          `json:"claim"`
			Standing   string          `json:"standing"`
			Value      json.RawMessage `json:"value"`
			P          float64         `json:"p"`
			Calibrated bool            `json:"calibrated"`
			Origins    []string        `json:"origins"`
			Fragility  int             `json:"fragility"`
		} `json:"claims"`
	}
	if err := json.Unmarshal(p.Claims, &page); err != nil {
		return nil, fmt.Errorf("read the desk's claims: %w", err)
	}
	var list []json.RawMessage
	for _, c := range page.Claims {
		b, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// Close stops what is still running, the desk first.
func (p *Played) Close() error {
	for _, e := range p.editors {
		e.close()
	}
	var errs []error
	for _, proc := range []*process{p.desk, p.relay} {
		if proc != nil {
			errs = append(errs, proc.stop())
		}
	}
	return errors.Join(errs...)
}

// scene is the play while it runs.
type scene struct {
	*Play
	Played
	root    ed25519.PublicKey
	today   hearsay.Day
	words   map[string]envelope.Phrase // of sources, by code name: all that a source keeps
	places  map[string]int64           // of reports at the desk, by their id in the dossier
	sent    []Report                   // of today, on their way
	answers []Report                   // that an editor answered today
	drafted map[string]bool
	charter hearsay.Day // the last day of the desk's charter
	hadNews bool
}

// The play's desk is small: the parameters stand in the header of its vault, so
// that a real one keeps the larger ones of PROTOCOL.md section 6.
const (
	deskName   = "The Example Desk"
	vaultKiB   = 64 << 10
	puzzleBits = envelope.MinPuzzle
	coverADay  = 24 // deposits, PROTOCOL.md section 9.6
	renewAhead = 21 // days before the charter's end
)

// Run plays the example from its first day to its last. What it started keeps
// running until Close; where Run fails, it has stopped everything itself.
func (p *Play) Run(ctx context.Context) (*Played, error) {
	s := &scene{
		Play: p, words: map[string]envelope.Phrase{}, places: map[string]int64{}, drafted: map[string]bool{},
		Played: Played{Passphrases: map[string]string{}},
	}
	if err := s.run(ctx); err != nil {
		if stop := s.Close(); stop != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w (%w)", err, stop)
		}
		return nil, err
	}
	return &s.Played, nil
}

func (s *scene) run(ctx context.Context) error {
	days := s.Dossier.Days()
	s.today = days[0]
	if err := s.open(ctx); err != nil {
		return err
	}
	for i, day := range days {
		if err := s.live(ctx, day, len(days)-i <= lastDays); err != nil {
			return fmt.Errorf("%s: %w", day, err)
		}
	}
	if err := s.cover(ctx); err != nil {
		return err
	}
	s.Today = s.today
	return s.editors[0].get(ctx, "/claims", &s.Claims)
}

func (s *scene) tell(zone string, began time.Time, format string, args ...any) {
	s.Tell(Line{s.today, zone, fmt.Sprintf(format, args...), time.Since(began)})
}

// open makes the desk, and starts relay and desk.
func (s *scene) open(ctx context.Context) error {
	began := time.Now()
	if err := s.Stage.Set(); err != nil {
		return err
	}
	if err := s.Stage.setClock(s.today); err != nil {
		return err
	}
	args := []string{
		"desk", "init", "--dir", s.Stage.Desk(), "--name", deskName, "--keyslot", s.Stage.Keyslot(), "--root-key", s.Stage.RootKey(),
		"--claims", s.Stage.claims(), "--memory-kib", strconv.Itoa(vaultKiB), "--clock-file", s.Stage.clock(),
		"--passphrase-file", s.Stage.passphrase("vault"),
	}
	if err := os.WriteFile(s.Stage.claims(), s.Dossier.Claims, 0o600); err != nil {
		return fmt.Errorf("hand over the claims: %w", err)
	}
	for _, of := range append([]string{"vault"}, s.Dossier.Desk.Editors...) {
		s.Passphrases[of] = newPassphrase()
		if err := os.WriteFile(s.Stage.passphrase(of), []byte(s.Passphrases[of]+"\n"), 0o600); err != nil {
			return fmt.Errorf("keep a passphrase: %w", err)
		}
		if of != "vault" {
			args = append(args, "--editor", of+"="+s.Stage.passphrase(of))
		}
	}
	out, err := s.Program.run(ctx, args...)
	if err != nil {
		return err
	}
	var made struct {
		RootKey   string `json:"root_key"`
		Questions int    `json:"questions"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		return fmt.Errorf("desk init: %w", err)
	}
	if s.root, err = hex.DecodeString(made.RootKey); err != nil || len(s.root) != ed25519.PublicKeySize {
		return fmt.Errorf("desk init printed no root key")
	}
	s.tell("desk", began, "is made: root key, keyslot and vault apart; %d editors; %d questions for every kit", len(s.Dossier.Desk.Editors), made.Questions)

	began = time.Now()
	var said map[string]string
	s.relay, said, err = s.Program.serve(ctx, "relay", "relay", "serve", "--store", "sqlite:"+s.Stage.Relay(), "--create",
		"--listen", "127.0.0.1:0", "--desk-key", made.RootKey, "--puzzle", strconv.Itoa(puzzleBits), "--clock-file", s.Stage.clock())
	if err != nil {
		return err
	}
	s.RelayAddress = said["relay"]
	s.tell("relay", began, "listens: a process of its own, with no key to anything")

	began = time.Now()
	s.desk, said, err = s.Program.serve(ctx, "desk", "desk", "serve", "--dir", s.Stage.Desk(), "--keyslot", s.Stage.Keyslot(), "--relay", s.RelayAddress,
		"--listen", "127.0.0.1:0", "--rehearse", "--passphrase-file", s.Stage.passphrase("vault"), "--clock-file", s.Stage.clock())
	if err != nil {
		return err
	}
	s.DeskStart = said["desk"]
	for _, name := range s.Dossier.Desk.Editors {
		e, err := signIn(ctx, s.DeskStart, name, s.Passphrases[name])
		if err != nil {
			return err
		}
		s.editors = append(s.editors, e)
	}
	s.tell("desk", began, "is unlocked and on loopback; %s sign in", strings.Join(s.Dossier.Desk.Editors, " and "))
	return nil
}

// newPassphrase draws 128 bits, written to be typed.
func newPassphrase() string {
	return strings.ToLower(rand.Text()[:5] + "-" + rand.Text()[:5] + "-" + rand.Text()[:5] + "-" + rand.Text()[:5] + "-" + rand.Text()[:6])
}

// editor returns the session of an editor by name.
func (s *scene) editor(name string) (*editor, error) {
	for _, e := range s.editors {
		if e.name == name {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%q is no editor of the dossier: %w", name, ErrDossier)
}

// live plays one day: receipts, cuts, merges, sign-offs, consent, overrides,
// publications, and the drop.
func (s *scene) live(ctx context.Context, day hearsay.Day, always bool) error {
	s.today, s.sent, s.hadNews = day, nil, false
	if err := s.Stage.setClock(day); err != nil {
		return err
	}
	if err := s.renew(ctx); err != nil {
		return err
	}
	if _, err := s.desk.errand(ctx, "morning"); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		s.receive, s.reply, s.cuts, s.merges, s.signatures, s.consents, s.overrides, s.publications,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if !s.hadNews && !always {
		return nil
	}
	if _, err := s.desk.errand(ctx, "drop"); err != nil {
		return err
	}
	return s.readReplies(ctx)
}

// renew brings the root key's stick to the desk when the charter runs out.
func (s *scene) renew(ctx context.Context) error {
	began := time.Now()
	var health struct {
		Charter struct {
			To hearsay.Day `json:"to"`
		} `json:"charter"`
	}
	if s.charter == 0 {
		if err := s.editors[0].get(ctx, "/health", &health); err != nil {
			return err
		}
		s.charter = health.Charter.To
	}
	if s.today+renewAhead <= s.charter {
		return nil
	}
	key, err := os.ReadFile(s.Stage.RootKey())
	if err != nil {
		return fmt.Errorf("fetch the root key: %w", err)
	}
	if err := s.editors[0].post(ctx, "/charter", url.Values{"root_key": {string(key)}}, nil); err != nil {
		return err
	}
	if err := s.editors[0].get(ctx, "/health", &health); err != nil {
		return err
	}
	s.charter = health.Charter.To
	s.tell("desk", began, "renews its charter with the root key's stick, to %s", s.charter)
	return nil
}

// receive has the day's reports written, carried and kept.
func (s *scene) receive(ctx context.Context) error {
	for _, r := range s.Dossier.Reports {
		if r.Day != s.today {
			continue
		}
		s.hadNews = true
		var err error
		switch r.Channel {
		case "relay":
			err = s.send(ctx, r)
		case "parcel":
			err = s.carry(ctx, r)
		case "desk":
			err = s.keyIn(ctx, r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	if len(s.sent) == 0 {
		return nil
	}
	began := time.Now()
	var pulled struct{ Deposits, Reports int }
	if err := s.editors[0].post(ctx, "/pull", url.Values{}, &pulled); err != nil {
		return err
	}
	if pulled.Reports != len(s.sent) {
		return fmt.Errorf("the desk found %d reports where %d were sent", pulled.Reports, len(s.sent))
	}
	s.tell("desk", began, "pulls %d deposits, opens %d, keeps %s", pulled.Deposits, pulled.Reports, plural(pulled.Reports, "report"))
	return s.recognise(ctx)
}

// session opens a source's kit: it loads what everybody loads, verifies the
// roster, and only then is told the words.
func (s *scene) session(ctx context.Context, r Report) (*kit.Client, *kit.Session, error) {
	words, err := s.wordsOf(r)
	if err != nil {
		return nil, nil, err
	}
	client, err := kit.New(kit.Config{
		Relay: s.RelayAddress, Root: s.root, MinSerial: 1,
		Now: func() time.Time { return s.today.Time().Add(12 * time.Hour) },
		Gap: func(ctx context.Context) error { return ctx.Err() },
	})
	if err != nil {
		return nil, nil, err
	}
	load, err := client.Load(ctx, kit.Week)
	if err == nil {
		var session *kit.Session
		if session, err = load.Unlock(words); err == nil {
			return client, session, nil
		}
	}
	client.Close()
	return nil, nil, err
}

// wordsOf returns what the source of a report types: its twelve words, drawn
// when it first reports, in a false order where it is forced.
func (s *scene) wordsOf(r Report) (words envelope.Phrase, err error) {
	words, ok := s.words[r.Source]
	if !ok {
		if words, err = envelope.NewPhrase(rand.Reader); err != nil {
			return words, err
		}
		s.words[r.Source] = words
	}
	if r.Forced {
		return falseOrder(words)
	}
	return words, nil
}

// falseOrder is what a forced source types: the same words, the marked ones in
// another order. The screen shows nothing of it.
func falseOrder(words envelope.Phrase) (envelope.Phrase, error) {
	order := []byte(words.Order())
	slices.Reverse(order)
	return words.Reordered(string(order))
}

func (s *scene) send(ctx context.Context, r Report) error {
	began := time.Now()
	client, session, err := s.session(ctx, r)
	if err != nil {
		return err
	}
	defer client.Close()
	defer session.Close()
	if err := session.Write(r.Body); err != nil {
		return err
	}
	sent, err := session.Send(ctx)
	if err != nil {
		return err
	}
	s.Deposits += kit.PerSession
	s.sent = append(s.sent, r)
	s.tell("source", began, "%s verifies the roster, seals %d bytes and posts %d deposits of %d bytes, %d of them cover",
		r.Source, len(r.Body), kit.PerSession, envelope.DepositSize, kit.PerSession-sent.Taken)
	return nil
}

func (s *scene) carry(ctx context.Context, r Report) error {
	began := time.Now()
	client, session, err := s.session(ctx, r)
	if err != nil {
		return err
	}
	defer client.Close()
	defer session.Close()
	parcel, err := session.Parcel(r.Body)
	if err != nil {
		return err
	}
	drives, err := session.Spread(parcel, kit.DrivesNeeded, kit.Drives)
	if err != nil {
		return err
	}
	for i, files := range drives {
		if err := os.WriteFile(s.Stage.Parcel(r.ID, i), files[0], 0o600); err != nil {
			return fmt.Errorf("write the parcel: %w", err)
		}
	}
	s.tell("source", began, "%s seals %d bytes onto %d drives of %d bytes, of which any %d will do",
		r.Source, len(r.Body), len(drives), len(drives[0][0]), kit.DrivesNeeded)

	began = time.Now()
	lost := mathrand.IntN(kit.Drives)
	if err := os.Remove(s.Stage.Parcel(r.ID, lost)); err != nil {
		return fmt.Errorf("lose a drive: %w", err)
	}
	s.tell("courier", began, "one of three drives is taken at a checkpoint: it says nothing")

	began = time.Now()
	var imported struct{ Reports int }
	for i := range drives {
		if i == lost {
			continue
		}
		carried, err := os.ReadFile(s.Stage.Parcel(r.ID, i))
		if err != nil {
			return fmt.Errorf("read the parcel: %w", err)
		}
		if err := s.editors[0].upload(ctx, "/import", "parcel", carried, &imported); err != nil {
			return err
		}
	}
	if imported.Reports != 1 {
		return fmt.Errorf("the parcel brought %d reports", imported.Reports)
	}
	s.tell("desk", began, "imports the two that came, one by one: %s", plural(imported.Reports, "report"))
	s.sent = append(s.sent, r)
	err = s.recognise(ctx)
	s.sent = s.sent[:len(s.sent)-1]
	return err
}

func (s *scene) keyIn(ctx context.Context, r Report) error {
	began := time.Now()
	var kept struct{ Place int64 }
	if err := s.editors[0].post(ctx, "/key-in", url.Values{"code_name": {r.Source}, "text": {r.Body}}, &kept); err != nil {
		return err
	}
	s.places[r.ID] = kept.Place
	s.Reports++
	s.tell("desk", began, "%s keys in what %s reads out", s.editors[0].name, r.Source)
	return nil
}

// recognise has the first editor read what is new and give new sources their
// code names. Nothing but the text tells the editor who is who.
func (s *scene) recognise(ctx context.Context) error {
	var inbox struct {
		Reports []struct {
			Place  int64
			Flag   string
			Source struct {
				Handle   string
				CodeName string `json:"code_name"`
			}
		}
	}
	if err := s.editors[0].get(ctx, "/inbox", &inbox); err != nil {
		return err
	}
	known := map[int64]bool{}
	for _, place := range s.places {
		known[place] = true
	}
	for _, line := range inbox.Reports {
		if known[line.Place] {
			continue
		}
		began := time.Now()
		var read struct{ Body string }
		if err := s.editors[0].get(ctx, "/reports/"+strconv.FormatInt(line.Place, 10), &read); err != nil {
			return err
		}
		i := slices.IndexFunc(s.sent, func(r Report) bool { return r.Body == strings.TrimRight(read.Body, "\n") })
		if i < 0 {
			return errors.New("the desk has a report that nobody sent")
		}
		r := s.sent[i]
		s.places[r.ID] = line.Place
		s.Reports++
		if (line.Flag == "duress") != r.Forced {
			return fmt.Errorf("%s was filed as %q", r.ID, line.Flag)
		}
		if line.Source.CodeName == "" {
			if err := s.editors[0].post(ctx, "/sources/"+line.Source.Handle+"/name", url.Values{"code_name": {r.Source}}, nil); err != nil {
				return err
			}
			s.tell("desk", began, "meets a new source and calls it %s", r.Source)
		} else if line.Source.CodeName != r.Source {
			return fmt.Errorf("%s came under the name of another source", r.ID)
		}
		if line.Flag != "" {
			s.tell("desk", began, "sees by the order of the words that %s was forced: kept, marked, never weighed", r.Source)
		}
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
