package keyring

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// veiled holds a value behind two pointers. fmt asks no method of what sits in
// an unexported field, and follows one pointer to print what it finds.
type veiled[T any] struct{ p **T }

func veil[T any](v T) veiled[T] {
	p := &v
	return veiled[T]{&p}
}

func (v veiled[T]) isZero() bool { return v.p == nil }

// get returns what was veiled. A secret that was never made cannot be used: on
// the zero value it panics, as a nil pointer does.
func (v veiled[T]) get() *T { return *v.p }

// errStays tells that something was about to be written where it must not go.
var errStays = errors.New("keyring: this stays in the keyring")

const (
	passphraseWord = "[passphrase]"
	rootWord       = "[root key]"
	recoveryWord   = "[recovery key]"
	keyringWord    = "[keyring]"
)

// A Passphrase opens the vault. It cannot be printed.
type Passphrase struct{ text veiled[string] }

// NewPassphrase wraps what was typed, byte for byte.
func NewPassphrase(text string) Passphrase { return Passphrase{veil(text)} }

func (p Passphrase) bytes() []byte {
	if p.text.isZero() {
		return nil
	}
	return []byte(*p.text.get())
}

func (Passphrase) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, passphraseWord) }
func (Root) Format(f fmt.State, _ rune)       { _, _ = io.WriteString(f, rootWord) }
func (Recovery) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, recoveryWord) }
func (*Keyring) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, keyringWord) }

func (Passphrase) LogValue() slog.Value { return slog.StringValue(passphraseWord) }
func (Root) LogValue() slog.Value       { return slog.StringValue(rootWord) }
func (Recovery) LogValue() slog.Value   { return slog.StringValue(recoveryWord) }
func (*Keyring) LogValue() slog.Value   { return slog.StringValue(keyringWord) }

func (Passphrase) MarshalText() ([]byte, error) { return nil, errStays }
func (Root) MarshalText() ([]byte, error)       { return nil, errStays }
func (Recovery) MarshalText() ([]byte, error)   { return nil, errStays }
func (*Keyring) MarshalText() ([]byte, error)   { return nil, errStays }
