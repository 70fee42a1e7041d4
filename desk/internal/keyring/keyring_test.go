package keyring

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"hearsay/envelope"
)

func TestCreateRefuses(t *testing.T) {
	root := NewRoot().Public()
	for _, tt := range []struct {
		name string
		do   func(Place) (*Keyring, error)
		want error
	}{
		{"an empty passphrase", func(p Place) (*Keyring, error) {
			return Create(p, NewPassphrase(""), quick, root)
		}, ErrEmptyPassphrase},
		{"no passphrase", func(p Place) (*Keyring, error) {
			return Create(p, Passphrase{}, quick, root)
		}, ErrEmptyPassphrase},
		{"parameters out of bounds", func(p Place) (*Keyring, error) {
			return Create(p, testPassphrase, Params{Memory: 3 << 20, Passes: 1, Threads: 1}, root)
		}, ErrParams},
		{"a root key of the wrong size", func(p Place) (*Keyring, error) {
			return Create(p, testPassphrase, quick, root[:31])
		}, ErrRoot},
		{"a keyslot's folder that is not there", func(p Place) (*Keyring, error) {
			p.Keyslot = filepath.Join(p.Keyslot, "none", "keyslot")
			return Create(p, testPassphrase, quick, root)
		}, ErrNoKeyslot},
	} {
		t.Run(tt.name, func(t *testing.T) {
			place := newPlace(t)
			if _, err := tt.do(place); !errors.Is(err, tt.want) {
				t.Errorf("Create = %v, want %v", err, tt.want)
			}
			if _, err := os.Stat(place.vault()); err == nil {
				t.Error("it made a vault")
			}
		})
	}
	t.Run("to overwrite a vault", func(t *testing.T) {
		k, place := newKeyring(t, NewRoot())
		mustClose(t, k)
		if err := os.Remove(place.Keyslot); err != nil {
			t.Fatal(err)
		}
		if _, err := Create(place, testPassphrase, quick, root); !errors.Is(err, ErrExists) {
			t.Errorf("Create = %v, want ErrExists", err)
		}
	})
	t.Run("to overwrite a keyslot", func(t *testing.T) {
		k, place := newKeyring(t, NewRoot())
		mustClose(t, k)
		other := newPlace(t)
		other.Keyslot = place.Keyslot
		if _, err := Create(other, testPassphrase, quick, root); !errors.Is(err, ErrExists) {
			t.Errorf("Create = %v, want ErrExists", err)
		}
		mustOpen(t, place)
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Run("where there is none, and makes none", func(t *testing.T) {
		place := newPlace(t)
		if _, err := Open(place, testPassphrase); !errors.Is(err, ErrMissing) {
			t.Errorf("Open = %v, want ErrMissing", err)
		}
		if _, err := os.Stat(place.Dir); err == nil {
			t.Error("it made the folder")
		}
	})
	t.Run("another passphrase", func(t *testing.T) {
		_, place := newKeyringClosed(t)
		for _, p := range []string{"", "correct horse batterie", "correct horse bätterie\n"} {
			if _, err := Open(place, NewPassphrase(p)); !errors.Is(err, ErrWrongPassphrase) {
				t.Errorf("Open = %v, want ErrWrongPassphrase", err)
			}
		}
	})
	t.Run("another desk's keyslot", func(t *testing.T) {
		_, place := newKeyringClosed(t)
		_, other := newKeyringClosed(t)
		place.Keyslot = other.Keyslot
		if _, err := Open(place, testPassphrase); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("Open = %v, want ErrWrongPassphrase", err)
		}
	})
	t.Run("no keyslot", func(t *testing.T) {
		_, place := newKeyringClosed(t)
		if err := os.Remove(place.Keyslot); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(place, testPassphrase); !errors.Is(err, ErrNoKeyslot) {
			t.Errorf("Open = %v, want ErrNoKeyslot", err)
		}
	})
	t.Run("a second process, until the first closes", func(t *testing.T) {
		k, place := newKeyring(t, NewRoot())
		if _, err := Open(place, testPassphrase); !errors.Is(err, ErrBusy) {
			t.Errorf("Open = %v, want ErrBusy", err)
		}
		if _, err := Create(place, testPassphrase, quick, NewRoot().Public()); !errors.Is(err, ErrBusy) {
			t.Errorf("Create = %v, want ErrBusy", err)
		}
		mustClose(t, k)
		mustOpen(t, place)
	})
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	root := NewRoot()
	k, place := newKeyring(t, root)
	mustRotate(t, k, day0)
	rootFile := filepath.Join(t.TempDir(), "root.key")
	if err := WriteKeyFile(rootFile, root.Text()); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(place.Dir, "*"))
	if err != nil || len(names) != 3 {
		t.Fatalf("%q, %v", names, err)
	}
	for _, name := range append(names, place.Keyslot, rootFile) {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v, want mode 0600", info, err)
		}
	}
	if info, err := os.Stat(place.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v, want mode 0700", info, err)
	}
}

func TestClosedKeyringSaysSo(t *testing.T) {
	root := NewRoot()
	k, _ := newKeyring(t, root)
	mustRotate(t, k, day0)
	signer, _, err := k.LedgerSigner("ledger.example")
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, k)
	mustClose(t, k)
	for name, do := range map[string]func() error{
		"Rotate":        func() error { _, err := k.Rotate(day0); return err },
		"Block":         func() error { _, err := k.Block(day0); return err },
		"Open":          func() error { _, err := k.Open(make([]byte, envelope.Size)); return err },
		"ReplaceEditor": func() error { _, err := k.ReplaceEditor(root, 1, day0, day0, 4); return err },
		"AdoptCharter":  func() error { return k.AdoptCharter(nil) },
		"CellOpener":    func() error { _, err := k.CellOpener(); return err },
		"Rekey":         func() error { return k.Rekey(testPassphrase, "") },
		"SetRecovery":   func() error { return k.SetRecovery(Recovery{}) },
		"SealBackup":    func() error { _, err := k.SealBackup(io.Discard); return err },
		"Lasting":       func() error { _, err := k.Lasting(); return err },
		"OpenPayloads":  func() error { _, err := k.OpenPayloads(t.Context(), nil); return err },
		"DatabaseKey":   func() error { _, err := k.DatabaseKey(); return err },
		"SignCharter":   func() error { _, err := k.SignCharter(root, 1, day0, day0, 4); return err },
		"SignDrop":      func() error { _, err := k.SignDrop(Drop{Rows: 4}); return err },
		"SignQuestions": func() error { _, err := k.SignQuestions(envelope.Questions{}); return err },
		"Authorize":     func() error { _, err := k.Authorize(day0, "GET", "/", nil); return err },
		"LedgerSigner":  func() error { _, _, err := k.LedgerSigner("x"); return err },
		"Sign":          func() error { _, err := signer.Sign(nil); return err },
	} {
		if err := do(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s = %v, want ErrClosed", name, err)
		}
	}
}

func TestOpenPayloads(t *testing.T) {
	root := NewRoot()
	k, _ := newKeyring(t, root)
	mustRotate(t, k, day0)
	r := roster(t, k, root, day0)
	cover, err := envelope.Cover(r.Desk)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := sealTo(t, r, envelope.Daily, "spoilt")
	spoilt[5000] ^= 1
	payloads := [][]byte{
		sealTo(t, r, envelope.Daily, "one"), cover, spoilt, nil, make([]byte, envelope.PayloadSize),
		sealTo(t, r, envelope.Courier, "two"), cover[:100], sealTo(t, r, envelope.Daily, "three"),
	}
	t.Run("each answer stands in its payload's place", func(t *testing.T) {
		messages, err := k.OpenPayloads(t.Context(), payloads)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, m := range messages {
			if m == nil {
				texts = append(texts, "-")
			} else {
				texts = append(texts, string(m.Body()))
			}
		}
		if want := []string{"one", "-", "-", "-", "-", "two", "-", "three"}; !slices.Equal(texts, want) {
			t.Errorf("opened %q, want %q", texts, want)
		}
	})
	t.Run("a cancelled context is told", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := k.OpenPayloads(ctx, payloads); !errors.Is(err, context.Canceled) {
			t.Errorf("OpenPayloads = %v, want context.Canceled", err)
		}
	})
	t.Run("another desk's is not for us", func(t *testing.T) {
		otherRoot := NewRoot()
		other, _ := newKeyring(t, otherRoot)
		mustRotate(t, other, day0)
		payload := sealTo(t, roster(t, other, otherRoot, day0), envelope.Daily, "x")
		if _, err := k.Open(payload[:envelope.Size]); !errors.Is(err, envelope.ErrNotForUs) {
			t.Errorf("Open = %v, want ErrNotForUs", err)
		}
	})
}

func TestSigned(t *testing.T) {
	root := NewRoot()
	k, _ := newKeyring(t, root)
	mustRotate(t, k, day0)
	r := roster(t, k, root, day0)
	source := newSource(t, r.Desk)
	payloads, err := source.Seal(r, envelope.Daily, "heard")
	if err != nil {
		t.Fatal(err)
	}
	m, err := k.Open(payloads[0][:envelope.Size])
	if err != nil {
		t.Fatal(err)
	}
	public := k.Public()

	t.Run("a drop, in which who was heard finds its ack and others none", func(t *testing.T) {
		b, err := k.SignDrop(Drop{Epoch: day0, Rows: 4, Prev: [32]byte{1}, Heard: []envelope.Contact{m.Contact}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := envelope.ParseDrop(public.Desk, public.Editor, 4, b)
		if err != nil {
			t.Fatal(err)
		}
		if d.Slot != public.Slot || d.Epoch != day0 || d.Prev != [32]byte{1} {
			t.Errorf("drop of slot %d, day %d", d.Slot, d.Epoch)
		}
		if !source.Acked(d) || newSource(t, public.Desk).Acked(d) {
			t.Error("the wrong one was acknowledged")
		}
		if _, err := k.SignDrop(Drop{Epoch: day0, Rows: 4, Heard: make([]envelope.Contact, 257)}); !errors.Is(err, envelope.ErrDropFull) {
			t.Errorf("257 acks: %v, want ErrDropFull", err)
		}
	})
	t.Run("questions", func(t *testing.T) {
		b, err := k.SignQuestions(envelope.Questions{Serial: 3, From: day0, To: day0 + 9, JSON: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := envelope.ParseQuestions(public.Desk, r.Charter.Editors, b); err != nil {
			t.Error(err)
		}
	})
	t.Run("a call to the relay", func(t *testing.T) {
		header, err := k.Authorize(day0, "POST", "/v1/done/18262", nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := envelope.ParseAuthorization(header)
		if err != nil || !a.Verify(public.Editor, public.Desk, "POST", "/v1/done/18262", nil) || a.Slot != public.Slot || a.Epoch != day0 {
			t.Errorf("%v, %v", a.Slot, err)
		}
	})
	t.Run("a ledger's checkpoint", func(t *testing.T) {
		signer, text, err := k.LedgerSigner("ledger.example")
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(&note.Note{Text: "ledger.example\n1\n"}, signer)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
			t.Error(err)
		}
		if _, _, err := k.LedgerSigner("not a name"); err == nil {
			t.Error("a name with spaces was taken")
		}
	})
}

func TestSignCharter(t *testing.T) {
	root := NewRoot()
	k, place := newKeyring(t, root)
	t.Run("each has an import key of its own", func(t *testing.T) {
		seen := map[string]bool{}
		for serial := range uint32(3) {
			b, err := k.SignCharter(root, serial, day0, day0+90, 8)
			if err != nil {
				t.Fatal(err)
			}
			c, err := envelope.ParseCharter(root.Public(), b)
			if err != nil {
				t.Fatal(err)
			}
			if c.Serial != serial || c.From != day0 || c.To != day0+90 || c.Rows != 8 ||
				len(c.Editors) != 1 || !c.Editors[0].Equal(k.Public().Editor) {
				t.Errorf("charter %d is not as asked", serial)
			}
			seen[string(c.Import)] = true
		}
		if len(seen) != 3 {
			t.Errorf("%d import keys, want 3", len(seen))
		}
	})
	t.Run("another root key, none, and too long a charter change nothing", func(t *testing.T) {
		before, err := os.ReadFile(place.vault())
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []Root{NewRoot(), {}} {
			if _, err := k.SignCharter(other, 4, day0, day0+90, 4); !errors.Is(err, ErrWrongRoot) {
				t.Errorf("SignCharter = %v, want ErrWrongRoot", err)
			}
		}
		if _, err := k.SignCharter(root, 4, day0, day0+91, 4); !errors.Is(err, envelope.ErrCharter) {
			t.Errorf("91 days: %v, want ErrCharter", err)
		}
		after, err := os.ReadFile(place.vault())
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("the vault was written, %v", err)
		}
	})
}

// failing files cannot be written, for one reason.
type failing struct {
	osFiles
	why error
}

func (f failing) save(path string, _ []byte) error {
	return &os.PathError{Op: "open", Path: path, Err: f.why}
}

func TestUnwritablePlacesAreToldAsSuch(t *testing.T) {
	_, place := newKeyringClosed(t)
	for _, tt := range []struct {
		why, want error
	}{
		{syscall.ENOSPC, ErrFull},
		{syscall.EROFS, ErrReadOnly},
		{syscall.EACCES, ErrReadOnly},
	} {
		t.Run(tt.why.Error(), func(t *testing.T) {
			k, err := open(failing{why: tt.why}, place, testPassphrase)
			if err != nil {
				t.Fatal(err)
			}
			defer mustClose(t, k)
			if r, err := k.Rotate(day0 + 40); !errors.Is(err, tt.want) || r.Made || r.Destroyed != nil {
				t.Errorf("Rotate = %+v, %v, want %v", r, err, tt.want)
			}
			if _, err := k.Block(day0); err != nil {
				t.Errorf("what was there is no more of use: %v", err)
			}
		})
	}
}
