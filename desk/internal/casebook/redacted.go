package casebook

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unique"
)

// ErrStaysInDesk tells that something was about to be written where it must
// not go.
var ErrStaysInDesk = errors.New("this stays in the desk")

// redacted is how a secret noun shows itself: by its name alone. The secret is
// held behind two pointers: fmt cannot call Format on a field that is not
// exported and would print a plain array or string, and for a verb that does not
// fit, such as %s for a pointer, it follows the first pointer too.
type redacted[T comparable, N name] struct{ h unique.Handle[box[T]] }

type box[T comparable] struct{ h unique.Handle[T] }

type name interface{ name() string }

func (redacted[T, N]) placeholder() string { var n N; return "[" + n.name() + "]" }

// Format prints the placeholder, whatever the verb.
func (r redacted[T, N]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.placeholder()) }

// LogValue logs the placeholder.
func (r redacted[T, N]) LogValue() slog.Value { return slog.StringValue(r.placeholder()) }

// MarshalText refuses, so that no JSON carries the secret by accident.
func (redacted[T, N]) MarshalText() ([]byte, error) { return nil, ErrStaysInDesk }

// IsZero reports whether there is nothing to hide.
func (r redacted[T, N]) IsZero() bool { return r == redacted[T, N]{} }

// Reveal returns the secret, on purpose: for the store, the pages and the gate.
func (r redacted[T, N]) Reveal() T {
	if r.IsZero() {
		var none T
		return none
	}
	return r.h.Value().h.Value()
}

func conceal[T comparable, N name](secret T) redacted[T, N] {
	return redacted[T, N]{unique.Make(box[T]{unique.Make(secret)})}
}

type (
	sourceName struct{}
	reportName struct{}
	codeName   struct{}
	textName   struct{}
)

func (sourceName) name() string { return "source" }
func (reportName) name() string { return "report" }
func (codeName) name() string   { return "code name" }
func (textName) name() string   { return "text" }

// What holds secrets beside ids and texts shows itself by its name too: whoever
// prints a whole noun by accident prints nothing of it.

// Format prints the placeholder, whatever the verb.
func (Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[source]") }

// LogValue logs the placeholder.
func (Source) LogValue() slog.Value { return slog.StringValue("[source]") }

// Format prints the placeholder, whatever the verb.
func (Report) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[report]") }

// LogValue logs the placeholder.
func (Report) LogValue() slog.Value { return slog.StringValue("[report]") }

// Format prints the placeholder, whatever the verb.
func (Statement) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[statement]") }

// LogValue logs the placeholder.
func (Statement) LogValue() slog.Value { return slog.StringValue("[statement]") }

// MarshalJSON refuses, so that no JSON carries the secret by accident.
func (Statement) MarshalJSON() ([]byte, error) { return nil, ErrStaysInDesk }

// Format prints the placeholder, whatever the verb.
func (Incoming) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[incoming]") }

// LogValue logs the placeholder.
func (Incoming) LogValue() slog.Value { return slog.StringValue("[incoming]") }

// MarshalJSON refuses, so that no JSON carries the secret by accident.
func (Incoming) MarshalJSON() ([]byte, error) { return nil, ErrStaysInDesk }

// SourceID is the desk's opaque name of a source, random and meaningless.
type SourceID = redacted[[16]byte, sourceName]

// ReportID is the SHA-256 of a report's bytes. It stays in the desk too: whoever
// seized a draft could confirm by it that the draft arrived.
type ReportID = redacted[[32]byte, reportName]

// CodeName is what editors call a source. It is never a real name, and never
// leaves the desk either.
type CodeName = redacted[string, codeName]

// Text is what a source wrote.
type Text = redacted[string, textName]

// NewSourceID draws a fresh id.
func NewSourceID() SourceID {
	var id [16]byte
	_, _ = rand.Read(id[:]) // crypto/rand never fails; it ends the process instead
	return SourceIDOf(id)
}

// SourceIDOf wraps a kept id; all zeros are no id.
func SourceIDOf(id [16]byte) SourceID {
	if id == ([16]byte{}) {
		return SourceID{}
	}
	return conceal[[16]byte, sourceName](id)
}

// ReportIDOf names a report's bytes.
func ReportIDOf(body []byte) ReportID {
	return conceal[[32]byte, reportName](sha256.Sum256(body))
}

// KeptReportID wraps a kept id; all zeros are no id.
func KeptReportID(id [32]byte) ReportID {
	if id == ([32]byte{}) {
		return ReportID{}
	}
	return conceal[[32]byte, reportName](id)
}

// NewCodeName wraps a code name.
func NewCodeName(s string) CodeName { return conceal[string, codeName](s) }

// NewText wraps what a source wrote.
func NewText(s string) Text { return conceal[string, textName](s) }

// Handle returns the id as a place in the desk's own pages.
func Handle(id SourceID) string { b := id.Reveal(); return hex.EncodeToString(b[:]) }

// ReportHandle returns the id as a place in the desk's own pages.
func ReportHandle(id ReportID) string { b := id.Reveal(); return hex.EncodeToString(b[:]) }
