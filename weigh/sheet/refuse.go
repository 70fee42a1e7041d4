package sheet

import (
	"errors"
	"fmt"
)

// ErrRow is wrapped by every RowError, ErrHeader by what is wrong with the row
// that names the columns or before it.
var (
	ErrRow    = errors.New("a row that cannot be read")
	ErrHeader = errors.New("not a table with a first row that names its columns")
)

// Why says what is wrong with a row, and Do what to do about it.
type Why struct{ What, Do string }

// What can be wrong with a row.
var (
	BareQuote   = &Why{"a quote stands within a field that does not begin with one", `put the field in quotes and write each quote in it twice: "the ""Star"""`}
	TornQuote   = &Why{"text stands behind the quote that closes the field", `write each quote within a field twice: "the ""Star"""`}
	OpenQuote   = &Why{"the quote is never closed", "close it, or write a quote that belongs to the text twice and put the field in quotes"}
	LongRow     = &Why{"the row is longer than 256 KiB", "look whether its line end is missing"}
	FieldCount  = &Why{"the row has more or fewer fields than the first row names", "put a field that has a separator in it in quotes, and leave an empty field where nothing is to be said"}
	NotUTF8     = &Why{"the text is not UTF-8", "save the table as UTF-8"}
	ZeroByte    = &Why{"there is a byte of zero", "save the table as plain text in UTF-8"}
	HeaderAgain = &Why{"the row names the columns again", "leave it out; were two tables joined?"}
	NoSource    = &Why{"no source is named", "say who says it, even by a number"}
	NoItem      = &Why{"no item is named", "say of what it is said"}
	NoValue     = &Why{"no value is given", "say the value, or leave the row out"}
	NoOrigin    = &Why{"no origin is named", "say where the source has it from, or leave the row out"}
	NotNumber   = &Why{"the value is no number, though it is to be one", "write it like 6500, 5..10, about 6500 or at-least 3, without a unit"}
	NotFinite   = &Why{"the value is NaN or infinite", "leave the field empty where the value is not known"}
	NotExact    = &Why{"the value is not one number", "write a single number: what is settled is known exactly"}
	NotDay      = &Why{"the time is no day", "write it like 2020-02-06"}
	TwoAnswers  = &Why{"the item has another value already", "leave one of the two out"}
)

// RowError tells where a table cannot be read. Columns count bytes from 1.
type RowError struct {
	Line, Column int
	Why          *Why
}

func (e *RowError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s; %s", e.Line, e.Column, e.Why.What, e.Why.Do)
}

func (e *RowError) Unwrap() error { return ErrRow }

// Bad counts the rows that were left out for one reason.
type Bad struct {
	Why       *Why
	Rows      int
	FirstLine int
}

func headerError(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrHeader)
}
