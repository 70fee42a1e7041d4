package casebook_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

const secret = "NIGHTINGALE-of-the-mill"

// shapes are the ways in which some of the secret's bytes could come out.
func shapes() []string {
	var all []string
	for i := 0; i+6 <= len(secret); i += 3 {
		part := []byte(secret[i : i+6])
		list := strings.Trim(fmt.Sprint(part), "[]")
		all = append(all,
			string(part), hex.EncodeToString(part), strings.ToUpper(hex.EncodeToString(part)), fmt.Sprintf("% x", part), fmt.Sprintf("% X", part),
			list, strings.ReplaceAll(list, " ", ","), strings.Trim(fmt.Sprintf("%#v", part), "[]byte{}"), strings.Trim(fmt.Sprintf("%o", part), "[]"),
			strings.Trim(fmt.Sprintf("%b", part), "[]"), strings.Trim(fmt.Sprintf("%U", part), "[]"), base64.StdEncoding.EncodeToString(part),
			base64.RawStdEncoding.EncodeToString([]byte(secret))[4*((i+2)/3):][:8],
		)
	}
	return all
}

// wrapped has a secret in every kind of place that fmt looks into.
type wrapped[T comparable] struct {
	Exported   T
	unexported T
	Pointer    *T
	hidden     *T
	Slice      []T
	array      [2]T
	Map        map[string]T
	keys       map[T]bool
	Any        any
	inner      struct{ deep struct{ deeper T } }
	err        error
}

func wrap[T comparable](v T) *wrapped[T] {
	w := &wrapped[T]{Exported: v, unexported: v, Pointer: &v, hidden: &v, Slice: []T{v}, array: [2]T{v, v}, Map: map[string]T{"a": v}, keys: map[T]bool{v: true}, Any: v}
	w.inner.deep.deeper = v
	w.err = fmt.Errorf("open %v, %+v, %#v, %x: %w", v, v, v, any(v), errors.New("no"))
	return w
}

// TestNothingPrivatePrints: ids, code names, texts and the nouns that hold them
// show only what they are, wherever they stand and however they are printed.
func TestNothingPrivatePrints(t *testing.T) {
	var id [16]byte
	var digest [32]byte
	copy(id[:], secret)
	copy(digest[:], secret)
	source := &casebook.Source{ID: casebook.SourceIDOf(id), CodeName: casebook.NewCodeName(secret), Note: secret}
	report := &casebook.Report{ID: casebook.KeptReportID(digest), Source: source, Body: casebook.NewText(secret), KeyedBy: secret}
	assertion := hearsay.Assertion{Value: secret, Origin: secret}
	incoming := casebook.Incoming{Inbox: []byte(secret), Author: digest, Fingerprint: digest, InboxKeys: [][32]byte{digest}, Message: id, Body: casebook.NewText(secret)}
	for _, tt := range []struct {
		name, shows string
		v           any
		w           any
	}{
		{"SourceID", "[source]", casebook.SourceIDOf(id), wrap(casebook.SourceIDOf(id))},
		{"ReportID", "[report]", casebook.KeptReportID(digest), wrap(casebook.KeptReportID(digest))},
		{"CodeName", "[code name]", casebook.NewCodeName(secret), wrap(casebook.NewCodeName(secret))},
		{"Text", "[text]", casebook.NewText(secret), wrap(casebook.NewText(secret))},
		{"Record", "[record report]", casebook.Record{Kind: "report", Editor: "first", Source: source.ID, Report: report.ID, Body: report.Body, Data: report.Body},
			wrap(casebook.Record{Kind: "report", Source: source.ID, Report: report.ID, Body: report.Body, Data: report.Body})},
		{"Source", "[source]", source, []*casebook.Source{source}},
		{"Report", "[report]", report, map[string]*casebook.Report{"a": report}},
		{"Statement", "[statement]", &casebook.Statement{Report: report, Assertion: assertion, Words: secret}, []casebook.Statement{{Report: report, Assertion: assertion, Words: secret}}},
		{"Incoming", "[incoming]", incoming, []casebook.Incoming{incoming}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			silent := func(how, out string) {
				t.Helper()
				for _, shape := range shapes() {
					if strings.Contains(out, shape) {
						t.Fatalf("%s shows %q of the secret: %s", how, shape, out)
					}
				}
			}
			for _, verb := range []string{"%p", "%v", "%+v", "%#v", "%s", "%q", "%x", "% X", "%d", "%o", "%b", "%c", "%U", "%e", "%t", "%10v", "%-5s", "%T"} {
				if tt.name == "Incoming" && verb == "%p" {
					continue // %p asks for an address and passes Format by: what is no id yet has only Format
				}
				out := fmt.Sprintf(verb, tt.v)
				silent(verb, out)
				if out != tt.shows && verb != "%p" && verb != "%T" {
					t.Errorf("%s shows %q, want %q", verb, out, tt.shows)
				}
				silent(verb+" within", fmt.Sprintf(verb, tt.w))
				silent(verb+" in an error", fmt.Errorf("open: "+verb, tt.v).Error())
			}
			silent("Sprint", fmt.Sprint(tt.v, tt.w)+fmt.Sprintln(tt.v, tt.w))
			for _, v := range []any{tt.v, tt.w} {
				b, err := json.Marshal(v)
				silent("JSON", string(b))
				if err == nil {
					t.Errorf("JSON took it: %s", b)
				} else if silent("the error of JSON", err.Error()); !errors.Is(err, casebook.ErrStaysInDesk) {
					t.Errorf("JSON refuses it for another reason: %v", err)
				}
				var text, object bytes.Buffer
				slog.New(slog.NewTextHandler(&text, nil)).Info("a", "b", v, slog.Group("c", "d", v))
				slog.New(slog.NewJSONHandler(&object, nil)).Info("a", "b", v, slog.Group("c", "d", v))
				silent("slog in text", text.String())
				silent("slog in JSON", object.String())
			}
		})
	}
	t.Run("no secret, no sign of one", func(t *testing.T) {
		if s := fmt.Sprint(casebook.SourceID{}, casebook.ReportID{}, casebook.CodeName{}, casebook.Text{}); s != "[source] [report] [code name] [text]" {
			t.Errorf("%s", s)
		}
		if !casebook.SourceIDOf([16]byte{}).IsZero() || !casebook.KeptReportID([32]byte{}).IsZero() || casebook.NewText("").IsZero() {
			t.Error("an id of zeros is no id, and an empty text is a text")
		}
		var none casebook.Text
		if none.Reveal() != "" || (casebook.SourceID{}).Reveal() != [16]byte{} {
			t.Error("nothing reveals something")
		}
	})
	t.Run("what is revealed on purpose is whole, and equal secrets are equal", func(t *testing.T) {
		if casebook.NewText(secret).Reveal() != secret || casebook.SourceIDOf(id).Reveal() != id || casebook.KeptReportID(digest).Reveal() != digest {
			t.Error("something was lost")
		}
		name, source, fresh, report := casebook.NewCodeName(secret), casebook.SourceIDOf(id), casebook.NewSourceID(), casebook.ReportIDOf([]byte("a"))
		if casebook.NewCodeName(secret) != name || casebook.SourceIDOf(id) != source || casebook.NewSourceID() == fresh {
			t.Error("equal is not equal, or fresh is not fresh")
		}
		if casebook.ReportIDOf([]byte("a")) != report || casebook.ReportIDOf([]byte("b")) == report {
			t.Error("a report is named by its bytes")
		}
	})
}

// TestRefusalsTellNothing: no error of an editor's action carries what a source
// wrote or who it is.
func TestRefusalsTellNothing(t *testing.T) {
	d := newDesk(t)
	d.hear("NIGHTINGALE", secret+" waits behind the old mill near here. [so](claim:border?value=closed&colour="+secret+")")
	d.says("ROOK", "camp?value=guarded")
	d.draft("b1", "# One\n\nThe camp is [guarded](claim:camp), says nightingale of the mill waits behind the old mill near here.")
	_, keyIn := d.KeyIn(t.Context(), "first", "NIGHTINGALE", "\xff"+secret)
	for _, err := range []error{
		d.publish("b1"), d.sign("second", "border"), keyIn,
		d.Cut(t.Context(), "first", d.source("NIGHTINGALE"), d.today+1),
		d.Name(t.Context(), "first", d.source("ROOK"), "NIGHTINGALE", ""),
	} {
		if err == nil || strings.Contains(strings.ToLower(err.Error()), "nightingale") || strings.Contains(err.Error(), "mill") {
			t.Errorf("%v", err)
		}
	}
}

func TestReach(t *testing.T) {
	for text, want := range map[string]casebook.Reach{"0": 0, "6": 6, "999": 999, "many": casebook.Many, "public": casebook.Public, "1000": 1000, "1000000000": casebook.Public} {
		got, err := casebook.ParseReach(text)
		if err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
		var back casebook.Reach
		if b, err := json.Marshal(got); err != nil || json.Unmarshal(b, &back) != nil || back != got {
			t.Errorf("%s came back as %d", b, back)
		}
	}
	if casebook.Reach(5000).String() != "many" || casebook.Reach(12).String() != "12" {
		t.Error("five thousand are many, twelve are twelve")
	}
	for _, bad := range []string{"", "-1", "few", "1e3", "1000000001", "Many", " 5"} {
		if r, err := casebook.ParseReach(bad); !errors.Is(err, casebook.ErrReach) {
			t.Errorf("%q: %d, %v", bad, r, err)
		}
	}
	for _, bad := range []string{`null`, `-1`, `"few"`, `1.5`, `{}`, `"`, `[5]`} {
		var r casebook.Reach
		if err := json.Unmarshal([]byte(bad), &r); err == nil {
			t.Errorf("%s: %d", bad, r)
		}
	}
}
