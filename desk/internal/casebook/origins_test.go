package casebook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// TestOrigins: a group of statements with one origin speaks once.
func TestOrigins(t *testing.T) {
	long := "In the night the guards at the bridge were doubled and nobody from the market could cross until morning came, so everybody turned back. "
	type said struct{ source, body string }
	closed := func(more string) string { return "[closed](claim:border?value=closed" + more + ")" }
	for _, tt := range []struct {
		name    string
		said    []said
		origins []string
		because string // of the first group, empty for none
	}{
		{"sources that saw it themselves are origins of their own", []said{{"WREN", "a " + closed("&basis=seen")}, {"ROOK", "b " + closed("&basis=seen")}}, []string{"WREN", "ROOK"}, ""},
		{"who names the same origin is one with whoever does", []said{{"WREN", "a " + closed("&origin=us-commander")}, {"ROOK", "b " + closed("&origin=us-commander")}}, []string{"us-commander"}, "name the same origin"},
		{"in whatever way it is written", []said{{"WREN", "a " + closed("&origin=us-commander")}, {"ROOK", "b " + closed("&origin=US%20Commander")}}, []string{"us-commander"}, "name the same origin"},
		{"other origins are apart, of one source too", []said{{"WREN", "a " + closed("&origin=notice")}, {"WREN", "b " + closed("&origin=survey")}}, []string{"notice", "survey"}, ""},
		{"a source is one with itself", []said{{"WREN", "a " + closed("&basis=seen")}, {"WREN", "b " + closed("&basis=told")}}, []string{"WREN"}, "same source"},
		{"what is published without an origin may go back to one", []said{{"WREN", "a " + closed("&basis=published")}, {"ROOK", "b " + closed("&basis=published")}}, []string{"WREN"}, "published without an origin"},
		{"and is apart from what somebody saw", []said{{"WREN", "a " + closed("&basis=published")}, {"ROOK", "b " + closed("&basis=seen")}}, []string{"WREN", "ROOK"}, ""},
		{"equal texts are one", []said{{"WREN", long + closed("&basis=seen")}, {"ROOK", long + closed("&basis=told")}}, []string{"WREN"}, "nearly equal text"},
		{"equal short texts too", []said{{"WREN", "Pass on: " + closed("")}, {"ROOK", "pass on, " + closed("&basis=heard")}}, []string{"WREN"}, "nearly equal text"},
		{"nearly equal texts are one", []said{{"WREN", long + closed("")}, {"ROOK", "My cousin says: " + long + closed("")}}, []string{"WREN"}, "nearly equal text"},
		{"equal answers without a word beside them are agreement", []said{{"WREN", closed("") + "\n\n[yes](claim:order?value=yes)"}, {"ROOK", closed("") + "\n\n[yes](claim:order?value=yes)"}}, []string{"WREN", "ROOK"}, ""},
		{"other words for the same are apart", []said{{"WREN", long + closed("")}, {"ROOK", "Nobody came over the river all night. The market women told me that more soldiers than usual stood there, and they gave up. " + closed("")}}, []string{"WREN", "ROOK"}, ""},
		{"agreement on what is so is no sign of copying", []said{{"WREN", "I looked: " + closed("")}, {"ROOK", "They told me it is " + closed("")}}, []string{"WREN", "ROOK"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			for _, s := range tt.said {
				d.hear(s.source, s.body)
			}
			behind := d.claim("border").Behind
			var names []string
			for _, o := range behind {
				names = append(names, o.Name)
			}
			if !slices.Equal(names, tt.origins) {
				t.Fatalf("origins %v, want %v", names, tt.origins)
			}
			if because := strings.Join(behind[0].Because, "; "); !strings.Contains(because, tt.because) || (because == "") != (tt.because == "") {
				t.Errorf("because %q, want %q", because, tt.because)
			}
		})
	}
	t.Run("texts alike join on every claim that both speak of", func(t *testing.T) {
		d := newDesk(t)
		both := long + closed("") + " [yes](claim:order?value=yes)"
		d.hear("WREN", both)
		d.hear("ROOK", both+" Pass it on.")
		d.holds("border", hearsay.Chatter, "closed", "WREN")
		d.holds("order", hearsay.Chatter, "yes", "WREN")
	})
	t.Run("a third that is like the second alone is one with both, while the second counts", func(t *testing.T) {
		blocks := func(from, to int) (text string) {
			for i := from; i < to; i++ {
				text += fmt.Sprintf("a%d b%d c%d d%d e%d f%d ", i, i, i, i, i, i)
			}
			return text + closed("")
		}
		d := newDesk(t)
		d.hear("WREN", blocks(0, 10))
		d.hear("LARK", blocks(3, 13))
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "LARK")
		d.hear("ROOK", blocks(1, 11))
		d.holds("border", hearsay.Chatter, "closed", "WREN")
		d.must(d.Cut(t.Context(), "first", d.source("ROOK"), d.today))
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "LARK")
	})
	t.Run("one origin counts once in P", func(t *testing.T) {
		one, many := newDesk(t), newDesk(t)
		one.says("WREN", "border?value=closed&basis=published")
		for _, s := range []string{"WREN", "ROOK", "LARK", "CROW", "FINCH"} {
			many.says(s, "border?value=closed&basis=published")
		}
		if one.line("border").P != many.line("border").P || many.line("border").Standing != hearsay.Chatter {
			t.Errorf("%+v, %+v", one.line("border"), many.line("border"))
		}
	})
}

func TestMerges(t *testing.T) {
	setup := func(t *testing.T) (*testDesk, []int64) {
		d := newDesk(t)
		var places []int64
		for _, s := range []string{"WREN", "ROOK", "LARK"} {
			places = append(places, d.says(s, "border?value=closed&basis=heard"))
		}
		places = append(places, d.says("CROW", "order?value=yes"))
		return d, places
	}
	t.Run("reports are one origin by an editor's word", func(t *testing.T) {
		d, places := setup(t)
		d.must(d.Merge(t.Context(), "first", d.address("border"), places[:3], "one misspelling"))
		d.holds("border", hearsay.Chatter, "closed", "WREN")
		v := d.claim("border")
		if len(v.Merges) != 1 || v.Merges[0].Why != "one misspelling" || !slices.Equal(v.Merges[0].Reports, places[:3]) {
			t.Errorf("%+v", v.Merges)
		}
		if because := strings.Join(v.Behind[0].Because, ";"); !strings.Contains(because, "editor: one misspelling") {
			t.Errorf("%q", because)
		}
		before := d.all()
		d.reopen()
		d.same(before, d.all())
	})
	t.Run("on that claim alone", func(t *testing.T) {
		d := newDesk(t)
		a := d.hear("WREN", "one [a](claim:border?value=closed) [b](claim:order?value=yes)")
		b := d.hear("ROOK", "two of them [a](claim:border?value=closed) [b](claim:order?value=yes)")
		d.must(d.Merge(t.Context(), "first", d.address("border"), []int64{a, b}, "one rumour"))
		d.holds("border", hearsay.Chatter, "closed", "WREN")
		d.holds("order", hearsay.Corroborated, "yes", "WREN", "ROOK")
	})
	t.Run("and leave alone who is not among them", func(t *testing.T) {
		d, places := setup(t)
		d.must(d.Merge(t.Context(), "first", d.address("border"), places[1:3], "one misspelling"))
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK")
	})
	t.Run("two merges of one report join all", func(t *testing.T) {
		d, places := setup(t)
		d.must(d.Merge(t.Context(), "first", d.address("border"), places[:2], "one misspelling"))
		d.must(d.Merge(t.Context(), "second", d.address("border"), places[1:3], "one date"))
		d.holds("border", hearsay.Chatter, "closed", "WREN")
	})
	t.Run("a merged report that is cut leaves the others merged", func(t *testing.T) {
		d, places := setup(t)
		d.must(d.Merge(t.Context(), "first", d.address("border"), places[:3], "one misspelling"))
		d.must(d.Cut(t.Context(), "first", d.source("ROOK"), d.today))
		d.holds("border", hearsay.Chatter, "closed", "WREN")
	})
	t.Run("what may not be merged", func(t *testing.T) {
		d, places := setup(t)
		merge := func(editor string, places []int64, why string) error {
			return d.Merge(t.Context(), editor, d.address("border"), places, why)
		}
		d.refused(merge("first", places[:1], "x"), casebook.ErrOneOrigin)
		d.refused(merge("first", []int64{places[0], places[0]}, "x"), casebook.ErrOneOrigin)
		d.refused(merge("first", []int64{places[0], places[3]}, "x"), casebook.ErrOneOrigin)
		d.refused(merge("first", []int64{places[0], 9999}, "x"), casebook.ErrOneOrigin)
		d.refused(merge("first", nil, "x"), casebook.ErrOneOrigin)
		d.refused(merge("first", places[:2], " "), casebook.ErrReason)
		d.refused(merge("first", places[:2], strings.Repeat("x", 2001)), casebook.ErrReason)
		d.refused(merge("nobody", places[:2], "x"), casebook.ErrUnknown)
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK", "LARK")
	})
}
