package desk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

// copy is another desk of a copy of this one's folder and keyslot, as an image
// of the disk would give it.
func (s *stand) copy(t *testing.T) *stand {
	t.Helper()
	c := &stand{t: t, dir: t.TempDir(), clock: s.clock, made: s.made}
	err := os.CopyFS(filepath.Join(c.dir, "desk"), os.DirFS(filepath.Join(s.dir, "desk")))
	if err == nil {
		err = os.Remove(filepath.Join(c.dir, "desk", keysFolder, "lock"))
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(c.dir, "keyslot"), read(t, filepath.Join(s.dir, "keyslot")))
	c.open()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// withRelay has a desk speak to a relay.
func (s *stand) withRelay(r *stubRelay) {
	s.t.Helper()
	s.relay = r
	s.reopen()
}

// about are the warnings about something.
func (s *stand) about(what string) (all []Warning) {
	s.t.Helper()
	warnings, err := s.Warnings()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, w := range warnings {
		if w.About == what {
			all = append(all, w)
		}
	}
	return all
}

func TestCharterInTime(t *testing.T) {
	s := newStand(t, true)
	root := RootKey{Text: string(read(t, s.dir+"/root-key"))}
	morning := func() {
		t.Helper()
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for day := range 100 {
		left := charterDays - day
		warned := s.about("charter")
		switch {
		case left > 30 && len(warned) != 0, left <= 30 && len(warned) != 1:
			t.Fatalf("%d days before the end: %+v", left, warned)
		case left <= 30 && left > 7 && warned[0].Urgent, left <= 7 && !warned[0].Urgent:
			t.Fatalf("%d days before the end: %+v", left, warned)
		case left < 0 && !strings.Contains(warned[0].Text, "no kit sends to this desk any more"):
			t.Fatalf("after the end: %+v", warned)
		}
		morning()
		s.clock = s.clock.Add(24 * time.Hour)
	}
	t.Run("once it has ended, what was sent still comes in", func(t *testing.T) {
		s.relay.deliver(s.epoch(), cover(t, s.keys.Public().Desk))
		if pulled, err := s.Pull(t.Context()); err != nil || pulled.Deposits != 1 {
			t.Errorf("Pull = %+v, %v", pulled, err)
		}
	})
	t.Run("renewed late, the same desk goes on", func(t *testing.T) {
		if err := s.RenewCharter(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		if w := s.about("charter"); len(w) != 0 {
			t.Errorf("%+v", w)
		}
		roster := s.relay.shown(envelope.PathRoster)
		for _, day := range []envelope.Epoch{s.epoch() - 1, s.epoch(), s.epoch() + 1} {
			if _, err := envelope.ParseRoster(s.keys.Public().Root, roster, day, 1); err != nil {
				t.Errorf("a kit whose clock says %s: %v", day, err)
			}
		}
	})
	t.Run("renewed early and often, serials only rise and old kits go on", func(t *testing.T) {
		before := s.relay.shown(envelope.PathRoster)
		for range 3 {
			was, _, err := s.charter()
			if err != nil {
				t.Fatal(err)
			}
			if err := s.RenewCharter(t.Context(), root); err != nil {
				t.Fatal(err)
			}
			if is, _, err := s.charter(); err != nil || is.Serial <= was.Serial {
				t.Errorf("serial %d after %d, %v", is.Serial, was.Serial, err)
			}
		}
		if _, err := envelope.ParseRoster(s.keys.Public().Root, before, s.epoch(), 1); err != nil {
			t.Errorf("a kit that has the roster before: %v", err)
		}
	})
	t.Run("a kill between the keyring and the charter's file loses none", func(t *testing.T) {
		parsed, err := root.parse()
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.keys.SignCharter(parsed, 1<<30, s.epoch(), s.epoch()+90, dropRows)
		if err != nil {
			t.Fatal(err)
		}
		s.reopen()
		if c, file, err := s.charter(); err != nil || c.Serial != 1<<30 || string(file) != string(b) {
			t.Errorf("the charter is number %d, %v", c.Serial, err)
		}
	})
	t.Run("a root key under a passphrase", func(t *testing.T) {
		file, err := keyring.Protect([]byte(root.Text), keyring.NewPassphrase("a safe"), 4)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RenewCharter(t.Context(), RootKey{string(file), "another"}); err == nil {
			t.Error("another passphrase renews it")
		}
		if err := s.RenewCharter(t.Context(), RootKey{string(file), "a safe"}); err != nil {
			t.Error(err)
		}
	})
}

// A disk that keeps all: the desk's folder is copied each day. With the
// passphrase and the keyslot of the day after, no copy opens, and the folder as
// it is opens nothing that is past its time, by relay or by courier.
func TestDestroyedKeysStayDestroyed(t *testing.T) {
	s := newStand(t, false)
	seal := func(class envelope.Class) []byte {
		t.Helper()
		_, charter, err := s.charter()
		if err != nil {
			t.Fatal(err)
		}
		block, err := s.keys.Block(s.epoch())
		if err != nil {
			t.Fatal(err)
		}
		b, err := envelope.AssembleRoster(charter, [][]byte{block})
		if err != nil {
			t.Fatal(err)
		}
		roster, err := envelope.ParseRoster(s.keys.Public().Root, b, s.epoch(), 1)
		if err != nil {
			t.Fatal(err)
		}
		payloads, err := s.source().Seal(roster, class, "The bridge is out.")
		if err != nil {
			t.Fatal(err)
		}
		return payloads[0]
	}
	opens := func(keys *keyring.Keyring, payload []byte) bool {
		_, err := keys.Open(payload[:envelope.Size])
		return err == nil
	}
	daily, courier := seal(envelope.Daily), seal(envelope.Courier)
	copies := t.TempDir()
	keysDir := filepath.Join(s.dir, "desk", keysFolder)
	days := 0
	for ; days <= envelope.CourierDestroy+1; days++ {
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := opens(s.keys, daily), days <= envelope.DailyDestroy; got != want {
			t.Fatalf("after %d days what came by the relay opens: %v", days, got)
		}
		if got, want := opens(s.keys, courier), days <= envelope.CourierDestroy; got != want {
			t.Fatalf("after %d days what came by courier opens: %v", days, got)
		}
		if err := os.CopyFS(filepath.Join(copies, envelope.Epoch(days).Number()), os.DirFS(keysDir)); err != nil {
			t.Fatal(err)
		}
		s.clock = s.clock.AddDate(0, 0, 1)
	}
	opened := 0
	for day := range days {
		place := keyring.Place{Dir: filepath.Join(copies, envelope.Epoch(day).Number()), Keyslot: filepath.Join(copies, "keyslot")}
		write(t, place.Keyslot, read(t, filepath.Join(s.dir, "keyslot")))
		keys, err := keyring.Open(place, keyring.NewPassphrase("a vault"))
		if errors.Is(err, keyring.ErrWrongPassphrase) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		opened++
		if opens(keys, daily) || opens(keys, courier) {
			t.Errorf("the copy of day %d opens what was destroyed", day)
		}
		if err := keys.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if opened == 0 {
		t.Error("not even today's copy opens: this test proves nothing")
	}
}

func TestDeskThatSlept(t *testing.T) {
	t.Run("sources have keys of use for 20 days, and nothing of theirs is lost", func(t *testing.T) {
		s := newStand(t, true)
		roster := s.relay.shown(envelope.PathRoster)
		if _, err := envelope.ParseRoster(s.keys.Public().Root, roster, s.epoch()+envelope.DailyUse, 1); err != nil {
			t.Errorf("on the last day: %v", err)
		}
		payload := s.seal(s.source(), "While it slept.")
		s.clock = s.clock.AddDate(0, 0, envelope.DailyDestroy+2) // its keys are past their time by then
		s.relay.deliver(s.epoch()-envelope.RelayKeepsDays, payload)
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.bodies(); len(got) != 1 || got[0] != "While it slept." {
			t.Errorf("the desk keeps %q", got)
		}
		for _, u := range s.keys.Live() {
			if u.DestroyAfter < s.epoch() {
				t.Errorf("the keys of %s live on", u.Epoch)
			}
		}
	})
	t.Run("a relay that holds back answers keeps no keys alive", func(t *testing.T) {
		s := newStand(t, true)
		s.clock = s.clock.AddDate(0, 0, envelope.DailyDestroy+2)
		s.relay.instead(func(path string) (int, []byte) {
			if strings.HasPrefix(path, "/v1/inbox/") {
				return 503, envelope.Answer(envelope.Unavailable)
			}
			return 0, nil
		})
		if n, err := s.Morning(t.Context()); n == 0 || err != nil {
			t.Errorf("Morning = %d, %v", n, err)
		}
	})
	t.Run("it says that nobody can write before it has made keys", func(t *testing.T) {
		s := newStand(t, true)
		s.clock = s.clock.AddDate(0, 0, 6)
		if w := s.about("keys"); len(w) != 1 || !w[0].Urgent || !strings.Contains(w[0].Text, "newest keys are of") {
			t.Errorf("after 6 days: %+v", w)
		}
		s.clock = s.clock.AddDate(0, 0, 24)
		if w := s.about("keys"); len(w) != 2 || !strings.Contains(w[0].Text, "no keys of use today") || !strings.Contains(w[1].Text, "could not be destroyed") {
			t.Errorf("after 30 days: %+v", w)
		}
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w := s.about("keys"); len(w) != 0 {
			t.Errorf("after its morning: %+v", w)
		}
	})
}

func TestWhereKeysLie(t *testing.T) {
	s := newStand(t, false)
	if w := s.about("root"); len(w) != 1 || !w[0].Urgent || !strings.Contains(w[0].Text, filepath.Join(s.dir, "root-key")) {
		t.Errorf("the root key beside the desk: %+v", w)
	}
	if w := s.about("keyslot"); len(w) != 1 {
		t.Errorf("the keyslot on the desk's disk: %+v", w)
	}
	if err := os.Rename(filepath.Join(s.dir, "root-key"), filepath.Join(t.TempDir(), "root-key")); err != nil {
		t.Fatal(err)
	}
	if w := s.about("root"); len(w) != 0 {
		t.Errorf("once it is moved off: %+v", w)
	}
	other := newStand(t, false)
	write(t, filepath.Join(s.dir, "of another desk"), read(t, filepath.Join(other.dir, "root-key")))
	if w := s.about("root"); len(w) != 0 {
		t.Errorf("another desk's: %+v", w)
	}
	if err := s.NewRecoveryKey(filepath.Join(s.dir, "recovery"), ""); err != nil {
		t.Fatal(err)
	}
	if w := s.about("root"); len(w) != 1 {
		t.Errorf("a recovery key beside the desk: %+v", w)
	}
}

func TestClockThatWentBack(t *testing.T) {
	s := newStand(t, true)
	if _, err := s.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	live := len(s.keys.Live())
	s.clock = s.clock.AddDate(0, 0, -3)
	if w := s.about("clock"); len(w) != 1 || !w[0].Urgent {
		t.Errorf("%+v", w)
	}
	if _, err := s.signDrop(t.Context()); !errors.Is(err, ErrQuiet) {
		t.Errorf("it signs a drop of a day before its last: %v", err)
	}
	if n := len(s.keys.Live()); n != live {
		t.Errorf("%d keys of %d live on", n, live)
	}
}

func TestReplaceKeys(t *testing.T) {
	s := newStand(t, true)
	root := RootKey{Text: string(read(t, filepath.Join(s.dir, "root-key")))}
	inFlight := s.seal(s.source(), "Sealed to the keys of before.")
	if _, err := s.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := s.keys.Public().Editor
	if err := s.ReplaceKeys(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	if s.keys.Public().Editor.Equal(before) {
		t.Fatal("the keys are the old ones")
	}
	t.Run("what is in flight still opens", func(t *testing.T) {
		s.relay.deliver(s.epoch(), inFlight)
		if pulled, err := s.Pull(t.Context()); err != nil || pulled.Reports != 1 {
			t.Errorf("Pull = %+v, %v", pulled, err)
		}
	})
	t.Run("no second drop of the day is signed, and the first not sent again", func(t *testing.T) {
		n := s.relay.paths(envelope.PathPublishDrop)
		if _, err := s.Drop(t.Context()); err != nil || s.relay.paths(envelope.PathPublishDrop) != n {
			t.Errorf("Drop = %v", err)
		}
	})
	t.Run("the relay has all that is new, and the next day goes as any other", func(t *testing.T) {
		if seen, err := s.Look(t.Context()); len(seen) != 0 || err != nil {
			t.Errorf("it sees %+v, %v", seen, err)
		}
		s.clock = s.clock.AddDate(0, 0, 1)
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if acks, err := s.Drop(t.Context()); err != nil || acks != 1 {
			t.Errorf("Drop = %d, %v", acks, err)
		}
		if seen, err := s.Look(t.Context()); len(seen) != 0 || err != nil {
			t.Errorf("it sees %+v, %v", seen, err)
		}
	})
	t.Run("another root key replaces nothing", func(t *testing.T) {
		other := newStand(t, false)
		was := s.keys.Public().Editor
		if err := s.ReplaceKeys(t.Context(), RootKey{Text: string(read(t, filepath.Join(other.dir, "root-key")))}); !errors.Is(err, web.ErrRootKey) {
			t.Errorf("ReplaceKeys = %v", err)
		}
		if !s.keys.Public().Editor.Equal(was) {
			t.Error("the keys are others")
		}
	})
}
