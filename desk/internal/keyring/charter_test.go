package keyring

import (
	"bytes"
	"errors"
	"testing"

	"hearsay/envelope"
)

func mustCharter(t testing.TB, k *Keyring, root Root, serial uint32, from envelope.Epoch) []byte {
	t.Helper()
	b, err := k.SignCharter(root, serial, from, from+90, 4)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestImportKeys(t *testing.T) {
	whole := t
	root := NewRoot()
	k, place := newKeyring(t, root)
	mustRotate(t, k, day0)
	cell := sealCell(t, rosterUnder(t, k, mustCharter(t, k, root, 1, day0), day0), "under the first charter")
	opens := func(k *Keyring) bool {
		return opensCell(*k.in.get(), cell)
	}
	t.Run("one outlives renewals as long as a courier may be on the road", func(t *testing.T) {
		for renewal := envelope.Epoch(1); renewal <= 3; renewal++ {
			mustCharter(t, k, root, uint32(1+renewal), day0+20*renewal)
		}
		mustRotate(t, k, day0+90+envelope.CourierDestroy)
		if !opens(k) {
			t.Error("a drive that was sealed on the charter's last day cannot be read")
		}
		mustClose(t, k)
		if k = mustOpen(whole, place); !opens(k) {
			t.Error("nor once the desk is opened again")
		}
	})
	t.Run("and no day longer", func(t *testing.T) {
		if r := mustRotate(t, k, day0+91+envelope.CourierDestroy); r.Imports != 1 {
			t.Errorf("%+v, want one import key destroyed", r)
		}
		if opens(k) {
			t.Error("the drive can still be read")
		}
		if n := len(k.Imports()); n != 3 {
			t.Errorf("%d import keys are left, want 3", n)
		}
	})
	t.Run("another desk's cell, a part of one and none are not for us", func(t *testing.T) {
		otherRoot := NewRoot()
		other, _ := newKeyring(t, otherRoot)
		mustRotate(t, other, day0)
		foreign := sealCell(t, roster(t, other, otherRoot, day0), "x")
		for _, c := range [][]byte{foreign, foreign[:40], nil} {
			if opensCell(*k.in.get(), c) {
				t.Errorf("%d bytes of one open", len(c))
			}
		}
	})
	t.Run("who renews every day is told before one would have to go too early", func(t *testing.T) {
		k, _ := newKeyring(t, root)
		var err error
		for n := uint32(1); err == nil && n < 100; n++ {
			_, err = k.SignCharter(root, n, day0, day0+90, 4)
		}
		if !errors.Is(err, ErrRenewals) || len(k.Imports()) != maxImports {
			t.Errorf("%v, with %d import keys", err, len(k.Imports()))
		}
	})
}

func TestCharterIsKeptWithItsKeys(t *testing.T) {
	root := NewRoot()
	k, place := newKeyring(t, root)
	if k.Charter() != nil {
		t.Error("there is a charter before the first")
	}
	b := mustCharter(t, k, root, 1, day0)
	mustClose(t, k)
	if k = mustOpen(t, place); !bytes.Equal(k.Charter(), b) {
		t.Error("it is not the one that was signed")
	}
	t.Run("one that was signed elsewhere for the same keys is adopted", func(t *testing.T) {
		c, err := envelope.ParseCharter(root.Public(), b)
		if err != nil {
			t.Fatal(err)
		}
		c.Serial = 9
		newer, err := envelope.SignCharter(*root.key.get(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.AdoptCharter(newer); err != nil || !bytes.Equal(k.Charter(), newer) {
			t.Errorf("AdoptCharter = %v", err)
		}
	})
	t.Run("another editor's is not, nor another desk's", func(t *testing.T) {
		other, _ := newKeyring(t, root)
		if err := k.AdoptCharter(mustCharter(t, other, root, 10, day0)); !errors.Is(err, ErrOtherEditor) {
			t.Errorf("AdoptCharter = %v", err)
		}
		stranger := NewRoot()
		third, _ := newKeyring(t, stranger)
		if err := k.AdoptCharter(mustCharter(t, third, stranger, 10, day0)); !errors.Is(err, envelope.ErrCharter) {
			t.Errorf("AdoptCharter = %v", err)
		}
	})
}

func TestReplaceEditor(t *testing.T) {
	whole := t
	root := NewRoot()
	k, place := newKeyring(t, root)
	mustRotate(t, k, day0)
	before := k.Public()
	payload := sealTo(t, roster(t, k, root, day0), envelope.Daily, "before")
	charter, err := k.ReplaceEditor(root, 2, day0+1, day0+91, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the charter names the new key, and the desk stays the same", func(t *testing.T) {
		c, err := envelope.ParseCharter(root.Public(), charter)
		if err != nil || !c.Editors[0].Equal(k.Public().Editor) || c.Editors[0].Equal(before.Editor) || k.Public().Desk != before.Desk {
			t.Errorf("%v", err)
		}
	})
	t.Run("nothing is published with the new keys before they have bundles", func(t *testing.T) {
		if _, err := k.Block(day0 + 1); !errors.Is(err, ErrNoBundle) {
			t.Errorf("Block = %v", err)
		}
	})
	mustRotate(t, k, day0+1)
	after := sealTo(t, rosterUnder(t, k, charter, day0+1), envelope.Daily, "after")
	t.Run("what was sealed to the old keys opens, and to the new, once opened again too", func(t *testing.T) {
		for range 2 {
			for want, p := range map[string][]byte{"before": payload, "after": after} {
				if m, err := k.Open(p[:envelope.Size]); err != nil || string(m.Body()) != want {
					t.Errorf("%s: %v", want, err)
				}
			}
			mustClose(t, k)
			k = mustOpen(whole, place)
		}
	})
	t.Run("kits with the old roster do not take what is signed now", func(t *testing.T) {
		b, err := k.SignDrop(Drop{Epoch: day0 + 1, Rows: 4})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := envelope.ParseDrop(before.Desk, before.Editor, 4, b); err == nil {
			t.Error("they take it")
		}
	})
}
