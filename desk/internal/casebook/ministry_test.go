package casebook_test

import (
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

const ministry = "&basis=document&origin=ministry"

// TestRecord: where a claim names a record, the body's own document settles it
// once an editor who did not key it in has compared it.
func TestRecord(t *testing.T) {
	recorded := func(t *testing.T) *testDesk {
		d := newDesk(t)
		d.keyIn("first", "ABACUS", "Table: [2,914](claim:arrivals?value=2914&vintage=2012-10"+ministry+")")
		return d
	}
	t.Run("until somebody has compared it, it is one origin", func(t *testing.T) {
		recorded(t).holds("arrivals", hearsay.Chatter, "2914", "ministry")
	})
	t.Run("verified by record", func(t *testing.T) {
		d := recorded(t)
		d.must(d.signRecord("second", "arrivals"))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
		if s := d.claim("arrivals").Signatures; len(s) != 1 || !s[0].ByRecord || !s[0].Holds {
			t.Errorf("%+v", s)
		}
	})
	t.Run("not by who keyed it in", func(t *testing.T) {
		d := recorded(t)
		d.refused(d.signRecord("first", "arrivals"), casebook.ErrSigned)
		d.holds("arrivals", hearsay.Chatter, "2914", "ministry")
	})
	t.Run("nor by a signature that is not by record", func(t *testing.T) {
		d := recorded(t)
		d.must(d.sign("second", "arrivals"))
		d.holds("arrivals", hearsay.Chatter, "2914", "ministry")
	})
	t.Run("a desk of one may, once a second person has sent it", func(t *testing.T) {
		d := &testDesk{t: t, store: &memory{}, today: startDay}
		d.reopen()
		d.must(d.Enrol(t.Context(), "first", ""))
		d.must(d.Word(t.Context(), "first", testClaims...))
		d.keyIn("first", "ABACUS", "Table: [2,914](claim:arrivals?value=2914"+ministry+")")
		d.refused(d.signRecord("first", "arrivals"), casebook.ErrSigned)
		d.today++
		d.says("TALLY", "arrivals?value=2914"+ministry)
		d.must(d.signRecord("first", "arrivals"))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
	})
	t.Run("the latest vintage counts, however they came", func(t *testing.T) {
		for _, body := range []string{
			"[a](claim:arrivals?value=2952&vintage=2010-01" + ministry + ") [b](claim:arrivals?value=2914&vintage=2012-10" + ministry + ") [c](claim:arrivals?value=2927&vintage=2012-01" + ministry + ")",
			"[a](claim:arrivals?value=2914&vintage=2012-10" + ministry + ") [b](claim:arrivals?value=2927&vintage=2012-01" + ministry + ") [c](claim:arrivals?value=2952&vintage=2010-01" + ministry + ")",
		} {
			d := newDesk(t)
			d.keyIn("first", "ABACUS", body)
			d.must(d.signRecord("second", "arrivals"))
			d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
			v := d.claim("arrivals")
			if toJSON(t, v.Vintages) != `[{"as":"2010-01","says":"2952"},{"as":"2012-01","says":"2927"},{"as":"2012-10","says":"2914"}]` || len(v.Aside) != 2 || len(v.Rivals) != 0 {
				t.Errorf("%s, aside %d, rivals %d", toJSON(t, v.Vintages), len(v.Aside), len(v.Rivals))
			}
		}
	})
	t.Run("without a vintage it is as of the day it came", func(t *testing.T) {
		d := newDesk(t)
		d.keyIn("first", "ABACUS", "Table: [12](claim:arrivals?value=12&vintage=2019-07"+ministry+")")
		d.today++
		d.keyIn("first", "ABACUS", "Table: [13](claim:arrivals?value=13"+ministry+")")
		d.holds("arrivals", hearsay.Chatter, "13", "ministry")
		d.today++
		d.keyIn("first", "ABACUS", "An old table: [12](claim:arrivals?value=12&vintage=2019-08"+ministry+")")
		d.holds("arrivals", hearsay.Chatter, "13", "ministry")
	})
	t.Run("a new vintage with another value voids the signature", func(t *testing.T) {
		d := recorded(t)
		d.must(d.signRecord("second", "arrivals"))
		d.keyIn("first", "ABACUS", "Table: [2,920](claim:arrivals?value=2920&vintage=2013-01"+ministry+")")
		d.holds("arrivals", hearsay.Chatter, "2920", "ministry")
		d.must(d.signRecord("second", "arrivals"))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2920", "ministry")
	})
	t.Run("a new vintage with the value that was compared does not", func(t *testing.T) {
		d := recorded(t)
		d.must(d.signRecord("second", "arrivals"))
		d.keyIn("first", "ABACUS", "Table: [2,914](claim:arrivals?value=2914&vintage=2013-01"+ministry+")")
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
	})
	t.Run("unless the editor who compared keyed that in", func(t *testing.T) {
		d := recorded(t)
		d.must(d.signRecord("second", "arrivals"))
		d.keyIn("second", "ABACUS", "Table: [2,914](claim:arrivals?value=2914&vintage=2013-01"+ministry+")")
		d.holds("arrivals", hearsay.Chatter, "2914", "ministry")
	})
	t.Run("other people's statements do not void it", func(t *testing.T) {
		d := recorded(t)
		d.must(d.signRecord("second", "arrivals"))
		d.says("WREN", "arrivals?value=2914&basis=seen")
		d.says("ROOK", "arrivals?value=2952&basis=seen")
		d.says("LARK", "arrivals?value=9999&basis=inferred")
		d.says("CROW", "arrivals?value=9999&basis=seen")
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
		if v := d.claim("arrivals"); len(v.Aside) != 4 || len(v.Rivals) != 0 {
			t.Errorf("%d aside, %d rivals", len(v.Aside), len(v.Rivals))
		}
	})
	t.Run("whoever quotes a figure quotes the record, and misquoting it is no dispute", func(t *testing.T) {
		for _, basis := range []string{"published", "told", "heard", "unknown"} {
			d := recorded(t)
			d.says("GAZETTE", "arrivals?value=3000&approx=nearly&basis="+basis)
			d.says("STAR", "arrivals?value=30308&basis="+basis)
			d.holds("arrivals", hearsay.Chatter, "2914", "ministry")
			if v := d.claim("arrivals"); len(v.Aside) != 2 || len(v.Rivals) != 0 {
				t.Errorf("%s: %d aside, %d rivals", basis, len(v.Aside), len(v.Rivals))
			}
		}
	})
	t.Run("before the record is kept, all who quote are one origin", func(t *testing.T) {
		d := newDesk(t)
		d.says("GAZETTE", "arrivals?value=1414&basis=published")
		d.says("STAR", "arrivals?value=1414&basis=told")
		d.says("LARK", "arrivals?value=1414&basis=heard")
		d.holds("arrivals", hearsay.Chatter, "1414", "GAZETTE")
		d.says("WREN", "arrivals?value=1414&basis=seen")
		d.holds("arrivals", hearsay.Corroborated, "1414", "GAZETTE", "WREN")
	})
	t.Run("an earlier vintage, and whoever counts as it did, is history and no rival", func(t *testing.T) {
		d := recorded(t)
		d.keyIn("first", "ABACUS", "Earlier: [2,952](claim:arrivals?value=2952&vintage=2010-01"+ministry+")")
		d.says("WREN", "arrivals?value=2952&basis=seen")
		d.holds("arrivals", hearsay.Chatter, "2914", "ministry")
		if v := d.claim("arrivals"); len(v.Aside) != 2 || len(v.Rivals) != 0 {
			t.Errorf("%d aside, %d rivals", len(v.Aside), len(v.Rivals))
		}
	})
	t.Run("who counted for themselves disputes a record that nobody has compared", func(t *testing.T) {
		d := recorded(t)
		d.says("WREN", "arrivals?value=3500&basis=seen")
		d.holds("arrivals", hearsay.Disputed, "2914", "ministry")
		d.must(d.signRecord("second", "arrivals"))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
	})
	t.Run("who denies it is heard until then", func(t *testing.T) {
		d := recorded(t)
		d.says("WREN", "arrivals?value=2914&stance=denies&basis=told")
		if v := d.claim("arrivals"); v.P > .6 || len(v.Denials) != 1 || len(v.Aside) != 0 {
			t.Errorf("P %.3f, %d denials, %d aside", v.P, len(v.Denials), len(v.Aside))
		}
		d.must(d.signRecord("second", "arrivals"))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
	})
	t.Run("and the record is what the editor compares, not what more people say", func(t *testing.T) {
		d := recorded(t)
		for _, s := range []string{"WREN", "ROOK", "LARK"} {
			d.says(s, "arrivals?value=3500&basis=seen")
		}
		d.must(d.signRecord("second", "arrivals"))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
	})
	t.Run("who counted the same supports it", func(t *testing.T) {
		d := recorded(t)
		d.says("WREN", "arrivals?value=2914&basis=seen")
		d.holds("arrivals", hearsay.Corroborated, "2914", "ministry", "WREN")
	})
	t.Run("a figure without the document is no record", func(t *testing.T) {
		d := newDesk(t)
		d.says("GAZETTE", "arrivals?value=2914&basis=published&origin=ministry")
		d.refused(d.signRecord("second", "arrivals"), casebook.ErrNoRecord)
	})
	t.Run("a document of another body is no record", func(t *testing.T) {
		d := newDesk(t)
		d.says("GAZETTE", "arrivals?value=2914&basis=document&origin=survey")
		d.refused(d.signRecord("second", "arrivals"), casebook.ErrNoRecord)
	})
	t.Run("a document that denies a figure is no record of it", func(t *testing.T) {
		d := newDesk(t)
		d.says("ABACUS", "arrivals?value=2914&stance=denies"+ministry)
		d.says("GAZETTE", "arrivals?value=2914&basis=published")
		d.refused(d.signRecord("second", "arrivals"), casebook.ErrNoRecord)
	})
	t.Run("a forged record from a source in hostile hands is none", func(t *testing.T) {
		d := recorded(t)
		d.must(d.signRecord("second", "arrivals"))
		d.today++
		d.says("HERON", "arrivals?value=1&vintage=2019"+ministry)
		d.holds("arrivals", hearsay.Chatter, "1", "ministry")
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), d.today))
		d.holds("arrivals", hearsay.VerifiedByRecord, "2914", "ministry")
	})
}
