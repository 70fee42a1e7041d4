//go:build kit

package interop_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
)

// TestAnswers: what a person answers in a form arrives at the desk as the one
// claim link that says so, whatever the words around it.
func TestAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"number", "choice", "truth", "date", "text"}).Draw(t, "type")
		value := map[string]string{"number": `[1-9][0-9]{0,8}(\.[0-9]{1,3})?`, "choice": `open|closed-for-now`, "truth": `yes|no`, "date": `20[0-9]{2}(-0[1-9](-[12][0-9])?)?`, "text": `[!-~가-힣]([ -~가-힣]{0,60}[!-~가-힣])?`}[kind]
		answer := struct {
			Text    string `json:"text"`
			Approx  string `json:"approx"`
			Unknown bool   `json:"unknown"`
			Period  string `json:"period"`
			Basis   string `json:"basis"`
		}{Text: rapid.StringMatching(value).Draw(t, "value"), Unknown: rapid.IntRange(0, 4).Draw(t, "unknown") == 0}
		question := map[string]any{"key": "prices/rice/hyesan", "type": kind, "unit": "", "labels": []string{}, "series": "", "ask": map[string]string{"en": "?"}}
		if kind == "number" {
			question["unit"] = "KPW-per-kg"
			answer.Approx = rapid.SampledFrom([]string{"", "about", "at-least", "at-most"}).Draw(t, "approx")
		}
		if rapid.Bool().Draw(t, "series") {
			question["series"], answer.Period = "day", "2020-01-31"
		}
		basis := rapid.SampledFrom([]string{"", "seen", "told", "heard"}).Draw(t, "basis")
		words := rapid.StringMatching(`[a-z가-힣]([ -~가-힣]{0,40}[a-z가-힣])?`).Draw(t, "words")

		var link string
		typescript.must(t, "link", ask{"statement": map[string]any{"question": question, "answer": answer, "words": words, "basis": basis}}, &link)
		links := hearsay.ClaimLinks([]byte("free [text] *before*\n\n- " + link + "\n"))
		if len(links) != 1 || links[0].Err != nil {
			t.Fatalf("%s: %d links", link, len(links))
		}
		a := links[0].Assertion
		if got, want := strings.Join(strings.Fields(links[0].Words), " "), strings.Join(strings.Fields(words), " "); got != want {
			t.Fatalf("%s: words %q, want %q", link, got, want)
		}
		if a.Address.Key != "prices/rice/hyesan" || a.Address.Period.String() != answer.Period || a.Basis != orUnknown(basis) || a.Known() == answer.Unknown {
			t.Fatalf("%s: %+v", link, a)
		}
		if want := strings.Join(strings.Fields(answer.Text), " "); !answer.Unknown && (a.Value != want || a.Approx != answer.Approx || a.Unit != question["unit"]) {
			t.Fatalf("%s: value %q, want %q; %+v", link, a.Value, want, a)
		}
	})
}

func orUnknown(basis string) string {
	if basis == "" {
		return "unknown"
	}
	return basis
}
