package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
)

func newBundleBytes() ([]byte, error) {
	u, err := envelope.NewBundle(envelope.Daily, day0, day0+envelope.DailyUse, day0+envelope.DailyDestroy)
	if err != nil {
		return nil, err
	}
	return u.Bytes()
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
			if u.Epoch != day0 || u.UseUntil != day0+20 || u.DestroyAfter != day0+28 {
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
		if _, err := k.Block(day0 + envelope.DailyUse); err != nil {
			t.Errorf("on the last day: %v", err)
		}
		if _, err := k.Block(day0 + envelope.DailyUse + 1); !errors.Is(err, ErrNoBundle) {
			t.Errorf("after it: %v, want ErrNoBundle", err)
		}
		if _, err := k.Block(day0 - 1); !errors.Is(err, ErrNoBundle) {
			t.Errorf("of the future only: %v, want ErrNoBundle", err)
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
		charter, err := k.SignCharter(root, 1, day0, day0+90, 4)
		if err != nil {
			rt.Fatal(err)
		}
		type sealed struct {
			day     envelope.Epoch
			payload []byte
			text    string
		}
		var all []sealed
		today := day0
		for i := range rapid.IntRange(1, 4).Draw(rt, "rotations") {
			today += envelope.Epoch(rapid.IntRange(1, 18).Draw(rt, "days later"))
			r, err := k.Rotate(today)
			if err != nil || !r.Made {
				rt.Fatalf("Rotate = %+v, %v", r, err)
			}
			var past []envelope.Epoch
			for _, s := range all {
				if s.day+envelope.DailyDestroy < today && s.day+envelope.DailyDestroy >= all[len(all)-1].day {
					past = append(past, s.day)
				}
			}
			if !slices.Equal(r.Destroyed, past) {
				rt.Errorf("destroyed %v, want %v", r.Destroyed, past)
			}
			class := envelope.Class(rapid.IntRange(0, 1).Draw(rt, "class"))
			text := fmt.Sprint("report ", i)
			all = append(all, sealed{today, sealTo(t, rosterUnder(t, k, charter, today), class, text), text})
			if rapid.Bool().Draw(rt, "open again") {
				mustClose(t, k)
				if k, err = open(unsynced{}, place, testPassphrase); err != nil {
					rt.Fatal(err)
				}
			}
			for _, s := range all {
				m, err := k.Open(s.payload[:envelope.Size])
				if alive := s.day+envelope.DailyDestroy >= today; !alive {
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

func TestDestroyedBundlesStayDestroyedOnADiskThatKeepsAll(t *testing.T) {
	root, place := NewRoot(), newPlace(t)
	disk := &hoarder{hoard: map[string][][]byte{}}
	k, err := create(disk, place, testPassphrase, quick, root.Public())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = k.Close() }()
	mustRotate(t, k, day0)
	secret := sealTo(t, roster(t, k, root, day0), envelope.Daily, "the bridge is out")
	mustRotate(t, k, day0+20)
	if r := mustRotate(t, k, day0+29); len(r.Destroyed) != 1 {
		t.Fatalf("destroyed %v", r.Destroyed)
	}

	// All that was ever in the desk's folder, the passphrase, and the keyslot of
	// today: what opens with it?
	keyslot, err := os.ReadFile(place.Keyslot)
	if err != nil {
		t.Fatal(err)
	}
	opens := func(keyslots ...[]byte) bool {
		var masters [][32]byte
		for _, vault := range disk.hoard[place.vault()+pending] {
			h, err := parseHeader(vault)
			if err != nil {
				t.Fatal(err)
			}
			for _, keyslot := range keyslots {
				if s, err := openVault(h, stretch(h, testPassphrase), keyslot, vault); err == nil {
					masters = append(masters, s.master)
				}
			}
		}
		if len(masters) == 0 {
			t.Fatal("not even today's vault opens")
		}
		for _, files := range disk.hoard {
			for _, file := range files {
				for _, master := range masters {
					bundles, err := unsealBundles(master, file)
					if err != nil {
						continue
					}
					opener := envelope.NewOpener(k.Public().Desk, k.in.get().longTerm.Public(), bundles...)
					if _, err := opener.OpenPayload(secret, 0); err == nil {
						return true
					}
				}
			}
		}
		return false
	}
	if opens(keyslot) {
		t.Error("a destroyed bundle was found")
	}
	if !opens(disk.hoard[place.Keyslot+pending]...) {
		t.Error("not found with the old keyslots either: this test proves nothing")
	}
	if len(disk.hoard[place.vault()+pending]) < 3 {
		t.Error("the vault was not replaced")
	}
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
	if r := mustRotate(t, k, day0+40); r.Made || !slices.Equal(r.Destroyed, []envelope.Epoch{day0}) {
		t.Errorf("back in place: %+v", r)
	}
	mustClose(t, k)
	mustOpen(t, place)
}
