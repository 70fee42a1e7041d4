package casebook

import (
	"errors"
	"strings"

	"hearsay"
)

// Claim is a claim as the desk holds it: the public definition, and what only
// the desk may know of it.
type Claim struct {
	hearsay.Claim
	CouldKnow Reach  `json:"could_know"`     // how many people could have known it
	Case      string `json:"case,omitempty"` // the person whose custody it is about, under an invented name
	Candidate bool   `json:"candidate,omitempty"`
	Asked     bool   `json:"asked,omitempty"` // whether kits ask it
}

// Channel is the way on which a report came.
type Channel string

// The channels.
const (
	ByRelay  Channel = "relay"
	ByParcel Channel = "parcel"
	AtDesk   Channel = "desk" // keyed in by an editor
)

// Flag says why a report carries no weight whatever its source; empty where it
// may.
type Flag string

// The flags, from PROTOCOL.md section 5.
const (
	Duress     Flag = "duress"     // a false order of the words: the source was forced
	Ambiguous  Flag = "ambiguous"  // two authors of one inbox first seen in one epoch
	Unverified Flag = "unverified" // the inbox does not endorse the author

	AfterRollover Flag = "after rollover" // it came under words that the source had changed
	Contested     Flag = "contested"      // two changes of words on one day, or one to words that are another's
)

// Source is a person or feed that reports.
type Source struct {
	ID       SourceID
	CodeName CodeName
	Note     string
	Cut      *hearsay.Day // what it sent from this day on is quarantined
	Alarm    Flag         // sticky: what was once seen of its inbox
	Seen     int64        // the record that first told of it
	contact  *contact     // its inbox as the desk met it; nil where it has none
	joined   *Source      // the one that it is, where a rollover told so; nil for itself
	sent     int          // reports
}

// whole returns the source that this one belongs to: itself, or where its words
// are another's new ones, that one.
func (s *Source) whole() *Source {
	for s.joined != nil {
		s = s.joined
	}
	return s
}

// watched reports whether somebody else may read what is sent to the source.
func (s *Source) watched() bool {
	return s.Cut != nil || s.Alarm == Duress || s.Alarm == Ambiguous
}

// Report is what one source sent at one time. Its bytes never change.
type Report struct {
	ID         ReportID
	Source     *Source
	Received   hearsay.Day
	Channel    Channel
	Flag       Flag
	KeyedBy    string // the editor who keyed it in, where it came so
	Body       Text
	Statements []*Statement
	Seq        int64
	filing
	likeness likeness
	alike    []*Report // those that repeat it, or that it repeats
}

// settle says anew whose report it is, and how it is filed.
func (r *Report) settle() { r.Source, r.Flag = r.base.whole(), r.flag(r.Received) }

// Quarantined reports whether the source's cut covers the report, or one that
// was set when the desk knew its words as another source.
func (r *Report) Quarantined() bool {
	covers := func(cut *hearsay.Day) bool { return cut != nil && r.Received >= *cut }
	return covers(r.Source.Cut) || r.base != nil && covers(r.base.Cut)
}

// Admissible reports whether the report may carry weight.
func (r *Report) Admissible() bool { return r.Flag == "" && !r.Quarantined() }

// Public reports whether all that the report states was published or is a
// document, so that its words are not a source's own.
func (r *Report) Public() bool {
	for _, s := range r.Statements {
		if !s.IsPublic() {
			return false
		}
	}
	return len(r.Statements) > 0
}

// Statement is one assertion in one report.
type Statement struct {
	Report *Report
	hearsay.Assertion
	Words      string
	Start, End int           // its span in the report's text
	Value      hearsay.Value // zero where none is given
	Misfit     error         // why it cannot be weighed: it breaks the claim's form
	denies     bool          // whether it says that the truth is another than Value
}

// IsPublic reports whether what the statement rests on was printed.
func (s *Statement) IsPublic() bool { return s.Basis == "published" || s.Basis == "document" }

// reach returns how many people could have known what the statement says.
func (s *Statement) reach(c Claim) Reach {
	switch {
	case s.IsPublic():
		return Public
	case s.Basis == "heard":
		return max(Many, c.CouldKnow)
	}
	return c.CouldKnow
}

// ErrName tells that a code name cannot be used.
var ErrName = errors.New("a code name is 2 to 24 letters, digits and hyphens, and belongs to one source")

// ValidCodeName reports whether s can be a code name. They are drawn from such
// short plain words that the gate can find one in a text.
func ValidCodeName(s string) bool {
	if len(s) < 2 || len(s) > 24 {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == "" && s[0] >= 'A' && s[0] <= 'Z'
}
