package keyring

import (
	"errors"
	"strings"
	"testing"
)

// Made with argon2-cffi 25.1.0, PasswordHasher(2, 256, 2, 32, 16), of
// "pappelallee 7".
const othersVerifier = "$argon2id$v=19$m=256,t=2,p=2$5c4UI13vqyvs/+fL+E4RxQ$XD2eETEz34N6iXOYBlxauZn8onZgNu/l7WQKtTD0JhM"

func TestVerifier(t *testing.T) {
	t.Run("another implementation's is known", func(t *testing.T) {
		if !CheckVerifier(othersVerifier, NewPassphrase("pappelallee 7")) {
			t.Error("refused")
		}
		if CheckVerifier(othersVerifier, NewPassphrase("pappelallee 8")) {
			t.Error("another passphrase was taken")
		}
	})
	t.Run("its own is known, and is another each time", func(t *testing.T) {
		a, err := NewVerifier(testPassphrase, quick)
		if err != nil {
			t.Fatal(err)
		}
		b, err := NewVerifier(testPassphrase, quick)
		if err != nil || a == b {
			t.Errorf("%v, or twice the same", err)
		}
		if !CheckVerifier(a, testPassphrase) || CheckVerifier(a, NewPassphrase("x")) || CheckVerifier(a, Passphrase{}) {
			t.Error("checked wrong")
		}
	})
	t.Run("what cannot be made is refused", func(t *testing.T) {
		if _, err := NewVerifier(NewPassphrase(""), quick); !errors.Is(err, ErrEmptyPassphrase) {
			t.Errorf("NewVerifier = %v, want ErrEmptyPassphrase", err)
		}
		if _, err := NewVerifier(testPassphrase, Params{}); !errors.Is(err, ErrParams) {
			t.Errorf("NewVerifier = %v, want ErrParams", err)
		}
	})
	right := NewPassphrase("pappelallee 7")
	for name, change := range map[string][2]string{
		"a terabyte":               {"m=256", "m=1073741824"},
		"passes without end":       {"t=2", "t=4294967295"},
		"no thread":                {"p=2", "p=0"},
		"a number with a zero":     {"m=256", "m=0256"},
		"a number too large":       {"m=256", "m=4294967552"},
		"another kind":             {"argon2id", "argon2i"},
		"another version":          {"v=19", "v=16"},
		"padding":                  {"+E4RxQ", "+E4RxQ=="},
		"bits beyond the salt":     {"+E4RxQ", "+E4RxR"},
		"a longer salt":            {"+E4RxQ", "+E4RxQAA"},
		"a shorter hash":           {"tTD0JhM", "tTD0"},
		"a line more":              {"JhM", "JhM\n"},
		"parameters out of order":  {"m=256,t=2,p=2", "t=2,m=256,p=2"},
		"a parameter more":         {"p=2", "p=2,x=1"},
		"a part more":              {"$5c4", "$$5c4"},
		"something in front of it": {"$argon2id", "x$argon2id"},
	} {
		t.Run("does not know "+name, func(t *testing.T) {
			text := strings.Replace(othersVerifier, change[0], change[1], 1)
			if text == othersVerifier {
				t.Fatal("nothing was changed")
			}
			if CheckVerifier(text, right) {
				t.Error("known")
			}
			if _, ok := parseVerifier(text); ok {
				t.Error("parsed")
			}
		})
	}
}

func FuzzVerifier(f *testing.F) {
	f.Add(othersVerifier)
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$$")
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := parseVerifier(text)
		if !ok {
			return
		}
		if v.String() != text || v.params.check() != nil {
			t.Error("accepted what it would not write")
		}
	})
}
