package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// answer is what an action tells a program.
type answer struct {
	OK       bool                `json:"ok"`
	Next     string              `json:"next"`
	Error    string              `json:"error"`
	Place    int64               `json:"place"`
	Reports  int                 `json:"reports"`
	Deposits int                 `json:"deposits"`
	Claim    casebook.ClaimLine  `json:"claim"`
	Effect   *casebook.CutEffect `json:"effect"`
	Findings []casebook.Finding  `json:"findings"`
	Blocked  bool                `json:"blocked"`
}

// do posts a form as a program does, and wants it done.
func (b *browser) do(path string, pairs ...string) answer {
	b.t.Helper()
	w := b.post(path, pairs, asJSON)
	a := decode[answer](b.t, w)
	if w.Code != http.StatusOK || !a.OK || a.Next == "" {
		b.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return a
}

// fail posts a form as a program does, and wants it refused.
func (b *browser) fail(status int, sentence, path string, pairs ...string) answer {
	b.t.Helper()
	w := b.post(path, pairs, asJSON)
	a := decode[answer](b.t, w)
	if w.Code != status || a.OK || !strings.Contains(a.Error, sentence) {
		b.t.Errorf("%s %v: %d %s, want %d and %q", path, pairs, w.Code, w.Body, status, sentence)
	}
	return a
}

func view[T any](b *browser, path string) T {
	b.t.Helper()
	w := b.get(path, asJSON)
	if w.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return decode[T](b.t, w)
}

func TestKeyIn(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	text := "They say [closed](claim:border/closure?value=closed&basis=told)."
	a := b.do("/key-in", "code_name", " ORIOLE ", "text", text)
	r := view[casebook.ReportView](b, fmt.Sprintf("/reports/%d", a.Place))
	if r.Body != text || r.KeyedBy != "first" || r.Source.CodeName != "ORIOLE" || len(r.Statements) != 1 {
		t.Errorf("kept %+v", r)
	}
	b.fail(http.StatusConflict, "kept already", "/key-in", "code_name", "ORIOLE", "text", text)
	b.fail(http.StatusUnprocessableEntity, "A code name is", "/key-in", "code_name", "Mr Kim", "text", "x")
	b.fail(http.StatusUnprocessableEntity, "UTF-8 text", "/key-in", "code_name", "ORIOLE", "text", "")
	b.fail(http.StatusUnprocessableEntity, "UTF-8 text", "/key-in", "code_name", "ORIOLE", "text", strings.Repeat("x", keyInLimit+1))
	b.fail(http.StatusUnprocessableEntity, "UTF-8 text", "/key-in", "code_name", "ORIOLE", "text", "\xff\xfe")
	b.fail(http.StatusRequestEntityTooLarge, "more than", "/key-in", "code_name", "ORIOLE", "text", strings.Repeat("x", formLimit))
	t.Run("what was refused stays in the form", func(t *testing.T) {
		w := b.post("/key-in", []string{"code_name", "mr kim", "text", "a long text <typed> by hand"})
		page := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, `value="mr kim"`) || !strings.Contains(page, "a long text &lt;typed&gt; by hand") || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%d %s", w.Code, page)
		}
	})
}

func TestSignAndMerge(t *testing.T) {
	d := newDesk(t)
	first, second := d.signIn("first"), d.signIn("second")
	const claim = "prices/rice/hyesan@2020-02-06"
	t.Run("whoever keyed in a statement cannot sign what rests on it", func(t *testing.T) {
		first.fail(http.StatusForbidden, "Whoever keyed in", "/sign", "claim", claim)
	})
	t.Run("another editor can", func(t *testing.T) {
		second.do("/sign", "claim", claim)
		c := view[casebook.ClaimView](second, "/claims/"+claim)
		if len(c.Signatures) != 1 || c.Signatures[0].Editor != "second" || !c.Signatures[0].Holds || c.Signatures[0].ByRecord {
			t.Errorf("signatures %+v", c.Signatures)
		}
	})
	t.Run("by record needs the record", func(t *testing.T) {
		second.fail(http.StatusConflict, "The record itself", "/sign", "claim", claim, "by_record", "yes")
		if a := second.do("/sign", "claim", "arrivals/2020", "by_record", "yes"); a.Claim.Standing != hearsay.VerifiedByRecord {
			t.Errorf("standing %s", a.Claim.Standing)
		}
	})
	t.Run("a merge makes reports one origin, and voids what was signed", func(t *testing.T) {
		before := view[casebook.ClaimView](first, "/claims/"+claim)
		reports := []string{}
		for _, o := range before.Behind {
			reports = append(reports, "report", fmt.Sprint(o.Statements[0].Report))
		}
		a := first.do("/merge", append(reports, "claim", claim, "why", "one read it off the other")...)
		if len(before.Origins) != 2 || len(a.Claim.Origins) != 1 || a.Claim.Standing != hearsay.Chatter {
			t.Errorf("from %v to %v, %s", before.Origins, a.Claim.Origins, a.Claim.Standing)
		}
		c := view[casebook.ClaimView](first, "/claims/"+claim)
		if c.Signatures[0].Holds {
			t.Error("the signature still holds")
		}
		if len(c.Merges) != 1 || c.Merges[0].Why != "one read it off the other" || c.Merges[0].Editor != "first" {
			t.Errorf("merges %+v", c.Merges)
		}
	})
	first.fail(http.StatusUnprocessableEntity, "at least two", "/merge", "claim", claim, "report", "1", "why", "x")
	first.fail(http.StatusUnprocessableEntity, "at least two", "/merge", "claim", claim, "report", "one", "why", "x")
	first.fail(http.StatusUnprocessableEntity, "needs a reason", "/merge", "claim", claim, "report", "1", "report", "2")
	first.fail(http.StatusUnprocessableEntity, "at least two", "/merge", "claim", "no/such/claim", "report", "1", "report", "2", "why", "x")
	first.fail(http.StatusNotFound, "no such thing", "/sign", "claim", "../../etc")
	first.fail(http.StatusConflict, "no value", "/sign", "claim", "capture-teams/price-paid")
	t.Run("a refused merge keeps its ticks and its reason", func(t *testing.T) {
		place := fmt.Sprint(d.places["R12"])
		w := first.post("/merge", []string{"claim", "fx/usd/pyongyang@2020-11-28", "report", place, "why", "half a reason"})
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `value="`+place+`" checked`) || !strings.Contains(w.Body.String(), `value="half a reason"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestCut(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	path := "/sources/" + d.handle("WREN")
	t.Run("looking at a cut sets nothing", func(t *testing.T) {
		before := view[claimsView](b, "/claims")
		s := view[casebook.SourceView](b, path+"?cut=2020-01-01")
		if s.Effect == nil || !s.Effect.Preview || len(s.Effect.Regrades) == 0 || !slices.Contains(s.Effect.Bulletins, "B1") || s.Cut != nil {
			t.Errorf("%+v", s.Effect)
		}
		page := b.get(path + "?cut=2020-01-01").Body.String()
		for _, part := range []string{"What a cut since 2020-01-01 would change", `name="since" value="2020-01-01"`, "Cut since 2020-01-01"} {
			if !strings.Contains(page, part) {
				t.Errorf("the page lacks %q", part)
			}
		}
		if after := view[claimsView](b, "/claims"); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Error("claims changed")
		}
	})
	standing := func() hearsay.Standing {
		return view[casebook.ClaimView](b, "/claims/border/closure").Standing
	}
	t.Run("setting it does what was shown, and lifting it restores everything", func(t *testing.T) {
		before := view[claimsView](b, "/claims")
		shown := view[casebook.SourceView](b, path+"?cut=2020-01-01").Effect
		a := b.do(path+"/cut", "since", "2020-01-01")
		if a.Effect == nil || a.Effect.Preview || len(a.Effect.Regrades) != len(shown.Regrades) {
			t.Errorf("set %+v, shown %+v", a.Effect, shown)
		}
		if standing() != hearsay.Corroborated {
			t.Errorf("standing %s", standing())
		}
		b.do(path + "/lift")
		if after := view[claimsView](b, "/claims"); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Error("not everything was restored")
		}
	})
	b.fail(http.StatusConflict, "has no cut", path+"/lift")
	b.fail(http.StatusUnprocessableEntity, "Not a day", path+"/cut", "since", "yesterday")
	b.fail(http.StatusUnprocessableEntity, "lies ahead", path+"/cut", "since", "2030-01-01")
	if w := b.get(path+"?cut=2030-01-01", asJSON); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("preview of a day ahead: %d", w.Code)
	}
	if w := b.get(path+"?cut=%3Cscript%3E", asJSON); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "script") {
		t.Errorf("preview of no day: %d %s", w.Code, w.Body)
	}
	b.fail(http.StatusNotFound, "no such thing", "/sources/00/cut", "since", "2020-01-01")
}

func TestNameSource(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	path := "/sources/" + d.handle("WREN")
	b.do(path+"/name", "code_name", "MARTIN", "note", "trader")
	if s := view[casebook.SourceView](b, path); s.CodeName != "MARTIN" || s.Note != "trader" {
		t.Errorf("%+v", s.SourceLine)
	}
	b.fail(http.StatusUnprocessableEntity, "A code name is", path+"/name", "code_name", "HERON")
	b.fail(http.StatusUnprocessableEntity, "A code name is", path+"/name", "code_name", "martin")
}

func TestConsent(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	consent := func() *casebook.ConsentView { return view[casesView](b, "/cases").Cases[0].Consent }
	if c := consent(); c == nil || c.By != "family" {
		t.Fatalf("%+v", c)
	}
	b.do("/consent", "case", "KITE-7", "by", "family", "withdrawn", "yes")
	if consent() != nil {
		t.Error("it was not withdrawn")
	}
	b.do("/consent", "case", "KITE-7", "by", "the person", "public", "that it is over")
	if c := consent(); c == nil || c.By != "the person" || c.Public != "that it is over" {
		t.Errorf("%+v", c)
	}
	b.fail(http.StatusUnprocessableEntity, "needs a reason", "/consent", "case", "KITE-7")
	b.fail(http.StatusNotFound, "no such thing", "/consent", "case", "KITE-8", "by", "family")
}

func TestPublish(t *testing.T) {
	d := newDesk(t)
	first, second := d.signIn("first"), d.signIn("second")
	t.Run("the gate's findings come with the refusal", func(t *testing.T) {
		a := first.fail(http.StatusConflict, "The gate blocks it", "/bulletins/B4/publish")
		if !slices.ContainsFunc(a.Findings, func(f casebook.Finding) bool {
			return f.Stops() && f.Rule == casebook.RuleReach && f.Claim == "custody/kite-7/status"
		}) {
			t.Errorf("findings %+v", a.Findings)
		}
	})
	t.Run("a page that is blocked offers no way to publish", func(t *testing.T) {
		if page := first.get("/bulletins/B4").Body.String(); strings.Contains(page, "/bulletins/B4/publish") || !strings.Contains(page, "The gate holds it back") {
			t.Error("it does")
		}
	})
	t.Run("whoever overrode once is not asked again", func(t *testing.T) {
		second.fail(http.StatusConflict, "you are one of them", "/bulletins/B4/override", "claim", "custody/kite-7/status", "why", "again")
		page := second.get("/bulletins/B4").Body.String()
		if strings.Contains(page, "/bulletins/B4/override") || !strings.Contains(page, "Another editor must too") {
			t.Error("the form is still there")
		}
	})
	first.fail(http.StatusUnprocessableEntity, "needs a reason", "/bulletins/B4/override", "claim", "custody/kite-7/status")
	first.fail(http.StatusConflict, "blocks nothing there", "/bulletins/B4/override", "claim", "arrivals/2020", "why", "x")
	t.Run("two editors let it through", func(t *testing.T) {
		if a := first.do("/bulletins/B4/override", "claim", "custody/kite-7/status", "why", "the family asked"); a.Blocked {
			t.Errorf("still blocked: %+v", a.Findings)
		}
		if page := first.get("/bulletins/B4").Body.String(); !strings.Contains(page, `action="/bulletins/B4/publish"`) {
			t.Error("the page has no way to publish")
		}
		first.do("/bulletins/B4/publish")
		b := view[casebook.BulletinView](first, "/bulletins/B4")
		if !b.Published || len(b.Overrides) != 2 {
			t.Errorf("%+v", b)
		}
	})
	first.fail(http.StatusConflict, "It is published", "/bulletins/B4/publish")
	first.fail(http.StatusNotFound, "no such thing", "/bulletins/B9/publish")
}

func TestDraft(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	const text = "# Rice\r\n\r\nA kilo costs [6,550](claim:prices/rice/hyesan@2020-02-06)."
	a := b.do("/draft", "id", "B6", "kind", "bulletin", "text", text)
	if a.Next != "/bulletins/B6" || a.Blocked {
		t.Errorf("%+v", a)
	}
	if v := view[casebook.BulletinView](b, "/bulletins/B6"); v.Title != "Rice" || v.Editor != "first" || v.Published || len(v.Cites) != 1 {
		t.Errorf("%+v", v)
	}
	a = b.do("/draft", "id", "B6", "kind", "bulletin", "text", "# Rice\n\nWREN says [6,550](claim:prices/rice/hyesan@2020-02-06).")
	if !a.Blocked || !slices.ContainsFunc(a.Findings, func(f casebook.Finding) bool { return f.Rule == casebook.RuleCodeName }) {
		t.Errorf("a code name passes: %+v", a)
	}
	t.Run("what is about the text is overridden for the text", func(t *testing.T) {
		page := b.get("/bulletins/B6").Body.String()
		if !strings.Contains(page, `<input type="hidden" name="claim" value="">`) {
			t.Error("the page has no form for it")
		}
		if a := b.do("/bulletins/B6/override", "why", "it is a bird here"); a.Findings[0].Overridden[0] != "first" {
			t.Errorf("%+v", a.Findings)
		}
	})
	t.Run("a claim that is cited twice has one note, and one that only the title cites has one too", func(t *testing.T) {
		b.do("/draft", "id", "B10", "kind", "bulletin", "text", "# [Held](claim:custody/kite-7/status)\n\nIt is [shut](claim:border/closure), quite [shut](claim:border/closure).\n\nYes, [shut](claim:border/closure).")
		page := b.get("/bulletins/B10").Body.String()
		if n := strings.Count(page, `<div class="note">`); n != 2 {
			t.Errorf("%d notes", n)
		}
		if strings.Count(page, "Only 6 people could have known this") != 1 || strings.Count(page, `action="/bulletins/B10/override"`) != 1 {
			t.Error("what blocks the title is not shown once")
		}
	})
	b.fail(http.StatusUnprocessableEntity, "A bulletin needs", "/draft", "id", "B7", "kind", "bulletin", "text", "no title")
	b.fail(http.StatusUnprocessableEntity, "A bulletin needs", "/draft", "id", "../B7", "kind", "bulletin", "text", text)
	b.fail(http.StatusUnprocessableEntity, "A bulletin cites", "/draft", "id", "B7", "kind", "bulletin", "text", "# T\n\n[x](claim:no/such)")
	b.fail(http.StatusUnprocessableEntity, "A correction names", "/draft", "id", "B7", "kind", "correction", "text", text)
	b.fail(http.StatusConflict, "It is published", "/draft", "id", "B1", "kind", "bulletin", "text", text)
	t.Run("a long text in Korean fits", func(t *testing.T) {
		b.do("/draft", "id", "B8", "kind", "bulletin", "text", "# 긴 글\n\n"+strings.Repeat("가나다라 ", 18000))
	})
	t.Run("a refused draft stays in the form", func(t *testing.T) {
		w := b.post("/draft", []string{"id", "B7", "kind", "correction", "corrects", "", "text", "# Typed by hand\n\nwith care"})
		page := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, "# Typed by hand\n\nwith care</textarea>") || !strings.Contains(page, `value="correction" selected`) {
			t.Errorf("%d %s", w.Code, page)
		}
	})
}

func TestWorks(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	if a := b.do("/pull"); a.Deposits != 12 || a.Reports != 2 {
		t.Errorf("pull %+v", a)
	}
	t.Run("a parcel is handed on as it is", func(t *testing.T) {
		parcel := append([]byte("parcel"), bytes.Repeat([]byte{0, 255, '\r', '\n'}, 100_000)...)
		w := b.upload("/import", "parcel", parcel, asJSON)
		if a := decode[answer](t, w); w.Code != http.StatusOK || a.Reports != 3 || !bytes.Equal(d.works.parcel, parcel) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("several files are handed on one by one, and what waits is shown", func(t *testing.T) {
		fields, files := []string{"parcel", "parcel", "parcel"}, [][]byte{[]byte("parcel 1"), []byte("parcel 2"), []byte("parcel 3")}
		w := b.uploadAll("/import", fields, files, asJSON)
		if a := decode[ImportResult](t, w); w.Code != http.StatusOK || a.Drives != 3 || !slices.EqualFunc(d.works.parcels, files, bytes.Equal) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if page := b.get("/inbox").Body.String(); !strings.Contains(page, "2 sets of drives wait for 2 more drives") {
			t.Error("the inbox does not tell what waits")
		}
		fields[1] = "other"
		if w := b.uploadAll("/import", fields, files, asJSON); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("another field between: %d %s", w.Code, w.Body)
		}
	})
	t.Run("several files beyond the bound together are refused", func(t *testing.T) {
		half := append([]byte("parcel"), make([]byte, parcelLimit/2)...)
		if w := b.uploadAll("/import", []string{"parcel", "parcel"}, [][]byte{half, half}, asJSON); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("what is no parcel is refused", func(t *testing.T) {
		if w := b.upload("/import", "parcel", []byte("holiday.jpg"), asJSON); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("a parcel beyond the bound is refused, and one at it is not", func(t *testing.T) {
		parcel := append([]byte("parcel"), make([]byte, parcelLimit-6)...)
		if w := b.upload("/import", "parcel", parcel, asJSON); w.Code != http.StatusOK || len(d.works.parcel) != parcelLimit {
			t.Errorf("at the bound: %d %s", w.Code, w.Body)
		}
		for _, more := range []int{1, formLimit, 2 * formLimit} {
			if w := b.upload("/import", "parcel", append(parcel, make([]byte, more)...), asJSON); w.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("%d beyond: %d %s", more, w.Code, w.Body)
			}
		}
	})
	t.Run("a form without the file is refused", func(t *testing.T) {
		if w := b.upload("/import", "other", []byte("parcel"), asJSON); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		b.fail(http.StatusUnprocessableEntity, "could not be read", "/import")
	})
	t.Run("the root key is used and never shown again", func(t *testing.T) {
		b.do("/charter", "root_key", "the root key")
		w := b.post("/charter", []string{"root_key", "another key"})
		if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "another key") || !strings.Contains(w.Body.String(), "not the root key") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("what fails for reasons nobody is told shows one sentence and is counted", func(t *testing.T) {
		d.works.fails = fmt.Errorf("pull: %w", errUntold)
		defer func() { d.works.fails = nil }()
		for _, ask := range []func() *httptest.ResponseRecorder{
			func() *httptest.ResponseRecorder { return b.post("/pull", nil) },
			func() *httptest.ResponseRecorder { return b.post("/pull", nil, asJSON) },
			func() *httptest.ResponseRecorder { return b.get("/health") },
			func() *httptest.ResponseRecorder { return b.upload("/import", "parcel", []byte("parcel")) },
			func() *httptest.ResponseRecorder { return b.post("/bulletins/B5/publish", nil) },
		} {
			before := d.log.Len()
			w := ask()
			// The inbox names sources, so what must not show is looked for apart.
			if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "10.0.0.7") || !strings.Contains(w.Body.String(), "Something went wrong at the desk") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if log := d.log.String()[before:]; strings.Contains(log, "SPARROW") || strings.Contains(log, "10.0.0.7") || strings.Count(log, "failures=") != 1 {
				t.Errorf("logged %q", log)
			}
		}
	})
	t.Run("what may be told is told", func(t *testing.T) {
		d.works.fails = fmt.Errorf("GET http://10.0.0.7: %w", ErrUnreachable)
		defer func() { d.works.fails = nil }()
		b.fail(http.StatusBadGateway, "The relay did not answer", "/pull")
	})
	t.Run("a page that panics says nothing of why", func(t *testing.T) {
		d.works.book, d.log = nil, bytes.Buffer{}
		w := b.post("/bulletins/B5/publish", nil, asJSON)
		if w.Code != http.StatusInternalServerError || strings.Contains(d.log.String(), "nil") || !strings.Contains(d.log.String(), "failures=") {
			t.Errorf("%d %s, logged %s", w.Code, w.Body, d.log.String())
		}
	})
}

func TestForms(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	for _, tt := range []struct{ rule, kind, body string }{
		{"JSON is no form", "application/json", `{"csrf":""}`},
		{"text is no form", "text/plain", "csrf="},
		{"a form of no kind is refused", "", "csrf="},
		{"a broken form is refused", "application/x-www-form-urlencoded", "csrf=%zz"},
		{"an upload is no form", "multipart/form-data; boundary=x", "--x--"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/pull", strings.NewReader(tt.body))
			w := b.send(r, asJSON, withHeader("Content-Type", tt.kind), withHeader(csrfHeader, b.csrf))
			if w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	t.Run("nothing is taken from the address", func(t *testing.T) {
		r := httptest.NewRequest("POST", "/pull?csrf="+b.csrf, strings.NewReader(""))
		if w := b.send(r, asJSON, withHeader("Content-Type", "application/x-www-form-urlencoded")); w.Code != http.StatusForbidden {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestJSON(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	t.Run("every page is a view, and carries the token", func(t *testing.T) {
		for _, rt := range table {
			if rt.look == nil {
				continue
			}
			b.csrf = ""
			w := b.ask(rt, asJSON)
			if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) || b.csrf == "" {
				t.Errorf("%s: %d %s", name(rt), w.Code, w.Body)
			}
		}
	})
	t.Run("it says what the casebook says", func(t *testing.T) {
		inbox := view[casebook.InboxView](b, "/inbox")
		if len(inbox.Reports) != 28 || len(inbox.Editors) != 2 {
			t.Errorf("%d reports, editors %v", len(inbox.Reports), inbox.Editors)
		}
		claims := view[claimsView](b, "/claims").Claims
		if want := d.book.Claims(); len(claims) != len(want) || claims[3].Address != want[3].Address || claims[3].Standing != want[3].Standing {
			t.Errorf("%d claims", len(claims))
		}
		if n := len(view[sourcesView](b, "/sources").Sources); n != len(d.book.Sources()) {
			t.Errorf("%d sources", n)
		}
		if n := len(view[bulletinsView](b, "/bulletins").Bulletins); n != 6 {
			t.Errorf("%d bulletins", n)
		}
		if h := view[Health](b, "/health"); h.Ledger != 6 || h.LastPull == nil || *h.LastPull != d.today {
			t.Errorf("%+v", h)
		}
		c := view[casebook.ClaimView](b, "/claims/border/closure")
		if len(c.History) < 2 || c.History[0].On > c.History[1].On {
			t.Errorf("history %+v", c.History)
		}
	})
	t.Run("it takes no notice that an editor should see", func(t *testing.T) {
		b.post("/pull", nil)
		b.get("/inbox", asJSON)
		if !strings.Contains(b.get("/inbox").Body.String(), "2 new reports") {
			t.Error("the notice is gone")
		}
	})
	t.Run("browsers, which take anything, get pages", func(t *testing.T) {
		w := b.get("/inbox", withHeader("Accept", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"))
		if kind := w.Header().Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("answered %s", kind)
		}
	})
}
