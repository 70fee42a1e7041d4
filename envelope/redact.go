package envelope

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// What must not be seen shows a word instead. fmt, slog and encoding/json ask
// the methods below; inside somebody's unexported field fmt asks nobody, which
// is why each of these types holds its bytes behind a pointer.

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

func (Phrase) LogValue() slog.Value         { return slog.StringValue(phraseWord) }
func (Source) LogValue() slog.Value         { return slog.StringValue(sourceWord) }
func (SecretLongTerm) LogValue() slog.Value { return slog.StringValue(longTermWord) }
func (SecretBundle) LogValue() slog.Value   { return slog.StringValue(bundleWord) }
func (Opener) LogValue() slog.Value         { return slog.StringValue(openerWord) }
func (Contact) LogValue() slog.Value        { return slog.StringValue(contactWord) }
func (Author) LogValue() slog.Value         { return slog.StringValue(authorWord) }
func (Fingerprint) LogValue() slog.Value    { return slog.StringValue(fingerprintWord) }
func (Message) LogValue() slog.Value        { return slog.StringValue(messageWord) }

func (Phrase) MarshalText() ([]byte, error)         { return []byte(phraseWord), nil }
func (Source) MarshalText() ([]byte, error)         { return []byte(sourceWord), nil }
func (SecretLongTerm) MarshalText() ([]byte, error) { return []byte(longTermWord), nil }
func (SecretBundle) MarshalText() ([]byte, error)   { return []byte(bundleWord), nil }
func (Opener) MarshalText() ([]byte, error)         { return []byte(openerWord), nil }
func (Message) MarshalText() ([]byte, error)        { return []byte(messageWord), nil }

// errKept stops whoever would store one of these as text and read the word in
// brackets back: their bytes are to be had on purpose, from Bytes.
var errKept = errors.New("envelope: not to be written as text")

func (Contact) MarshalText() ([]byte, error)     { return nil, errKept }
func (Author) MarshalText() ([]byte, error)      { return nil, errKept }
func (Fingerprint) MarshalText() ([]byte, error) { return nil, errKept }
