package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
)

func newBundleBytes() ([]byte, error) {
	u, err := envelope.NewBundle(envelope.Daily, day0, day0+envelope.DailyUse, day0+envelope.DailyDestroy)
	if err != nil {
		return nil, err
	}
	return marshalBundles([]bundle{{u, [32]byte{1}}})
}

// daysFrom are the days whose bundles one rotation makes.
func daysFrom(today envelope.Epoch) []envelope.Epoch {
	var days []envelope.Epoch
	for day := today; day <= today+MadeAhead; day++ {
		days = append(days, day)
	}
	return days
}

func TestRotate(t *testing.T) {
	t.Run("makes bundles once a day, of both classes, without a shared key", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		if r := mustRotate(t, k, day0); !r.Made || r.Destroyed != nil {
			t.Errorf("first: %+v", r)
		}
		if r := mustRotate(t, k, day0); r.Made || r.Destroyed != nil {
			t.Errorf("again: %+v", r)
		}
		b, err := k.Block(day0)
		if err != nil {
			t.Fatal(err)
		}
		block, err := envelope.ParseBlock(k.Public().Desk, k.Public().Editor, b)
		if err != nil {
			t.Fatal(err)
		}
		daily, courier := block.Bundles[envelope.Daily], block.Bundles[envelope.Courier]
		if daily.DH == courier.DH || daily.MLKEM == courier.MLKEM || daily.PKE == courier.PKE {
			t.Error("classes share a key")
		}
		for _, u := range block.Bundles {
			use, destroy := day0+20, day0+28
			if u.Class == envelope.Courier {
				use, destroy = day0+56, day0+84
			}
			if u.Epoch != day0 || u.UseUntil != use || u.DestroyAfter != destroy {
				t.Errorf("class %d: made %d, used until %d, destroyed after %d", u.Class, u.Epoch, u.UseUntil, u.DestroyAfter)
			}
		}
	})
	t.Run("a block needs bundles that may be used that day", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		if _, err := k.Block(day0); !errors.Is(err, ErrNoBundle) {
			t.Errorf("before any: %v, want ErrNoBundle", err)
		}
		mustRotate(t, k, day0)
		last := day0 + MadeAhead + envelope.DailyUse
		if _, err := k.Block(last); err != nil {
			t.Errorf("on the last day: %v", err)
		}
		if _, err := k.Block(last + 1); !errors.Is(err, ErrNoBundle) {
			t.Errorf("after it: %v, want ErrNoBundle", err)
		}
		if _, err := k.Block(day0 - 1); !errors.Is(err, ErrNoBundle) {
			t.Errorf("of the future only: %v, want ErrNoBundle", err)
		}
	})
	t.Run("daily bundles are ready some days ahead, and none is published before its day", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		mustRotate(t, k, day0)
		if got := bundleDays(k); !slices.Equal(got, daysFrom(day0)) {
			t.Errorf("there are bundles of %v", got)
		}
		for day := day0; day <= day0+MadeAhead; day++ {
			if u := published(t, k, day)[envelope.Daily]; u.Epoch != day {
				t.Errorf("on day %d that of %d is published", day, u.Epoch)
			}
		}
	})
	t.Run("a disk that is full has the keys that were made ahead, and says so", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		mustRotate(t, k, day0)
		k.files = failing{why: syscall.ENOSPC}
		if r, err := k.Rotate(day0 + MadeAhead); !errors.Is(err, ErrFull) || r.Made {
			t.Errorf("Rotate = %+v, %v", r, err)
		}
		if u := published(t, k, day0+MadeAhead)[envelope.Daily]; u.Epoch != day0+MadeAhead {
			t.Errorf("the keys of day %d are published", u.Epoch)
		}
	})
	t.Run("couriers get a bundle a week", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		for day := day0; day < day0+30; day++ {
			mustRotate(t, k, day)
			if u := published(t, k, day)[envelope.Courier]; u.Epoch != day-(day-day0)%7 {
				t.Errorf("on day %d that of day %d is published", day, u.Epoch)
			}
		}
	})
	t.Run("a desk that slept leaves keys of use for 20 days", func(t *testing.T) {
		root := NewRoot()
		k, _ := newKeyring(t, root)
		mustRotate(t, k, day0)
		kit := roster(t, k, root, day0)
		payload := sealTo(t, kit, envelope.Daily, "while it slept")
		mustRotate(t, k, day0+envelope.DailyDestroy)
		if _, err := k.Open(payload[:envelope.Size]); err != nil {
			t.Errorf("what came meanwhile: %v", err)
		}
	})
	t.Run("a clock that ran ahead does not stop it", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		mustRotate(t, k, day0+10)
		if r := mustRotate(t, k, day0); !r.Made {
			t.Error("none made")
		}
		if _, err := k.Block(day0); err != nil {
			t.Error(err)
		}
	})
	t.Run("what lasts stays the same", func(t *testing.T) {
		root := NewRoot()
		k, place := newKeyring(t, root)
		type lasting struct {
			database [32]byte
			public   string
			ledger   string
			longTerm envelope.LongTerm
		}
		state := func(k *Keyring) lasting {
			key, err := k.DatabaseKey()
			if err != nil {
				t.Fatal(err)
			}
			_, text, err := k.LedgerSigner("ledger.example")
			if err != nil {
				t.Fatal(err)
			}
			p := k.Public()
			return lasting{key, fmt.Sprintf("%v %x %d", p.Desk, p.Editor, p.Slot), text, k.in.get().longTerm.Public()}
		}
		want := state(k)
		mustRotate(t, k, day0)
		mustRotate(t, k, day0+29)
		if _, err := k.SignCharter(root, 1, day0, day0+90, 4); err != nil {
			t.Fatal(err)
		}
		if state(k) != want {
			t.Error("changed by rotating")
		}
		mustClose(t, k)
		if state(mustOpen(t, place)) != want {
			t.Error("changed by opening again")
		}
	})
}

// published are the bundles of a day's block.
func published(t *testing.T, k *Keyring, day envelope.Epoch) [2]envelope.Bundle {
	t.Helper()
	b, err := k.Block(day)
	if err != nil {
		t.Fatal(err)
	}
	block, err := envelope.ParseBlock(k.Public().Desk, k.Public().Editor, b)
	if err != nil {
		t.Fatal(err)
	}
	return block.Bundles
}

// Days are skipped as a desk may skip them; what was sealed on a day opens
// until its bundle's last day and not after, on the run and opened again.
func TestWhatWasSealedOpensUntilItsDayIsPast(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root := NewRoot()
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		place := Place{Dir: filepath.Join(dir, "desk"), Keyslot: filepath.Join(dir, "keyslot")}
		k, err := create(unsynced{}, place, testPassphrase, quick, root.Public())
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = k.Close() }()
		type sealed struct {
			day     envelope.Epoch
			until   envelope.Epoch // last day on which it opens
			payload []byte
			text    string
		}
		var all []sealed
		today := day0
		for i := range rapid.IntRange(1, 4).Draw(rt, "rotations") {
			today += envelope.Epoch(rapid.IntRange(1, 45).Draw(rt, "days later"))
			r, err := k.Rotate(today)
			if err != nil || !r.Made {
				rt.Fatalf("Rotate = %+v, %v", r, err)
			}
			for _, day := range r.Destroyed {
				if day+envelope.DailyDestroy >= today {
					rt.Errorf("on day %d it destroyed the keys of day %d", today, day)
				}
			}
			for _, u := range k.Live() {
				if u.DestroyAfter < today || u.Epoch > today+MadeAhead {
					rt.Errorf("on day %d there are keys of day %d, to be destroyed after %d", today, u.Epoch, u.DestroyAfter)
				}
			}
			class := envelope.Class(rapid.IntRange(0, 1).Draw(rt, "class"))
			text := fmt.Sprint("report ", i)
			kit := roster(t, k, root, today)
			until := today + envelope.DailyDestroy
			if class == envelope.Courier {
				until = kit.OldestBundle(class) + envelope.CourierDestroy
			}
			all = append(all, sealed{today, until, sealTo(t, kit, class, text), text})
			if rapid.Bool().Draw(rt, "open again") {
				mustClose(t, k)
				if k, err = open(unsynced{}, place, testPassphrase); err != nil {
					rt.Fatal(err)
				}
			}
			for _, s := range all {
				m, err := k.Open(s.payload[:envelope.Size])
				if s.until < today {
					if !errors.Is(err, envelope.ErrNotForUs) {
						rt.Errorf("sealed on day %d, opened on day %d", s.day, today)
					}
				} else if err != nil || string(m.Body()) != s.text {
					rt.Errorf("sealed on day %d, not opened on day %d: %v", s.day, today, err)
				}
			}
		}
	})
}

// hoarder is a disk that forgets nothing but what is overwritten, as flash
// does; the keyslot's medium does overwrite.
type hoarder struct {
	osFiles
	hoard map[string][][]byte
}

func (h *hoarder) save(path string, b []byte) error {
	h.hoard[path] = append(h.hoard[path], slices.Clone(b))
	return h.osFiles.save(path, b)
}

// What is destroyed stays so on a disk that keeps all: everything that was ever
// in the desk's folder, the passphrase, and the keyslot of the day after open
// neither an envelope nor a drive's cell that is past its time.
func TestDestroyedKeysStayDestroyedOnADiskThatKeepsAll(t *testing.T) {
	for _, tt := range []struct {
		name string
		days envelope.Epoch
		seal func(*testing.T, *envelope.Roster) []byte
		open func(unlocked, []byte) bool
	}{
		{"what came by the relay, after 28 days", envelope.DailyDestroy, func(t *testing.T, r *envelope.Roster) []byte {
			return sealTo(t, r, envelope.Daily, "the bridge is out")
		}, opensEnvelope},
		{"what came by courier, after 84 days", envelope.CourierDestroy, func(t *testing.T, r *envelope.Roster) []byte {
			return sealTo(t, r, envelope.Courier, "the bridge is out")
		}, opensEnvelope},
		{"a drive's cell, 84 days after its charter", 90 + envelope.CourierDestroy, func(t *testing.T, r *envelope.Roster) []byte {
			return sealCell(t, r, "a cell")
		}, opensCell},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, place := NewRoot(), newPlace(t)
			disk := &hoarder{hoard: map[string][][]byte{}}
			k, err := create(disk, place, testPassphrase, quick, root.Public())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = k.Close() }()
			mustRotate(t, k, day0)
			secret := tt.seal(t, roster(t, k, root, day0))
			last := day0 + tt.days
			for day := day0 + 1; day <= last; day += 9 {
				mustRotate(t, k, day)
			}
			mustRotate(t, k, last)
			if !tt.open(*k.in.get(), secret) {
				t.Fatal("on its last day it does not open")
			}
			mustRotate(t, k, last+1)
			if tt.open(*k.in.get(), secret) {
				t.Error("the desk itself still opens it")
			}
			keyslot, err := os.ReadFile(place.Keyslot)
			if err != nil {
				t.Fatal(err)
			}
			opens := func(keyslots ...[]byte) bool {
				return slices.ContainsFunc(disk.everOpened(t, place, keyslots), func(in unlocked) bool { return tt.open(in, secret) })
			}
			if opens(keyslot) {
				t.Error("a destroyed key was found")
			}
			if !opens(disk.hoard[place.Keyslot+pending]...) {
				t.Error("not found with the old keyslots either: this test proves nothing")
			}
		})
	}
}

// everOpened is all that the old blocks of a disk give with these keyslots and
// the passphrase.
func (h *hoarder) everOpened(t *testing.T, place Place, keyslots [][]byte) (all []unlocked) {
	t.Helper()
	for _, vault := range h.hoard[place.vault()+pending] {
		head, err := parseHeader(vault)
		if err != nil {
			t.Fatal(err)
		}
		for _, keyslot := range keyslots {
			s, err := openVault(head, stretch(head, testPassphrase), keyslot, vault)
			if err != nil {
				continue
			}
			in := unlocked{secrets: s}
			for _, files := range h.hoard {
				for _, file := range files {
					if bundles, err := unsealBundles(s.master, file); err == nil {
						in.bundles = append(in.bundles, bundles...)
					}
				}
			}
			in.hold(in.bundles)
			all = append(all, in)
		}
	}
	if len(all) == 0 {
		t.Fatal("not even today's vault opens")
	}
	return all
}

func opensEnvelope(in unlocked, payload []byte) bool {
	_, err := openAny(in.openers, func(o *envelope.Opener) (*envelope.Message, error) { return o.OpenPayload(payload, 0) })
	return err == nil
}

func opensCell(in unlocked, cell []byte) bool {
	open, err := (&Keyring{in: veil(in)}).CellOpener()
	if err != nil {
		return false
	}
	_, err = open(cell)
	return err == nil
}

// sealCell seals a text to the charter's import key, as a courier's kit does.
func sealCell(t testing.TB, r *envelope.Roster, text string) []byte {
	t.Helper()
	key, err := envelope.NewImportKey(r.Desk, r.Charter.Import)
	if err != nil {
		t.Fatal(err)
	}
	plaintext := make([]byte, envelope.CellPlaintext)
	copy(plaintext, text)
	cell, err := key.SealCell(plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return cell
}

func TestOldKeyslotIsOverwrittenWhereItStands(t *testing.T) {
	k, place := newKeyring(t, NewRoot())
	mustRotate(t, k, day0)
	old, err := os.ReadFile(place.Keyslot)
	if err != nil {
		t.Fatal(err)
	}
	block := place.Keyslot + ".block" // another name for the same bytes on the medium
	if err := os.Link(place.Keyslot, block); err != nil {
		t.Fatal(err)
	}
	mustRotate(t, k, day0+40)
	if left, err := os.ReadFile(block); err != nil || len(left) != keyslotSize || slices.Equal(left, old) {
		t.Errorf("the old keyslot is still there, %v", err)
	}
}

func TestKeyslotMediumAway(t *testing.T) {
	k, place := newKeyring(t, NewRoot())
	mustRotate(t, k, day0)
	away := place.Keyslot + ".away"
	if err := os.Rename(place.Keyslot, away); err != nil {
		t.Fatal(err)
	}
	r, err := k.Rotate(day0 + 40)
	if !errors.Is(err, ErrNoKeyslot) || !r.Made || r.Destroyed != nil {
		t.Errorf("Rotate = %+v, %v, want new bundles and ErrNoKeyslot", r, err)
	}
	if _, err := os.Stat(place.Keyslot + pending); err == nil {
		t.Error("a keyslot was written where its medium should be")
	}
	if err := os.WriteFile(place.Keyslot, make([]byte, keyslotSize), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Rotate(day0 + 40); !errors.Is(err, ErrNoKeyslot) {
		t.Errorf("another's keyslot: %v, want ErrNoKeyslot", err)
	}
	if err := os.Rename(away, place.Keyslot); err != nil {
		t.Fatal(err)
	}
	if r := mustRotate(t, k, day0+40); r.Made || !slices.Equal(r.Destroyed, daysFrom(day0)) {
		t.Errorf("back in place: %+v", r)
	}
	mustClose(t, k)
	mustOpen(t, place)
}
