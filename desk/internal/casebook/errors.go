package casebook

import "errors"

// What an editor may be told no for. Pages and commands print these sentences.
var (
	ErrNoSuch         = errors.New("there is no such thing at this desk")
	ErrUnworded       = errors.New("the claim is not worded yet: an editor words it first")
	ErrOneOrigin      = errors.New("a merge needs at least two reports that speak of the claim")
	ErrReason         = errors.New("it needs a reason")
	ErrSigned         = errors.New("whoever keyed in a statement it rests on cannot sign it: another editor signs")
	ErrAlone          = errors.New("a desk of one editor cannot sign a claim as verified: by record it can, once a second person has compared")
	ErrFloor          = errors.New("the gate's floor is a number of people, from 2 to 1,000")
	ErrNoValue        = errors.New("there is no value to sign")
	ErrNoRecord       = errors.New("the record itself has not been kept: a document whose origin is the record that the claim names")
	ErrBlocked        = errors.New("the gate blocks it")
	ErrPublished      = errors.New("it is published: what is printed never changes, a correction does")
	ErrBulletin       = errors.New("a bulletin needs a slug of its own, a title as its first heading, and words")
	ErrCites          = errors.New("a bulletin cites claims by their address alone, and only claims that are worded")
	ErrCorrection     = errors.New("a correction names the published bulletin that it corrects, and nothing else does")
	ErrNoCut          = errors.New("the source has no cut")
	ErrUnknown        = errors.New("no editor of that name")
	ErrTwice          = errors.New("it needs two editors, and you are one of them already")
	ErrKeptTwice      = errors.New("the same report from the same source is kept already")
	ErrText           = errors.New("a report is UTF-8 text of 1 to 9,870 bytes")
	ErrEditorName     = errors.New("an editor's name is lower-case letters, digits and hyphens")
	ErrNothingBlocked = errors.New("the gate blocks nothing there")
	ErrLater          = errors.New("the day lies ahead")
)
