package envelope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCharter(t *testing.T) {
	d := newTestDesk(t, 2, 8)
	good, err := ParseCharter(d.public(), d.charter)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("comes back as it was signed", func(t *testing.T) {
		if good.Serial != 7 || good.From != testDay || good.To != testDay+90 || good.Rows != 8 || len(good.Editors) != 2 {
			t.Errorf("got %+v", good)
		}
		again, err := SignCharter(d.root, good)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "charter", again, d.charter)
	})
	t.Run("covers its first and last day and none besides", func(t *testing.T) {
		for day, want := range map[Epoch]bool{testDay - 1: false, testDay: true, testDay + 90: true, testDay + 91: false} {
			if good.Covers(day) != want {
				t.Errorf("covers %v: %v", day, !want)
			}
		}
	})
	for _, tt := range []struct {
		name   string
		change func(*Charter)
	}{
		{"more than 90 days", func(c *Charter) { c.To++ }},
		{"an end before its beginning", func(c *Charter) { c.To = c.From - 1 }},
		{"5 rows", func(c *Charter) { c.Rows = 5 }},
		{"no editor", func(c *Charter) { c.Editors = nil }},
		{"four editors", func(c *Charter) { c.Editors = append(c.Editors, c.Editors...) }},
		{"an editor's key of small order", func(c *Charter) { c.Editors[0] = make([]byte, 32) }},
		{"a short editor's key", func(c *Charter) { c.Editors[0] = c.Editors[0][1:] }},
		{"a short import key", func(c *Charter) { c.Import = c.Import[1:] }},
		{"an import key that does not decode", func(c *Charter) { c.Import = bytes.Repeat([]byte{0xff}, xwingKeySize) }},
	} {
		t.Run("is not signed with "+tt.name, func(t *testing.T) {
			c := good
			c.Editors = slices.Clone(good.Editors)
			tt.change(&c)
			if _, err := SignCharter(d.root, c); !errors.Is(err, ErrCharter) && !errors.Is(err, ErrKey) {
				t.Errorf("SignCharter = %v", err)
			}
		})
	}
	for _, tt := range []struct {
		name   string
		change func([]byte)
	}{
		{"another magic", func(b []byte) { b[0] ^= 1 }},
		{"reserved bytes", func(b []byte) { b[23] = 1 }},
		{"no editor", func(b []byte) { b[20] = 0 }},
		{"four editors", func(b []byte) { b[20] = 4 }},
		{"7 rows", func(b []byte) { b[21] = 7 }},
		{"an end before its beginning", func(b []byte) { b[12] = 0xff }},
		{"an unused editor that is not zero", func(b []byte) { b[charterSigned-1] = 1 }},
		{"a used editor that is zero", func(b []byte) { b[20] = 3 }},
		{"an import key that does not decode", func(b []byte) { b[charterImportAt], b[charterImportAt+1] = 0xff, 0xff }},
	} {
		t.Run("is refused, though signed, with "+tt.name, func(t *testing.T) {
			b := bytes.Clone(d.charter)
			tt.change(b)
			copy(b[charterSigned:], ed25519.Sign(d.root, charterPreimage(b)))
			if _, err := ParseCharter(d.public(), b); !errors.Is(err, ErrCharter) && !errors.Is(err, ErrKey) {
				t.Errorf("ParseCharter = %v", err)
			}
		})
	}
	t.Run("is refused under another root", func(t *testing.T) {
		if _, err := ParseCharter(newTestDesk(t, 1, 4).public(), d.charter); !errors.Is(err, ErrCharter) {
			t.Errorf("ParseCharter = %v", err)
		}
	})
}

func TestBlock(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	e := d.editors[0]
	good, err := ParseBlock(d.id, e.public(), e.block)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("comes back as it was signed", func(t *testing.T) {
		again, err := SignBlock(e.key, d.id, good)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "block", again, e.block)
	})
	for _, tt := range []struct {
		name   string
		change func(k *Block)
		want   error
	}{
		{"bundles that share the X25519 key", func(k *Block) { k.Bundles[1].DH = k.Bundles[0].DH }, ErrKeysReused},
		{"bundles that share the ML-KEM key", func(k *Block) { k.Bundles[1].MLKEM = k.Bundles[0].MLKEM }, ErrKeysReused},
		{"bundles that share the X-Wing key", func(k *Block) { k.Bundles[1].PKE = k.Bundles[0].PKE }, ErrKeysReused},
		{"bundles in the wrong order", func(k *Block) { k.Bundles[0], k.Bundles[1] = k.Bundles[1], k.Bundles[0] }, ErrBlock},
		{"a bundle worn out before its day", func(k *Block) { k.Bundles[0].UseUntil = k.Bundles[0].Epoch - 1 }, ErrBlock},
		{"a bundle destroyed while in use", func(k *Block) { k.Bundles[1].DestroyAfter = k.Bundles[1].UseUntil - 1 }, ErrBlock},
		{"an X25519 key that gives zero", func(k *Block) { k.Bundles[0].DH = [32]byte{} }, ErrKey},
		{"a long-term X25519 key that gives zero", func(k *Block) { k.LongTerm.DH = [32]byte{1} }, ErrKey},
		{"an ML-KEM coefficient over q", func(k *Block) { k.Bundles[0].MLKEM[0], k.Bundles[0].MLKEM[1] = 0xff, 0xff }, ErrKey},
		{"a long-term ML-KEM coefficient over q", func(k *Block) { k.LongTerm.MLKEM[0], k.LongTerm.MLKEM[1] = 0xff, 0xff }, ErrKey},
		{"an X-Wing key that gives zero", func(k *Block) { clear(k.Bundles[0].PKE[mlkemKeySize:]) }, ErrKey},
		{"a fetch key that is not canonical", func(k *Block) { k.LongTerm.Fetch[0] ^= 1 }, ErrKey},
	} {
		t.Run("is not signed with "+tt.name, func(t *testing.T) {
			k := good
			tt.change(&k)
			if _, err := SignBlock(e.key, d.id, k); !errors.Is(err, tt.want) {
				t.Errorf("SignBlock = %v, want %v", err, tt.want)
			}
		})
		if tt.want == ErrKeysReused {
			continue // readers take those: the vectors have them
		}
		t.Run("is refused, though signed, with "+tt.name, func(t *testing.T) {
			k := good
			tt.change(&k)
			if _, err := ParseBlock(d.id, e.public(), signUnchecked(e.key, d.id, k)); !errors.Is(err, tt.want) {
				t.Errorf("ParseBlock = %v, want %v", err, tt.want)
			}
		})
	}
	t.Run("is refused at another desk", func(t *testing.T) {
		if _, err := ParseBlock(DeskID{1}, e.public(), e.block); !errors.Is(err, ErrBlock) {
			t.Errorf("ParseBlock = %v", err)
		}
	})
	t.Run("is refused with bytes in a reserved field", func(t *testing.T) {
		b := bytes.Clone(e.block)
		part := b[longTermSize:][:bundleSize]
		part[3] = 1
		copy(part[bundleSize-sigSize:], ed25519.Sign(e.key, blockPreimage(bundleTag, d.id, part[:bundleSize-sigSize])))
		if _, err := ParseBlock(d.id, e.public(), b); !errors.Is(err, ErrBlock) {
			t.Errorf("ParseBlock = %v", err)
		}
	})
}

// signUnchecked makes the block that a careless or hostile editor would.
func signUnchecked(editor ed25519.PrivateKey, desk DeskID, k Block) []byte {
	var b []byte
	for _, part := range []struct {
		domain string
		body   []byte
	}{{longTermTag, k.LongTerm.bytes()}, {bundleTag, k.Bundles[0].bytes()}, {bundleTag, k.Bundles[1].bytes()}} {
		b = append(append(b, part.body...), ed25519.Sign(editor, blockPreimage(part.domain, desk, part.body))...)
	}
	return b
}

func TestRoster(t *testing.T) {
	d := newTestDesk(t, 2, 4)
	good := d.rosterBytes(t)
	r, err := ParseRoster(d.public(), good, testDay, 7)
	if err != nil {
		t.Fatal(err)
	}
	if r.Desk != d.id || len(r.Blocks) != 2 || r.Digest != sha256.Sum256(good) || r.OldestBundle(Daily) != testDay {
		t.Errorf("desk %v, %d blocks, bundle of %v", r.Desk, len(r.Blocks), r.OldestBundle(Daily))
	}
	refused := func(t *testing.T, b []byte, today Epoch, minSerial uint32) {
		t.Helper()
		if _, err := ParseRoster(d.public(), b, today, minSerial); !errors.Is(err, ErrRoster) {
			t.Errorf("ParseRoster = %v, want %v", err, ErrRoster)
		}
	}
	t.Run("any byte changed", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			b := bytes.Clone(good)
			b[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "xor"))
			if _, err := ParseRoster(d.public(), b, testDay, 0); !errors.Is(err, ErrRoster) {
				rt.Fatalf("ParseRoster = %v, want %v", err, ErrRoster)
			}
		})
	})
	t.Run("cut short", func(t *testing.T) { refused(t, good[:len(good)-1], testDay, 0) })
	t.Run("too long", func(t *testing.T) { refused(t, append(bytes.Clone(good), 0), testDay, 0) })
	t.Run("a serial under the one seen", func(t *testing.T) { refused(t, good, testDay, 8) })
	t.Run("before the charter", func(t *testing.T) { refused(t, good, testDay-1, 0) })
	t.Run("after the last use of a bundle", func(t *testing.T) { refused(t, good, testDay+DailyUse+1, 0) })
	t.Run("pared down to one editor", func(t *testing.T) {
		b, err := AssembleRoster(d.charter, [][]byte{d.editors[0].block})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, b, testDay, 0)
	})
	t.Run("editors in another order", func(t *testing.T) {
		b, err := AssembleRoster(d.charter, [][]byte{d.editors[1].block, d.editors[0].block})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, b, testDay, 0)
	})
	t.Run("an editor more than the charter has", func(t *testing.T) {
		b, err := AssembleRoster(d.charter, [][]byte{d.editors[0].block, d.editors[1].block, d.editors[1].block})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, b, testDay, 0)
	})
	t.Run("a bundle of the day after tomorrow", func(t *testing.T) {
		for ahead, want := range map[Epoch]error{1: nil, 2: ErrRoster} {
			e := d.editors[1]
			k, err := ParseBlock(d.id, e.public(), e.block)
			if err != nil {
				t.Fatal(err)
			}
			k.Bundles[Courier].Epoch += ahead
			block, err := SignBlock(e.key, d.id, k)
			if err != nil {
				t.Fatal(err)
			}
			b, err := AssembleRoster(d.charter, [][]byte{d.editors[0].block, block})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseRoster(d.public(), b, testDay, 0); !errors.Is(err, want) {
				t.Errorf("%d days ahead: %v, want %v", ahead, err, want)
			}
		}
	})
	t.Run("is not assembled from parts of the wrong size", func(t *testing.T) {
		block := d.editors[0].block
		for _, blocks := range [][][]byte{nil, {block, block, block, block}, {block[1:]}} {
			if _, err := AssembleRoster(d.charter, blocks); !errors.Is(err, ErrRoster) {
				t.Errorf("%d blocks: %v", len(blocks), err)
			}
		}
		if _, err := AssembleRoster(d.charter[1:], [][]byte{block}); !errors.Is(err, ErrRoster) {
			t.Errorf("a short charter: %v", err)
		}
	})
}

func TestSecretsRoundTrip(t *testing.T) {
	e := newTestEditor(t, DeskID{})
	t.Run("long-term", func(t *testing.T) {
		again, err := ParseLongTerm(e.lt.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if again.Public() != e.lt.Public() || !bytes.Equal(again.Bytes(), e.lt.Bytes()) {
			t.Error("came back as another")
		}
		bad := bytes.Repeat([]byte{0xff}, secretLongTermSize) // a scalar over the group order
		for _, b := range [][]byte{nil, e.lt.Bytes()[1:], bad} {
			if _, err := ParseLongTerm(b); !errors.Is(err, ErrSecret) {
				t.Errorf("%d bytes: %v, want %v", len(b), err, ErrSecret)
			}
		}
	})
	t.Run("bundle", func(t *testing.T) {
		for _, u := range e.bundles {
			b, err := u.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			again, err := ParseSecretBundle(b)
			if err != nil {
				t.Fatal(err)
			}
			if again.Public() != u.Public() || again.DestroyAfter() != testDay+DailyDestroy || again.Class() != u.Class() {
				t.Error("came back as another")
			}
			for _, at := range []int{0, 1, 3} {
				bad := bytes.Clone(b)
				bad[at] = 9
				if _, err := ParseSecretBundle(bad); !errors.Is(err, ErrSecret) {
					t.Errorf("byte %d: %v, want %v", at, err, ErrSecret)
				}
			}
			if _, err := ParseSecretBundle(b[1:]); !errors.Is(err, ErrSecret) {
				t.Errorf("short: %v, want %v", err, ErrSecret)
			}
		}
	})
	t.Run("no bundle that is worn out before its day", func(t *testing.T) {
		for _, days := range [][3]Epoch{{2, 1, 3}, {1, 3, 2}} {
			if _, err := NewBundle(Daily, days[0], days[1], days[2]); !errors.Is(err, ErrSecret) {
				t.Errorf("%v: %v, want %v", days, err, ErrSecret)
			}
		}
		if _, err := NewBundle(classes, 1, 2, 3); !errors.Is(err, ErrSecret) {
			t.Errorf("a third class: %v, want %v", err, ErrSecret)
		}
	})
}

// TestCarriedRoster: what came on a drive outlives its daily bundles, and only
// those.
func TestCarriedRoster(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	e := d.editors[0]
	k, err := ParseBlock(d.id, e.public(), e.block)
	if err != nil {
		t.Fatal(err)
	}
	k.Bundles[Courier].UseUntil, k.Bundles[Courier].DestroyAfter = testDay+CourierUse, testDay+CourierDestroy
	block, err := SignBlock(e.key, d.id, k)
	if err != nil {
		t.Fatal(err)
	}
	b, err := AssembleRoster(d.charter, [][]byte{block})
	if err != nil {
		t.Fatal(err)
	}
	s := newTestSource(t, d.id)
	for day, daily := range map[Epoch]error{testDay: nil, testDay + DailyUse: nil, testDay + DailyUse + 1: ErrRoster, testDay + CourierUse: ErrRoster} {
		r, err := ParseCarriedRoster(d.public(), b, day, 0)
		if err != nil {
			t.Fatalf("%s: %v", day, err)
		}
		if _, err := s.Seal(r, Courier, "text"); err != nil {
			t.Errorf("%s: by courier: %v", day, err)
		}
		if _, err := s.Seal(r, Daily, "text"); !errors.Is(err, daily) {
			t.Errorf("%s: through a relay: %v", day, err)
		}
		if _, err := ParseRoster(d.public(), b, day, 0); !errors.Is(err, daily) {
			t.Errorf("%s: from a relay: %v", day, err)
		}
	}
	for _, day := range []Epoch{testDay - 2, testDay + CourierUse + 1, testDay + 91} {
		if _, err := ParseCarriedRoster(d.public(), b, day, 0); !errors.Is(err, ErrRoster) {
			t.Errorf("%s: %v", day, err)
		}
	}
	if _, err := ParseCarriedRoster(d.public(), b, testDay, 8); !errors.Is(err, ErrRoster) {
		t.Errorf("a serial under the one seen: %v", err)
	}
}
