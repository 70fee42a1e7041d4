// Package sheet reads tables of what sources say about items into the columns
// that package weigh weighs. It is of the open zone: it is handed a reader and
// opens nothing itself.
//
// # The table
//
// A table is CSV as RFC 4180 has it, in UTF-8 with or without a byte order mark,
// plain or compressed by gzip, which is told by its content. Lines end in LF or
// CRLF; blank lines are passed over. The separator is the comma, the semicolon
// or the tab: the one by which the first row names the columns. That row is
// required. It names, in any order and in small letters or capitals,
//
//	source  who says it
//	item    what it is said of
//	value   what is said; empty says that it is not known
//	time    on which day: 2020-02-06, 2020-02 or 2020, the first day of it; what
//	        follows a T or a space behind a day is not read (optional)
//	origin  where the source has it from, as far as that is declared (optional)
//
// and may name columns that are not read; Sheet.Unread lists them. White space
// around a field is not part of it.
//
// # Values
//
// Options.Kind says what values are, or else the table: where it has two to 12
// different ones, and no more of them than items, they are Classes, that every
// item shares; else, where there are more than 12 and all are numbers, Number;
// else Open. A number is a decimal, with a power of ten
// or without, or what it may be: 5..10, about 6500 (±10 %), nearly 100 (90 % up to
// it), over, under, at-least, at-most, or ~ ≈ > < >= ≥ <= ≤ for those words. NaN
// and Inf are words beside words, and refused beside numbers. Dates and texts are
// words: equal where their bytes are.
//
// # Statements
//
// A statement that is repeated word for word counts once. Where a source says
// two things of an item, the later day replaces the earlier, and what has no day
// is replaced by what has one; of one day, and of a table without days, both
// stand, and the model weighs them.
//
// # What is refused
//
// A row is refused with its line, its column in bytes and what to do: see Why.
// With Options.SkipBad it is left out and counted. A row is at most 256 KiB; so a
// quote that is never closed is found out early, and what follows its line is
// read on with SkipBad. What gzip expands more than 200 times over is no table.
//
// A table's names take memory once each, its rows twelve bytes (24 of kind
// Number), whatever the length of the file. Equal rows in any order give equal
// tables: indices follow the order of names.
package sheet
