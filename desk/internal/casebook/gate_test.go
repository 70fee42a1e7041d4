package casebook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

func (d *testDesk) gate(kind hearsay.BulletinKind, text, corrects string) []casebook.Finding {
	d.t.Helper()
	findings, err := d.TryGate(d.t.Context(), kind, text, corrects)
	d.must(err)
	return findings
}

// blocks wants a text to be blocked by one rule, for one claim or, with an empty
// one, for its text, and by nothing else.
func (d *testDesk) blocks(kind hearsay.BulletinKind, text, corrects string, rule casebook.Rule, claim string) {
	d.t.Helper()
	found := false
	for _, f := range d.gate(kind, text, corrects) {
		if f.Stops() && (f.Rule != rule || f.Claim != claim) {
			d.t.Errorf("%q is blocked by %s of %q: %s", text, f.Rule, f.Claim, f.Risk)
		}
		found = found || f.Stops()
	}
	if !found {
		d.t.Errorf("%q passes; want it blocked by %s", text, rule)
	}
}

func (d *testDesk) passes(kind hearsay.BulletinKind, text, corrects string) {
	d.t.Helper()
	for _, f := range d.gate(kind, text, corrects) {
		if f.Stops() {
			d.t.Errorf("%q is blocked by %s of %q: %s", text, f.Rule, f.Claim, f.Risk)
		}
	}
}

// warns wants a text to pass with a warning, or without.
func (d *testDesk) warns(text string, rule casebook.Rule, want bool) {
	d.t.Helper()
	got := false
	for _, f := range d.gate(hearsay.News, text, "") {
		if f.Rule == rule {
			got = true
			if f.Blocks || f.Coarser == "" || f.Risk == "" {
				d.t.Errorf("%+v", f)
			}
		}
	}
	if got != want {
		d.t.Errorf("%q: warned of %s %t, want %t", text, rule, got, want)
	}
}

const camp = "# News\n\nThe camp is [guarded](claim:camp)."

func TestGateReach(t *testing.T) {
	t.Run("k under the floor is blocked", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "camp?value=guarded&basis=seen")
		d.says("ROOK", "camp?value=guarded&basis=told")
		d.blocks(hearsay.News, camp, "", casebook.RuleReach, "camp")
		if f := d.gate(hearsay.News, camp, ""); !strings.HasPrefix(f[0].Risk, "Only 12 people") || f[0].Where != "guarded" {
			t.Errorf("%+v", f)
		}
	})
	for name, said := range map[string]string{
		"what is going round the many know":         "camp?value=guarded&basis=heard",
		"what was published the public knows":       "camp?value=guarded&basis=published",
		"what is in a document the public knows":    "camp?value=guarded&basis=document",
		"k is the largest among the statements":     "camp?value=left&basis=published",
		"a published word that it is not known too": "camp?hedge=unknown&basis=published",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.says("WREN", "camp?value=guarded&basis=seen")
			d.says("ROOK", said)
			d.passes(hearsay.News, camp, "")
		})
	}
	t.Run("only admissible statements make it larger", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "camp?value=guarded&basis=seen")
		d.today++
		d.says("ROOK", "camp?value=guarded&basis=published")
		d.must(d.Cut(t.Context(), "first", d.source("ROOK"), d.today))
		d.blocks(hearsay.News, camp, "", casebook.RuleReach, "camp")
	})
	t.Run("what does not fit the claim makes it no larger", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "camp?value=guarded&basis=seen")
		d.says("ROOK", "camp?value=ajar&basis=published")
		d.blocks(hearsay.News, camp, "", casebook.RuleReach, "camp")
	})
	t.Run("a claim of which only a forced report speaks is blocked", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "order?value=yes")
		d.today++
		in := d.message("WREN", "I am well. [closed](claim:border?value=closed)")
		in.Author = sum("a false order")
		d.receive(in)
		const nothing = "# News\n\nOf the [border](claim:border) we know nothing."
		d.blocks(hearsay.News, nothing, "", casebook.RuleReach, "border")
		if f := d.gate(hearsay.News, nothing, ""); !strings.HasPrefix(f[0].Risk, "Nothing that may carry weight") {
			t.Errorf("%+v", f)
		}
	})
	t.Run("the floor is twenty", func(t *testing.T) {
		for people, blocked := range map[casebook.Reach]bool{2: true, 19: true, 20: false, 500: false} {
			d := newDesk(t)
			c := testClaims[slices.IndexFunc(testClaims, func(c casebook.Claim) bool { return c.Key == "camp" })]
			c.CouldKnow = people
			d.must(d.Word(t.Context(), "first", c))
			d.says("WREN", "camp?value=guarded&basis=seen")
			if blocked {
				d.blocks(hearsay.News, camp, "", casebook.RuleReach, "camp")
			} else {
				d.passes(hearsay.News, camp, "")
			}
		}
	})
	t.Run("a desk may set another: higher at once, lower by two editors", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "camp?value=guarded&basis=seen") // 12 could know
		d.must(d.SetFloor(t.Context(), "first", 10))
		d.must(d.SetFloor(t.Context(), "first", 10))
		if d.Floor() != 20 {
			t.Errorf("one editor alone lowered it to %d", d.Floor())
		}
		d.must(d.SetFloor(t.Context(), "second", 11))
		if d.Floor() != 20 {
			t.Errorf("two editors who want different floors lowered it to %d", d.Floor())
		}
		d.must(d.SetFloor(t.Context(), "first", 11))
		d.reopen()
		if d.Floor() != 11 {
			t.Errorf("two editors agree, and the floor is %d", d.Floor())
		}
		d.passes(hearsay.News, camp, "")
		d.must(d.SetFloor(t.Context(), "second", 50))
		if d.Floor() != 50 {
			t.Errorf("one editor may raise it, and it is %d", d.Floor())
		}
		d.must(d.SetFloor(t.Context(), "first", 11))
		if d.Floor() != 50 {
			t.Errorf("an agreement of before holds no more, and it is %d", d.Floor())
		}
		for _, bad := range []casebook.Reach{-1, 0, 1, 1001} {
			d.refused(d.SetFloor(t.Context(), "first", bad), casebook.ErrFloor)
		}
		d.refused(d.SetFloor(t.Context(), "nobody", 30), casebook.ErrUnknown)
	})
}

func TestGateVerbatim(t *testing.T) {
	const own = "Yesterday two trucks without plates waited behind the old mill."
	news := func(words string) string { return "# News\n\nThe border is [closed](claim:border). " + words }
	setup := func(t *testing.T, basis string) *testDesk {
		d := newDesk(t)
		d.hear("WREN", own+" [closed](claim:border?value=closed&basis="+basis+")")
		return d
	}
	for _, tt := range []struct {
		name, words string
		blocked     bool
	}{
		{"eight words in a row", "Yesterday two trucks without plates waited behind the", true},
		{"seven words in a row", "Yesterday two trucks without plates waited behind", false},
		{"eight in other case and with other marks", "YESTERDAY, two trucks - without plates; waited *behind* the", true},
		{"eight over a line break and a link", "Yesterday two [trucks](https://example.org)\nwithout plates waited behind the", true},
		{"eight with a soft hyphen in one", "Yesterday two tru\u00adcks without plates waited behind the", true},
		{"eight with an entity in one", "Yesterday two truck&#115; without plates waited behind the", true},
		{"four, a word of one's own, and four", "Yesterday two trucks without markings plates waited behind the", false},
		{"the same words in another order", "the behind waited plates without trucks two Yesterday", false},
		{"eight in a comment that no page shows", "<!-- Yesterday two trucks without plates waited behind the -->", true},
		{"eight in the title of a link", "[x](https://example.org \"Yesterday two trucks without plates waited behind the\")", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := setup(t, "seen")
			if tt.blocked {
				d.blocks(hearsay.News, news(tt.words), "", casebook.RuleVerbatim, "")
			} else {
				d.passes(hearsay.News, news(tt.words), "")
			}
		})
	}
	t.Run("words of a report that was published or a document are anybody's", func(t *testing.T) {
		for _, basis := range []string{"published", "document"} {
			setup(t, basis).passes(hearsay.News, news(own), "")
		}
		for _, basis := range []string{"told", "heard", "inferred", "unknown"} {
			setup(t, basis).blocks(hearsay.News, news(own), "", casebook.RuleVerbatim, "")
		}
	})
	t.Run("unless the report also tells something of its own", func(t *testing.T) {
		d := newDesk(t)
		d.hear("WREN", own+" [closed](claim:border?value=closed&basis=published) [yes](claim:order?value=yes&basis=seen)")
		d.blocks(hearsay.News, news(own), "", casebook.RuleVerbatim, "")
	})
	t.Run("a report that waits for marking is its author's", func(t *testing.T) {
		d := newDesk(t)
		d.says("ROOK", "border?value=closed")
		d.hear("WREN", own)
		d.blocks(hearsay.News, news(own), "", casebook.RuleVerbatim, "")
	})
	t.Run("whoever else's words are anybody's", func(t *testing.T) {
		d := newDesk(t)
		d.hear("GAZETTE", "All of it was in the paper before. [closed](claim:border?value=closed&basis=published)")
		d.hear("WREN", own+" [closed](claim:border?value=closed&basis=seen)")
		d.blocks(hearsay.News, news(own), "", casebook.RuleVerbatim, "")
	})
	t.Run("in the title too", func(t *testing.T) {
		setup(t, "seen").blocks(hearsay.News, "# Yesterday two trucks without plates waited behind the mill\n\nThe border is [closed](claim:border).", "", casebook.RuleVerbatim, "")
	})
	t.Run("so is a quarantined one, whatever it quotes", func(t *testing.T) {
		d := setup(t, "published")
		d.says("ROOK", "border?value=closed")
		d.must(d.Cut(t.Context(), "first", d.source("WREN"), d.today))
		d.blocks(hearsay.News, news(own), "", casebook.RuleVerbatim, "")
	})
	t.Run("sixteen characters of Chinese are eight words", func(t *testing.T) {
		d := newDesk(t)
		d.hear("WREN", "昨天晚上两辆没有牌照的卡车停在旧磨坊后面。[关](claim:border?value=closed)")
		d.passes(hearsay.News, news("昨天晚上两辆没有牌照的卡车停在"), "")
		d.blocks(hearsay.News, news("昨天晚上两辆没有牌照的卡车停在旧"), "", casebook.RuleVerbatim, "")
	})
	t.Run("the value of a text claim is the source's own words", func(t *testing.T) {
		const news = "# News\n\nOf [what was done](claim:deed) we hold one account."
		d := newDesk(t)
		d.says("WREN", "deed?basis=seen&value=they%20put%20all%20the%20men%20into%20trucks")
		d.passes(hearsay.News, news, "") // seven
		d.says("WREN", "order?value=yes")
		long := newDesk(t)
		long.says("WREN", "deed?basis=seen&value=they%20put%20all%20the%20men%20into%20two%20trucks")
		long.blocks(hearsay.News, news, "", casebook.RuleVerbatim, "")
	})
	t.Run("a question that quotes a report is blocked, one that kits ask is public", func(t *testing.T) {
		for _, asked := range []bool{false, true} {
			d := setup(t, "seen")
			c := testClaims[0]
			c.Question, c.Asked = "Is it so that yesterday two trucks without plates waited behind the old mill?", asked
			d.must(d.Word(t.Context(), "first", c))
			if asked {
				d.passes(hearsay.News, news(""), "")
			} else {
				d.blocks(hearsay.News, news(""), "", casebook.RuleVerbatim, "")
			}
		}
	})
}

func TestGateCodeNames(t *testing.T) {
	news := func(words string) string { return "# News\n\nThe border is [closed](claim:border). " + words }
	for _, tt := range []struct {
		name, code, words string
		blocked           bool
	}{
		{"a code name", "WREN", "So WREN tells.", true},
		{"in any case", "WREN", "so wren tells", true},
		{"as the last word", "WREN", "says Wren", true},
		{"in the possessive", "WREN", "WREN's notice", true},
		{"with a typographic apostrophe", "WREN", "Wren’s notice", true},
		{"before a Korean particle", "WREN", "WREN이 말했다", true},
		{"between Chinese characters", "WREN", "据WREN说", true},
		{"in emphasis", "WREN", "W**RE**N tells", true},
		{"with a soft hyphen", "WREN", "WR\u00adEN tells", true},
		{"in an entity", "WREN", "W&#82;EN tells", true},
		{"in a comment that no page shows", "WREN", "<!-- from WREN -->", true},
		{"in the address of a link", "WREN", "[x](https://example.org/wren)", true},
		{"in what an image is called", "WREN", "![wren](https://example.org/x.png)", true},
		{"joined by a hyphen", "WREN", "WREN-notes", true},
		{"inside a longer word", "WREN", "a wrench, the wrens, Brwren", false},
		{"of two parts", "GREY-OWL", "the Grey-Owl says", true},
		{"its parts apart", "GREY-OWL", "the grey owl says", true},
		{"its parts in one", "GREY-OWL", "the greyowl says", true},
		{"one part alone", "GREY-OWL", "an owl, grey at that", false},
		{"with a number", "OWL-7", "owl 7", true},
		{"with another number", "OWL-7", "owl 75", false},
		{"another name", "WREN", "So ROOK tells.", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.says(tt.code, "border?value=closed")
			if tt.blocked {
				d.blocks(hearsay.News, news(tt.words), "", casebook.RuleCodeName, "")
			} else {
				d.passes(hearsay.News, news(tt.words), "")
			}
		})
	}
	t.Run("in the question of a cited claim", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		c := testClaims[0]
		c.Question = "Is it closed, as Wren says?"
		d.must(d.Word(t.Context(), "first", c))
		d.blocks(hearsay.News, news(""), "", casebook.RuleCodeName, "")
	})
	t.Run("in the value of a cited claim", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "deed?value=ask%20wren")
		d.blocks(hearsay.News, "# News\n\nOf [what was done](claim:deed) there is an account.", "", casebook.RuleCodeName, "")
	})
	t.Run("in the key of a cited claim", func(t *testing.T) {
		d := newDesk(t)
		c := testClaims[0]
		c.Key = "border/wren"
		d.must(d.Word(t.Context(), "first", c))
		d.says("WREN", "border/wren?value=closed")
		d.blocks(hearsay.News, "# News\n\nThe border is [closed](claim:border/wren).", "", casebook.RuleCodeName, "")
	})
	t.Run("a text that is not kept has no id to be found in", func(t *testing.T) {
		d := newDesk(t)
		d.says("KEPT", "border?value=closed")
		d.passes(hearsay.News, news(""), "")
	})
	t.Run("in the id of the bulletin", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.must(d.Draft(t.Context(), "first", "wren-1", hearsay.News, news(""), ""))
		d.refused(d.Publish(t.Context(), "first", "wren-1"), casebook.ErrBlocked)
		d.must(d.Draft(t.Context(), "first", "rook-1", hearsay.News, news(""), ""))
		d.must(d.Publish(t.Context(), "first", "rook-1"))
	})
}

func TestGateTraces(t *testing.T) {
	news := func(words string) string { return "# News\n\nThe border is [closed](claim:border). " + words }
	for _, tt := range []struct {
		name, words string
		blocked     bool
	}{
		{"a source was arrested", "One of our own is gone: our source was arrested.", true},
		{"a contact fell silent", "The contact there fell silent.", true},
		{"a report under duress", "One answer came under duress.", true},
		{"a false order of the words", "It came in the wrong order of the words.", true},
		{"a cut date", "We set a cut date.", true},
		{"in Korean", "제보자가 체포되었다.", true},
		{"in Chinese", "我们的线人被捕了。", true},
		{"in Russian", "Наш источник арестован.", true},
		{"people were arrested, and no source", "Thirty people were arrested at the border.", false},
		{"a source, and nothing happened to it", "A source in the ministry counts them.", false},
		{"a source in one sentence, an arrest in the next", "A source in the ministry counts them. Thirty people were arrested.", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.says("WREN", "border?value=closed")
			if tt.blocked {
				d.blocks(hearsay.News, news(tt.words), "", casebook.RuleTrace, "")
			} else {
				d.passes(hearsay.News, news(tt.words), "")
			}
		})
	}
	forced := func(t *testing.T, link string) *testDesk {
		d := newDesk(t)
		d.says("WREN", "crowd?value=300")
		d.says("WREN", "costs?value=up")
		d.today++
		in := d.message("WREN", "I am well. [so](claim:"+link+")")
		in.Author = sum("a false order")
		d.receive(in)
		return d
	}
	for _, tt := range []struct {
		name, link, text, claim string
	}{
		{"what only a forced report says, in the linked words", "crowd?value=2500", "There came [2,500](claim:crowd).", "crowd"},
		{"beside them, in the same sentence", "crowd?value=2500", "There came [300](claim:crowd), some say 2,500 of them.", "crowd"},
		{"a label, beside them", "costs?value=down", "Costs go [up](claim:costs), others say down.", "costs"},
		{"in another sentence it tells of something else", "crowd?value=2500", "There came [300](claim:crowd). The town has 2,500 houses.", ""},
		{"what an admissible report says too is no trace", "crowd?value=300", "There came [300](claim:crowd).", ""},
		{"another figure is none", "crowd?value=2500", "There came [250](claim:crowd).", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := forced(t, tt.link)
			if tt.claim != "" {
				d.blocks(hearsay.News, "# News\n\n"+tt.text, "", casebook.RuleTrace, tt.claim)
			} else {
				d.passes(hearsay.News, "# News\n\n"+tt.text, "")
			}
		})
	}
	t.Run("a denial of something else does not hide it", func(t *testing.T) {
		d := forced(t, "crowd?value=2500")
		d.says("ROOK", "crowd?value=900&stance=denies")
		d.blocks(hearsay.News, "# News\n\nThere came [2,500](claim:crowd).", "", casebook.RuleTrace, "crowd")
	})
}

func TestGateConsent(t *testing.T) {
	const cites = "# News\n\nThe person [is held](claim:custody)."
	setup := func(t *testing.T) *testDesk {
		d := newDesk(t)
		d.says("WREN", "custody?value=held")
		d.says("ROOK", "custody?value=held")
		d.says("ROOK", "border?value=closed")
		return d
	}
	t.Run("a case without consent is blocked", func(t *testing.T) { setup(t).blocks(hearsay.News, cites, "", casebook.RuleConsent, "custody") })
	t.Run("with consent it passes", func(t *testing.T) {
		d := setup(t)
		d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
		d.passes(hearsay.News, cites, "")
	})
	t.Run("once consent is withdrawn it is blocked again", func(t *testing.T) {
		d := setup(t)
		d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
		d.must(d.Consent(t.Context(), "second", "KITE-7", "family", "", true))
		d.blocks(hearsay.News, cites, "", casebook.RuleConsent, "custody")
	})
	for _, named := range []string{"KITE-7", "Kite 7's family", "KITE-7의 가족", "<!-- kite7 -->"} {
		t.Run("the name alone is blocked: "+named, func(t *testing.T) {
			setup(t).blocks(hearsay.News, "# News\n\nThe border is [closed](claim:border). "+named, "", casebook.RuleConsent, "")
		})
	}
	t.Run("another name is not", func(t *testing.T) {
		setup(t).passes(hearsay.News, "# News\n\nThe border is [closed](claim:border), and seven kites fly over KITE-71.", "")
	})
	t.Run("what may not be", func(t *testing.T) {
		d := setup(t)
		d.refused(d.Consent(t.Context(), "first", "KITE-8", "family", "", false), casebook.ErrNoSuch)
		d.refused(d.Consent(t.Context(), "first", "", "family", "", false), casebook.ErrNoSuch)
		d.refused(d.Consent(t.Context(), "first", "KITE-7", " ", "", false), casebook.ErrReason)
		d.refused(d.Consent(t.Context(), "nobody", "KITE-7", "family", "", false), casebook.ErrUnknown)
	})
}

func TestGateWarns(t *testing.T) {
	few := func(t *testing.T) *testDesk { // 500 could know: over the floor, not many
		d := newDesk(t)
		d.says("WREN", "custody?value=held")
		d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
		return d
	}
	held := func(words string) string { return "# News\n\nThe person [is held](claim:custody)" + words + "." }
	t.Run("a day is finer than the reader needs", func(t *testing.T) {
		for _, day := range []string{" since 5 October", " since October 5", " since the 5th of October", " since 2020-10-05", " (10월 5일부터)", " （10月5日起）"} {
			few(t).warns(held(day), casebook.RuleFine, true)
		}
		few(t).warns(held(" since the autumn"), casebook.RuleFine, false)
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.warns("# News\n\nThe border is [closed](claim:border) since 5 October.", casebook.RuleFine, false) // the many saw it
	})
	t.Run("it stands on one origin", func(t *testing.T) {
		d := few(t)
		d.warns(held(""), casebook.RuleAlone, true)
		d.says("ROOK", "custody?value=held")
		d.warns(held(""), casebook.RuleAlone, false)
	})
	t.Run("the archive tells of the case already", func(t *testing.T) {
		d := few(t)
		d.warns(held(""), casebook.RuleMosaic, false)
		d.must(d.Draft(t.Context(), "first", "b1", hearsay.News, held(""), ""))
		d.must(d.Publish(t.Context(), "first", "b1"))
		d.warns(held(" still"), casebook.RuleMosaic, true)
	})
	t.Run("the words give another figure than the desk holds", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "crowd?value=2500")
		for words, want := range map[string]bool{
			"2,400": true, "2,500": false, "about 2 500": false, "2500 of the 9,000": false, "a crowd": false, "25,00": false, "25": true,
		} {
			d.warns("# News\n\nThere came ["+words+"](claim:crowd).", casebook.RuleWords, want)
		}
		d.says("WREN", "rice@2020-02-06?value=5..10")
		d.warns("# News\n\nRice costs [5 to 10](claim:rice@2020-02-06).", casebook.RuleWords, false)
	})
}

// TestFindingsAreInOrder: the same draft is answered in the same order each
// time.
func TestFindingsAreInOrder(t *testing.T) {
	d := newDesk(t)
	for i := range 6 {
		c := testClaims[len(testClaims)-1]
		c.Key, c.Case = fmt.Sprintf("custody/%d", i), fmt.Sprintf("KITE-%d", i)
		d.must(d.Word(t.Context(), "first", c))
	}
	d.says("WREN", "border?value=closed")
	text := "# News\n\nKITE-1, KITE-2, KITE-3, KITE-4 and KITE-5 are over the [border](claim:border), says WREN."
	first := toJSON(t, d.gate(hearsay.News, text, ""))
	if strings.Count(first, `"consent"`) != 5 {
		t.Errorf("%s", first)
	}
	for range 20 {
		if again := toJSON(t, d.gate(hearsay.News, text, "")); again != first {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}
