package site

import (
	"fmt"
	"strings"

	"hearsay"
)

// language is the interface language of this edition's pages.
const language = "en"

// interfaces holds every string of the interface by language and key, so that
// a further language is one more table. Strings with a number come in two
// forms, .one and .other.
var interfaces = map[string]map[string]string{"en": english}

var english = map[string]string{
	"skip":            "Skip to the text",
	"nav.label":       "Site",
	"nav.front":       "Bulletins",
	"nav.claims":      "Claims",
	"nav.series":      "Series",
	"nav.archive":     "Archive",
	"nav.corrections": "Corrections",
	"nav.method":      "Method",
	"nav.verify":      "Verify",
	"foot.feed":       "Atom feed",
	"foot.verify":     "Check this copy",
	"foot.static":     "These pages are plain files. They run no script and load nothing from elsewhere.",

	"date":     "%[1]d %[2]s %[3]d",
	"month":    "%[1]s %[2]d",
	"month.1":  "January",
	"month.2":  "February",
	"month.3":  "March",
	"month.4":  "April",
	"month.5":  "May",
	"month.6":  "June",
	"month.7":  "July",
	"month.8":  "August",
	"month.9":  "September",
	"month.10": "October",
	"month.11": "November",
	"month.12": "December",

	"season.21":       "spring",
	"season.22":       "summer",
	"season.23":       "autumn",
	"season.24":       "winter",
	"uncertain":       "%s (uncertain)",
	"about-uncertain": "about %s (uncertain)",

	"thousands":    ",",
	"range":        "%s–%s",
	"with-unit":    "%s %s",
	"unit.percent": "per cent",
	"yes":          "yes",
	"no":           "no",
	"no-value":     "no value",
	"about":        "about %s",
	"nearly":       "nearly %s",
	"over":         "over %s",
	"under":        "under %s",
	"at-least":     "at least %s",
	"at-most":      "at most %s",

	"standing.not-known":          "Not known",
	"standing.chatter":            "Chatter",
	"standing.disputed":           "Disputed",
	"standing.corroborated":       "Corroborated",
	"standing.verified":           "Verified",
	"standing.verified-by-record": "Verified by record",
	"meaning.not-known":           hearsay.NotKnown.Meaning(),
	"meaning.chatter":             hearsay.Chatter.Meaning(),
	"meaning.disputed":            hearsay.Disputed.Meaning(),
	"meaning.corroborated":        hearsay.Corroborated.Meaning(),
	"meaning.verified":            hearsay.Verified.Meaning(),
	"meaning.verified-by-record":  hearsay.VerifiedByRecord.Meaning(),

	"origins.one":        "One independent origin.",
	"origins.other":      "%d independent origins.",
	"fragility.one":      "It falls if one of them falls.",
	"fragility.other":    "It falls if %d of them fall.",
	"origins.untold":     "How many origins say so is not printed: few could have known, and a count of origins would be a count of targets.",
	"likelihood":         "%s (%s)",
	"record":             "Settled by the record of %s.",
	"interval":           "It may mean anything from %s to %s.",
	"mark.discs.one":     "One disc for one independent origin.",
	"mark.discs.other":   "%d discs for as many independent origins.",
	"mark.notch.one":     "A notch after the first: without one it falls.",
	"mark.notch.other":   "A notch after the %dth: without so many it falls.",
	"kind.bulletin":      "Bulletin %s",
	"kind.correction":    "Correction %s",
	"corrected-on":       "corrected on %s",
	"front.empty":        "Nothing has been published yet.",
	"front.older":        "Older bulletins are in the archive",
	"front.corrections":  "Latest corrections",
	"front.latest":       "Latest bulletins",
	"front.intro":        "What people at risk report, weighed and told with how firmly each part is held. Every edition stands in a public log that cannot be changed unseen.",
	"front.how":          "How we weigh and publish",
	"bulletin.notice":    "Corrected on %s.",
	"bulletin.stands":    "The text stands as it was published; what was wrong is struck.",
	"bulletin.stands.0":  "The text stands as it was published.",
	"bulletin.correcter": "Read the correction: %s",
	"bulletin.corrects":  "This corrects a bulletin of %s.",
	"bulletin.corrected": "Read what it corrects: %s",
	"bulletin.marks":     "What this rests on",
	"bulletin.then":      "When published",
	"bulletin.now":       "Now",
	"bulletin.cite":      "To cite",
	"bulletin.citation":  "%s, “%s”, %s, %s, log index %d.",
	"bulletin.log":       "Log index %d",
	"bulletin.verify":    "Verify this page",
	"bulletin.about":     "About this page",

	"claims.title":        "Claims",
	"claims.intro":        "Every claim that a bulletin cites, with what we hold of it now.",
	"claims.empty":        "No bulletin has cited a claim yet.",
	"claim.now":           "What we hold now",
	"claim.since":         "Since %s",
	"claim.history":       "What we published, and when",
	"claim.history.about": "Each line is what a bulletin of that day rested on. Nothing is removed from this list.",
	"claim.vintages":      "What the record said, as of each publication",
	"claim.cited":         "Bulletins that cite it",
	"claim.address":       "Address",
	"claim.period":        "For %s",
	"claim.series":        "Part of the series %s",

	"series.title":    "Series",
	"series.intro":    "Claims along time, with every earlier vintage of every figure.",
	"series.empty":    "No two published figures stand along time yet.",
	"series.figures":  "The figures",
	"series.csv":      "The same figures as CSV",
	"series.chart":    "%s, %s to %s, in %s",
	"series.desc":     "Current figures: %s.",
	"series.earlier":  "Faint marks to the left of a figure are its earlier vintages, the oldest first.",
	"series.spread":   "Bars show how much an approximate figure leaves open.",
	"series.log":      "On this scale equal distances are equal factors.",
	"series.point":    "%s: %s",
	"series.vintage":  "%s (%s)",
	"series.none":     "none",
	"series.count":    "%d figures, %s to %s",
	"series.plain":    "figures",
	"column.period":   "Period",
	"column.figure":   "Figure",
	"column.standing": "Standing",
	"column.earlier":  "Earlier vintages",
	"column.on":       "On",
	"column.value":    "Value",
	"column.as":       "As of",
	"column.origins":  "Origins",

	"archive.title":     "Archive",
	"archive.intro":     "Everything published, by year and month.",
	"archive.empty":     "Nothing has been published yet.",
	"archive.of":        "Published in %s",
	"archive.year":      "All of %s",
	"archive.count.one": "one text", "archive.count.other": "%d texts",

	"corrections.title": "Corrections",
	"corrections.intro": "What we got wrong, newest first. The old text stays where it is, with what was wrong struck.",
	"corrections.empty": "Nothing has had to be corrected so far.",
	"corrections.of":    "Corrects",
	"corrections.said":  "We had said: %s.",
	"corrections.is":    "We now hold: %s.",

	"feed.subtitle":  "Bulletins and corrections",
	"feed.corrected": "Corrected on %s: %s",

	"method.title":      "Method",
	"method.intro":      "How a claim is weighed, and what must be answered before it is published. These are rules and no moods: the same statements always give the same standing.",
	"method.standing":   "Standing",
	"method.first":      "Of these the first that applies, from the top:",
	"method.rule.1":     "no admissible statement gives a value.",
	"method.rule.2":     "a document of the body whose own count settles the claim gives the value in its latest vintage, and a second editor has compared it.",
	"method.rule.3":     "another value, asserted by an admissible origin, keeps a probability of .20 or more.",
	"method.rule.4":     "three or more groups of origins say so, the probability is .95 or more, it would still be corroborated with any one group silent, and an editor who did not mark it has signed this value.",
	"method.rule.5":     "two or more groups of origins say so, and the probability is .80 or more.",
	"method.rule.6":     "all the rest.",
	"method.history":    "Earlier vintages of a record, and figures equal to one, are history and never rivals.",
	"method.origins":    "Origins, not accounts",
	"method.origins.1":  "Ten retellings of one rumour have one origin. Statements that name the same origin, stand in equal or nearly equal texts, quote the same record, are in print without naming an origin, or were found by an editor to go back to one are a group, and a group speaks once. Agreement on what is simply true is no sign of copying.",
	"method.origins.2":  "How many origins stand behind a claim, and how many would have to fall for it to fall, is printed only where the many or the public could have known it. Elsewhere a count of origins would be a count of targets.",
	"method.odds":       "Words and numbers",
	"method.odds.1":     "Where fewer than twenty claims have been settled, a probability would be a guess at a guess, and pages print the standing alone. Once calibrated they print the words of likelihood of ICD 203 with the figure.",
	"method.odds.2":     "“It is not known” is an answer. It never becomes a value, fifty per cent or zero.",
	"method.gate":       "Before anything is published",
	"method.gate.intro": "Each claim that a text cites is asked: how many people could have known this? Is a place or time finer than a reader needs? Does the text repeat a report? Which sources does it stand on? What else in the archive narrows it down? Is a person's case covered by consent?",
	"method.gate.block": "A text is held back when",
	"method.gate.1":     "fewer people than the desk's floor, twenty unless it sets another, could have known a claim that it cites;",
	"method.gate.2":     "it has eight words in a row from a report that was not public;",
	"method.gate.3":     "it has the name under which a desk speaks of a source;",
	"method.gate.4":     "it would show that a source is thought to be in hostile hands, or was forced;",
	"method.gate.5":     "it tells of a person's case without consent.",
	"method.gate.over":  "Two editors can override this together, with a reason, and both are kept. A desk of one editor can neither override nor sign as verified.",
	"method.after":      "After publishing",
	"method.after.1":    "A published text never changes. What was wrong is struck and the correction stands beside it, in the archive and in the feed.",

	"verify.title":         "Verify",
	"verify.intro":         "You need not trust whoever gave you this copy. Each edition is an entry of a public log to which the desk can only add; it has the fingerprint of every file.",
	"verify.how":           "How to check",
	"verify.how.1":         "Save the whole site in a folder, or open the drive that it came on, and run:",
	"verify.command":       "hearsay verify FOLDER",
	"verify.how.2":         "It names every file that was changed, added or removed, remembers the log that it saw, and says when a later copy is older or another.",
	"verify.how.3":         "At first sight it can only tell that the copy agrees with the key above. Compare that key with one that you have from elsewhere: from print, from a friend, from an earlier copy.",
	"verify.key":           "The desk's key",
	"verify.desk":          "The desk's number",
	"verify.edition":       "This edition",
	"verify.serial":        "Edition %d of %s",
	"verify.size":          "Log",
	"verify.entries.one":   "One entry up to this edition.",
	"verify.entries.other": "%d entries up to this edition.",
	"verify.index":         "Its log index is %d.",
	"verify.hand":          "By hand",
	"verify.hand.1":        "The folder ledger has all that is needed. A line of ledger/manifest is the SHA-256 of one byte 8, the eight characters hs1-page, the 32 bytes of the file's salt in ledger/salts, and the file. The log follows C2SP tlog-tiles, and other tools can read it.",
	"verify.not":           "What this does not show",
	"verify.not.1":         "That something was published unchanged does not make it true. How firmly we hold it stands beside it.",
	"verify.checkpoint":    "The signed head of the log",
	"verify.manifest":      "The list of all files of this edition",
}

// words looks strings up in one language.
type words map[string]string

// T returns the string for a key with its arguments filled in. A key that is
// not there is a fault of ours; it stops the page and the tests.
func (w words) T(key string, args ...any) (string, error) {
	s, ok := w[key]
	if !ok {
		return "", fmt.Errorf("no words for %q in the interface language", key)
	}
	if len(args) == 0 {
		return s, nil
	}
	return fmt.Sprintf(s, args...), nil
}

// N is T for a string with a number.
func (w words) N(key string, n int) (string, error) {
	if n == 1 {
		return w.T(key + ".one")
	}
	return w.T(key+".other", n)
}

// say is T where the key is a constant of this package, which a test proves to
// be in every table.
func (w words) say(key string, args ...any) string {
	s, err := w.T(key, args...)
	if err != nil {
		return key
	}
	return s
}

func (w words) day(d hearsay.Day) string {
	t := d.Time()
	return w.say("date", t.Day(), w.say(fmt.Sprintf("month.%d", t.Month())), t.Year())
}

func (w words) month(year, month int) string {
	return w.say("month", w.say(fmt.Sprintf("month.%d", month)), year)
}

// standingKey is a standing as the end of a key and as a class.
func standingKey(s hearsay.Standing) string { return strings.ReplaceAll(string(s), " ", "-") }

func (w words) standing(s hearsay.Standing) string { return w.say("standing." + standingKey(s)) }

// value prints a value as a reader expects it, without its unit.
func (w words) value(v hearsay.Value) string {
	switch {
	case v.IsZero():
		return w.say("no-value")
	case v.Kind == hearsay.Number:
		text := ""
		if low, high, isRange := strings.Cut(v.Text, ".."); isRange {
			text = w.say("range", w.grouped(low), w.grouped(high))
		} else {
			text = w.grouped(v.Text)
		}
		if v.Approx == "" {
			return text
		}
		return w.say(v.Approx, text)
	case v.Kind == hearsay.Truth:
		return w.say(v.Text)
	case v.Kind == hearsay.Choice:
		return strings.ReplaceAll(v.Text, "-", " ")
	case v.Kind == hearsay.Moment:
		return w.period(v.Text)
	default:
		return v.Text
	}
}

// withUnit prints a value with the unit of its claim.
func (w words) withUnit(v hearsay.Value, unit string) string {
	if v.Kind != hearsay.Number || unit == "" {
		return w.value(v)
	}
	return w.say("with-unit", w.value(v), w.unit(unit))
}

func (w words) unit(unit string) string {
	if s, ok := w["unit."+unit]; ok {
		return s
	}
	return strings.ReplaceAll(unit, "-", " ")
}

// period prints an EDTF date in words where it has some: a day, a month, a
// season, an interval of them, and how sure it is. Anything else stays as
// written.
func (w words) period(text string) string {
	if from, to, interval := strings.Cut(text, "/"); interval && from != "" && to != "" && from != ".." && to != ".." {
		return w.say("range", w.period(from), w.period(to))
	}
	for _, q := range []struct{ sign, key string }{{"?", "uncertain"}, {"~", "about"}, {"%", "about-uncertain"}} {
		if plain, ok := strings.CutSuffix(text, q.sign); ok {
			return w.say(q.key, w.period(plain))
		}
	}
	if d, err := hearsay.ParseDay(text); err == nil {
		return w.day(d)
	}
	var year, part int
	if n, err := fmt.Sscanf(text, "%04d-%02d", &year, &part); err != nil || n != 2 || fmt.Sprintf("%04d-%02d", year, part) != text {
		return text
	}
	if part > 12 {
		return w.say("month", w.say(fmt.Sprintf("season.%d", part)), year)
	}
	return w.month(year, part)
}

// grouped sets thousands apart.
func (w words) grouped(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "−", number[1:]
	}
	whole, fraction, hasFraction := strings.Cut(number, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(w.say("thousands"))
		}
		b.WriteRune(c)
	}
	if hasFraction {
		return sign + b.String() + "." + fraction
	}
	return sign + b.String()
}
