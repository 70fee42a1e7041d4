package web

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// memory is a Store without a disk: these tests are about pages.
type memory struct{ records []casebook.Record }

func (m *memory) Append(_ context.Context, records []casebook.Record) error {
	m.records = append(m.records, records...)
	return nil
}

func (m *memory) Load(_ context.Context, yield func(casebook.Record) error) error {
	for _, r := range m.records {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

const dossierDir = "../../../example/dossier"

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	ok(t, json.Unmarshal(must(os.ReadFile(filepath.Join(dossierDir, name)))(t), into))
}

// frontMatter reads one of the dossier's Markdown files.
func frontMatter(t testing.TB, file string) (map[string]string, string) {
	t.Helper()
	parts := strings.SplitN(string(must(os.ReadFile(file))(t)), "---\n", 3)
	if len(parts) != 3 {
		t.Fatalf("%s has no front matter", file)
	}
	head := map[string]string{}
	for line := range strings.Lines(parts[1]) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			head[name] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return head, parts[2]
}

func day(t testing.TB, s string) hearsay.Day {
	t.Helper()
	return must(hearsay.ParseDay(s))(t)
}

func address(t testing.TB, s string) hearsay.Address {
	t.Helper()
	return must(hearsay.ParseAddress(s))(t)
}

// played is a casebook that lived through the worked example, once for all
// tests: those that change anything open their own from its records.
type played struct {
	records []casebook.Record
	today   hearsay.Day
	places  map[string]int64
}

var (
	playOnce sync.Once
	example  played
)

// playDossier lives through the worked example by its dates, and leaves B5
// a draft, the gate's answer to B4 overridden by one editor alone, and every
// other bulletin published.
func playDossier(t testing.TB) played {
	t.Helper()
	playOnce.Do(func() { example = live(t) })
	if example.records == nil {
		t.Fatal("the worked example could not be played")
	}
	return example
}

func live(t testing.TB) played {
	t.Helper()
	ctx := t.Context()
	var claims struct{ Claims []casebook.Claim }
	readJSON(t, "claims.json", &claims)
	var did struct {
		Captured []struct {
			Source         string
			Since, Decided hearsay.Day
		}
		Merges []struct {
			Claim, Editor, Why string
			Reports            []string
			On                 hearsay.Day
		}
		SignsOff []struct {
			Editor, Claim string
			Claims        []string
			On            hearsay.Day
			ByRecord      bool `json:"by_record"`
		} `json:"signs_off"`
	}
	readJSON(t, "desk.json", &did)

	p := played{places: map[string]int64{}, today: day(t, "2020-01-01")}
	store := &memory{}
	c := must(casebook.Open(ctx, store, casebook.DefaultModel, func() hearsay.Day { return p.today }))(t)
	ok(t, c.Enrol(ctx, "first", ""))
	ok(t, c.Enrol(ctx, "second", ""))
	ok(t, c.Word(ctx, "first", claims.Claims...))

	type step struct {
		on    hearsay.Day
		order int
		do    func()
	}
	var steps []step
	at := func(on hearsay.Day, order int, do func()) { steps = append(steps, step{on, order, do}) }
	source := func(codeName string) casebook.SourceID {
		for _, s := range c.Sources() {
			if s.CodeName == codeName {
				return must(c.FindSource(s.Handle))(t)
			}
		}
		t.Fatalf("no source %s", codeName)
		return casebook.SourceID{}
	}
	files := must(filepath.Glob(filepath.Join(dossierDir, "reports", "*.md")))(t)
	for _, file := range files {
		head, body := frontMatter(t, file)
		at(day(t, head["received"]), 0, func() {
			if head["channel"] == "desk" {
				p.places[head["id"]] = must(c.KeyIn(ctx, "first", head["source"], body))(t)
				return
			}
			in := casebook.Incoming{
				Channel: casebook.Channel(head["channel"]), Received: p.today, Endorsed: true,
				Body: casebook.NewText(body), Parts: 1,
			}
			copy(in.Fingerprint[:], "inbox of "+head["source"])
			copy(in.Author[:], head["source"]+head["sent_as"])
			copy(in.Message[:], head["id"])
			must(c.Receive(ctx, []casebook.Incoming{in}))(t)
			newest := c.Inbox().Reports[0]
			p.places[head["id"]] = newest.Place
			if newest.Source.CodeName == "" {
				ok(t, c.Name(ctx, "first", must(c.FindSource(newest.Source.Handle))(t), head["source"], ""))
			}
		})
	}
	for _, cut := range did.Captured {
		at(cut.Decided, 1, func() { ok(t, c.Cut(ctx, "first", source(cut.Source), cut.Since)) })
	}
	for _, m := range did.Merges {
		at(m.On, 2, func() {
			var places []int64
			for _, id := range m.Reports {
				places = append(places, p.places[id])
			}
			ok(t, c.Merge(ctx, m.Editor, address(t, m.Claim), places, m.Why))
		})
	}
	for _, s := range did.SignsOff {
		for _, claim := range append(s.Claims, s.Claim) {
			if claim != "" {
				at(s.On, 3, func() { ok(t, c.Sign(ctx, s.Editor, address(t, claim), s.ByRecord)) })
			}
		}
	}
	bulletins := must(filepath.Glob(filepath.Join(dossierDir, "bulletins", "*.md")))(t)
	for _, file := range bulletins {
		head, text := frontMatter(t, file)
		at(day(t, head["published"]), 4, func() {
			ok(t, c.Draft(ctx, "first", head["id"], hearsay.BulletinKind(head["kind"]), text, head["corrects"]))
			switch head["id"] {
			case "B4":
				ok(t, c.Override(ctx, "second", "B4", "custody/kite-7/status", "the family asked that it be told, and the season is all it tells"))
			case "B5":
			default:
				ok(t, c.Publish(ctx, "first", head["id"]))
			}
		})
	}
	at(day(t, "2021-01-10"), 5, func() { ok(t, c.Consent(ctx, "first", "KITE-7", "family", "the season, not the day", false)) })
	at(day(t, "2021-01-10"), 6, func() {
		photo := casebook.Incoming{Channel: casebook.ByRelay, Received: p.today, Endorsed: true, Parts: 1, Manifest: &casebook.IncomingManifest{
			Files: []casebook.FileKeys{{Size: 120_000, Chunks: 2, Name: "photo-1.jpg"}, {Size: 900, Chunks: 1, Name: "list.txt"}},
		}}
		copy(photo.Manifest.Report[:], "R27")
		copy(photo.Fingerprint[:], "inbox of WREN")
		copy(photo.Author[:], "WREN")
		copy(photo.Message[:], "the photo")
		if kept := must(c.Receive(ctx, []casebook.Incoming{photo}))(t); kept.Files != 2 {
			t.Fatalf("kept %+v", kept)
		}
		p.places["files"] = int64(len(store.records))
		ok(t, c.Filed(ctx, casebook.FilePlace{Manifest: p.places["files"], File: 1}, casebook.Whole))
		p.places["reply"] = must(c.Reply(ctx, "first", source("WREN"), "Thank you. Is the price for white rice?", false))(t)
	})
	slices.SortStableFunc(steps, func(a, b step) int {
		if a.on != b.on {
			return int(a.on - b.on)
		}
		return a.order - b.order
	})
	for _, s := range steps {
		p.today = s.on
		s.do()
	}
	p.records = store.records
	return p
}

// works does what reaches beyond the casebook, for tests: publishing goes
// through the gate as it must, the rest is what the test says.
type works struct {
	book    *casebook.Casebook
	pulled  PullResult
	health  Health
	fails   error
	rootKey string
	parcel  []byte   // the last file
	parcels [][]byte // all files
	waiting []int
	have    []int             // parts of each file
	files   map[string][]byte // by name
}

func (w *works) Pull(context.Context) (PullResult, error) { return w.pulled, w.fails }

func (w *works) Publish(ctx context.Context, editor, bulletin string) error {
	if w.fails != nil {
		return w.fails
	}
	return w.book.Publish(ctx, editor, bulletin)
}

func (w *works) RenewCharter(_ context.Context, rootKey, _ string) error {
	if rootKey != w.rootKey {
		return ErrRootKey
	}
	return w.fails
}

func (w *works) Parts(_ context.Context, place int64) ([]int, error) { return w.have, w.fails }

func (w *works) File(_ context.Context, place int64, number int) (string, []byte, error) {
	if w.fails != nil {
		return "", nil, w.fails
	}
	m, err := w.book.Manifest(place)
	if err != nil || number < 1 || number > len(m.Files) {
		return "", nil, casebook.ErrNoSuch
	}
	f := m.Files[number-1]
	if f.State != casebook.Whole {
		return "", nil, ErrNotWhole
	}
	return f.Name, w.files[f.Name], nil
}

func (w *works) Health(context.Context) (Health, error) { return w.health, w.fails }

// at returns a clock that stands on a day.
func clockAt(on *hearsay.Day) func() time.Time {
	return func() time.Time { return on.Time().Add(9 * time.Hour) }
}
