package kit_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
	"hearsay/kit"
)

func TestStatement(t *testing.T) {
	ask := map[string]string{"en": "How is *it*?", "ko": "어때요?"}
	rice := kit.Question{Key: "prices/rice", Type: hearsay.Number, Unit: "KPW-per-kg", Series: "day", Ask: ask}
	number := kit.Question{Key: "n", Type: hearsay.Number, Unit: "persons", Ask: ask}
	border := kit.Question{Key: "border/closure", Type: hearsay.Choice, Labels: []string{"open", "closed"}, Ask: ask}
	truth := kit.Question{Key: "t", Type: hearsay.Truth, Ask: ask}
	date := kit.Question{Key: "d", Type: hearsay.Moment, Ask: ask}
	text := kit.Question{Key: "x", Type: hearsay.Text, Ask: ask}
	for _, tt := range []struct {
		name string
		q    kit.Question
		a    kit.Answer
		want string // the link; empty for a refusal
	}{
		{"a number of a day", rice, kit.Answer{Text: "6,500", Approx: "about", Period: "2020-02-06", Basis: "seen"},
			"[about 6500 KPW-per-kg](claim:prices/rice@2020-02-06?value=6500&unit=KPW-per-kg&approx=about&basis=seen)"},
		{"I don't know", rice, kit.Answer{Unknown: true, Period: "2020-02-06", Basis: "told"},
			"[not known](claim:prices/rice@2020-02-06?hedge=unknown&basis=told)"},
		{"a range", number, kit.Answer{Text: "5 – 10"}, "[5..10 persons](claim:n?value=5..10&unit=persons)"},
		{"a fraction", number, kit.Answer{Text: "12,5"}, "[12.5 persons](claim:n?value=12.5&unit=persons)"},
		{"a large number", number, kit.Answer{Text: "1 234 567"}, "[1234567 persons](claim:n?value=1234567&unit=persons)"},
		{"a choice", border, kit.Answer{Text: "closed", Basis: "heard"}, "[closed](claim:border/closure?value=closed&basis=heard)"},
		{"yes", truth, kit.Answer{Text: "yes"}, "[yes](claim:t?value=yes)"},
		{"a month", date, kit.Answer{Text: "2020-02"}, "[2020-02](claim:d?value=2020-02)"},
		{"a text", text, kit.Answer{Text: "two (2) [men]\nat *once*"}, `[two (2) \[men\] at \*once\*](claim:x?value=two%20%282%29%20%5Bmen%5D%20at%20%2Aonce%2A)`},
		{"no number", number, kit.Answer{Text: "many"}, ""},
		{"no label", border, kit.Answer{Text: "ajar"}, ""},
		{"neither yes nor no", truth, kit.Answer{Text: "perhaps"}, ""},
		{"no date", date, kit.Answer{Text: "last week"}, ""},
		{"nothing", text, kit.Answer{}, ""},
		{"a long text", text, kit.Answer{Text: strings.Repeat("a", 401)}, ""},
		{"a series without its day", rice, kit.Answer{Text: "1"}, ""},
		{"about, of a text", text, kit.Answer{Text: "x", Approx: "about"}, ""},
		{"a range that is about", number, kit.Answer{Text: "5..10", Approx: "about"}, ""},
		{"another word for how", text, kit.Answer{Text: "x", Basis: "dreamt"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.q.Statement(tt.a, "en")
			if tt.want == "" {
				if !errors.Is(err, kit.ErrAnswer) || got != "" {
					t.Errorf("it says %q, %v", got, err)
				}
				return
			}
			if want := `- How is \*it\*? ` + tt.want; got != want || err != nil {
				t.Errorf("it says %q, want %q, %v", got, want, err)
			}
		})
	}
	t.Run("asks in the language of the one who answers, or in English", func(t *testing.T) {
		if text.Wording("ko") != "어때요?" || text.Wording("ru") != "How is *it*?" || (kit.Question{Key: "k"}).Wording("en") != "k" {
			t.Error("other words")
		}
	})
	t.Run("whatever is answered, the desk reads just that", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			answer := rapid.String().Draw(t, "answer")
			line, err := text.Statement(kit.Answer{Text: answer}, "en")
			if err != nil {
				return
			}
			links := hearsay.ClaimLinks([]byte(line))
			if len(links) != 1 || links[0].Err != nil || links[0].Assertion.Address.Key != "x" {
				t.Fatalf("%q reads as %+v", line, links)
			}
			if want := links[0].Assertion.Value; strings.Join(strings.Fields(links[0].Words), " ") != strings.Join(strings.Fields(want), " ") {
				t.Fatalf("%q shows %q and says %q", line, links[0].Words, want)
			}
		})
	})
}
