package envelope

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
)

func TestImportKey(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	var seed [xwingSeedSize]byte
	rand.Read(seed[:])
	secret, err := NewImportSecret(d.id, seed)
	if err != nil {
		t.Fatal(err)
	}
	to, err := NewImportKey(d.id, secret.Public().Bytes())
	if err != nil || to.Desk() != d.id {
		t.Fatalf("read the key back: %v", err)
	}
	plaintext := make([]byte, CellPlaintext)
	rand.Read(plaintext)
	sealed, err := to.SealCell(plaintext)
	if err != nil || len(sealed) != CellSize {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	t.Run("its secret opens what was sealed", func(t *testing.T) {
		if got, err := secret.OpenCell(sealed); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%v", err)
		}
	})
	t.Run("the same seed at another desk does not", func(t *testing.T) {
		other, err := NewImportSecret(DeskID{1}, seed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.OpenCell(sealed); !errors.Is(err, ErrNotForUs) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what is no cell is not for us", func(t *testing.T) {
		flipped := bytes.Clone(sealed)
		flipped[CellSize-1] ^= 1
		for _, b := range [][]byte{nil, sealed[1:], append(bytes.Clone(sealed), 0), flipped, make([]byte, CellSize)} {
			if _, err := secret.OpenCell(b); err != ErrNotForUs {
				t.Errorf("%d bytes: %v", len(b), err)
			}
		}
	})
	t.Run("only a whole plaintext is sealed", func(t *testing.T) {
		if _, err := to.SealCell(plaintext[1:]); !errors.Is(err, ErrBody) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a key that does not decode is refused", func(t *testing.T) {
		for _, b := range [][]byte{nil, make([]byte, xwingKeySize), bytes.Repeat([]byte{255}, xwingKeySize)} {
			if _, err := NewImportKey(d.id, b); !errors.Is(err, ErrKey) {
				t.Errorf("%d bytes: %v", len(b), err)
			}
		}
	})
	t.Run("it is not printed", func(t *testing.T) {
		for _, v := range []any{secret, *secret, struct{ s *ImportSecret }{secret}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
				if out := fmt.Sprintf(verb, v); bytes.Contains([]byte(out), seed[:4]) || bytes.Contains([]byte(out), fmt.Appendf(nil, "%x", seed[:4])) {
					t.Errorf("%s shows the seed", verb)
				}
			}
		}
	})
}
