package envelope

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// What must not be seen shows a word instead: fmt, slog and encoding/json ask
// the methods below. Inside somebody's unexported field fmt asks nobody. There
// it prints a pointer as an address, but a verb that does not suit a pointer,
// such as %s, makes it follow one pointer to an array, slice, struct or map and
// print what it finds. So bytes stand behind two pointers ([veiled]) or, where
// values are to be compared, behind a pointer to a string (a unique.Handle).

// veiled holds a value where fmt does not follow.
type veiled[T any] struct{ p **T }

func veil[T any](v T) veiled[T] {
	p := &v
	return veiled[T]{&p}
}

// get returns what was veiled. On the zero value it panics, as a nil pointer
// does: a secret that was never made cannot be used.
func (v veiled[T]) get() *T { return *v.p }

const (
	phraseWord      = "[phrase]"
	sourceWord      = "[source keys]"
	longTermWord    = "[long-term secret]"
	bundleWord      = "[bundle secret]"
	openerWord      = "[opener]"
	contactWord     = "[contact]"
	authorWord      = "[author]"
	fingerprintWord = "[fingerprint]"
	messageWord     = "[message]"
	fileKeyWord     = "[file key]"
	fileWord        = "[file]"
	manifestWord    = "[manifest]"
)

func (Phrase) Format(f fmt.State, _ rune)         { io.WriteString(f, phraseWord) }
func (Source) Format(f fmt.State, _ rune)         { io.WriteString(f, sourceWord) }
func (SecretLongTerm) Format(f fmt.State, _ rune) { io.WriteString(f, longTermWord) }
func (SecretBundle) Format(f fmt.State, _ rune)   { io.WriteString(f, bundleWord) }
func (Opener) Format(f fmt.State, _ rune)         { io.WriteString(f, openerWord) }
func (Contact) Format(f fmt.State, _ rune)        { io.WriteString(f, contactWord) }
func (Author) Format(f fmt.State, _ rune)         { io.WriteString(f, authorWord) }
func (Fingerprint) Format(f fmt.State, _ rune)    { io.WriteString(f, fingerprintWord) }
func (Message) Format(f fmt.State, _ rune)        { io.WriteString(f, messageWord) }
func (FileKey) Format(f fmt.State, _ rune)        { io.WriteString(f, fileKeyWord) }
func (File) Format(f fmt.State, _ rune)           { io.WriteString(f, fileWord) }
func (ManifestBody) Format(f fmt.State, _ rune)   { io.WriteString(f, manifestWord) }

func (Phrase) LogValue() slog.Value         { return slog.StringValue(phraseWord) }
func (Source) LogValue() slog.Value         { return slog.StringValue(sourceWord) }
func (SecretLongTerm) LogValue() slog.Value { return slog.StringValue(longTermWord) }
func (SecretBundle) LogValue() slog.Value   { return slog.StringValue(bundleWord) }
func (Opener) LogValue() slog.Value         { return slog.StringValue(openerWord) }
func (Contact) LogValue() slog.Value        { return slog.StringValue(contactWord) }
func (Author) LogValue() slog.Value         { return slog.StringValue(authorWord) }
func (Fingerprint) LogValue() slog.Value    { return slog.StringValue(fingerprintWord) }
func (Message) LogValue() slog.Value        { return slog.StringValue(messageWord) }
func (FileKey) LogValue() slog.Value        { return slog.StringValue(fileKeyWord) }
func (File) LogValue() slog.Value           { return slog.StringValue(fileWord) }
func (ManifestBody) LogValue() slog.Value   { return slog.StringValue(manifestWord) }

func (Phrase) MarshalText() ([]byte, error)         { return []byte(phraseWord), nil }
func (Source) MarshalText() ([]byte, error)         { return []byte(sourceWord), nil }
func (SecretLongTerm) MarshalText() ([]byte, error) { return []byte(longTermWord), nil }
func (SecretBundle) MarshalText() ([]byte, error)   { return []byte(bundleWord), nil }
func (Opener) MarshalText() ([]byte, error)         { return []byte(openerWord), nil }
func (Message) MarshalText() ([]byte, error)        { return []byte(messageWord), nil }

// errKept stops whoever would store one of these as text and read the word in
// brackets back: their bytes are to be had on purpose, from Bytes.
var errKept = errors.New("envelope: not to be written as text")

func (Contact) MarshalText() ([]byte, error)      { return nil, errKept }
func (Author) MarshalText() ([]byte, error)       { return nil, errKept }
func (Fingerprint) MarshalText() ([]byte, error)  { return nil, errKept }
func (FileKey) MarshalText() ([]byte, error)      { return nil, errKept }
func (File) MarshalText() ([]byte, error)         { return nil, errKept }
func (ManifestBody) MarshalText() ([]byte, error) { return nil, errKept }
