package hearsay

// Standing is how firmly a claim is held, by the rules of DESIGN.md.
type Standing string

// The standings, from none to the firmest.
const (
	NotKnown         Standing = "not known"
	Chatter          Standing = "chatter"
	Disputed         Standing = "disputed"
	Corroborated     Standing = "corroborated"
	Verified         Standing = "verified"
	VerifiedByRecord Standing = "verified by record"
)

// Meaning says in a sentence what a standing tells a reader.
func (s Standing) Meaning() string {
	switch s {
	case NotKnown:
		return "Nobody we can rely on gives a value."
	case Chatter:
		return "It is said. We have found no second independent origin that makes it firmer."
	case Disputed:
		return "Accounts differ, and none can be set aside."
	case Corroborated:
		return "At least two origins that do not depend on each other say so."
	case Verified:
		return "At least three independent origins say so, it would stand without any one of them, and a second editor has signed it."
	case VerifiedByRecord:
		return "The body whose count settles it says so in a document that a second editor has compared."
	}
	return ""
}

// Likelihood returns the words of ICD 203 (US Office of the Director of National
// Intelligence, Analytic Standards, 2015, section D.6.e.2.a) for a probability.
func Likelihood(p float64) string {
	switch {
	case p < .05:
		return "almost no chance"
	case p < .20:
		return "very unlikely"
	case p < .45:
		return "unlikely"
	case p <= .55:
		return "roughly even chance"
	case p <= .80:
		return "likely"
	case p <= .95:
		return "very likely"
	}
	return "almost certain"
}
