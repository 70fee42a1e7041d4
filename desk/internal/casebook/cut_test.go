package casebook_test

import (
	"slices"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// threeSources has a claim that stands on WREN, ROOK and HERON, of whom HERON
// spoke once before and once on the second day.
func threeSources(t *testing.T) *testDesk {
	d := newDesk(t)
	d.says("WREN", "border?value=closed")
	d.says("HERON", "order?value=yes")
	d.today++
	d.says("ROOK", "border?value=closed")
	d.says("HERON", "border?value=closed")
	d.today++
	return d
}

func TestCut(t *testing.T) {
	t.Run("what came from that day on is quarantined, and every claim regrades at once", func(t *testing.T) {
		d := threeSources(t)
		d.holds("border", "corroborated", "closed", "WREN", "ROOK", "HERON")
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay+1))
		d.holds("border", "corroborated", "closed", "WREN", "ROOK")
		d.holds("order", "chatter", "yes", "HERON")
		if out := d.claim("border").Out; len(out) != 1 || out[0].Source.CodeName != "HERON" || out[0].Out == "" {
			t.Errorf("out: %+v", out)
		}
	})
	t.Run("what comes later is quarantined as it comes", func(t *testing.T) {
		d := threeSources(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), d.today))
		d.today++
		d.says("HERON", "costs?value=down")
		d.holds("costs", "not known", "")
		if l := d.Inbox().Reports[0]; !l.Quarantined {
			t.Errorf("%+v", l)
		}
	})
	t.Run("so is what is keyed in under its name", func(t *testing.T) {
		d := threeSources(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), d.today))
		d.keyIn("first", "HERON", "By voice: [down](claim:costs?value=down)")
		d.holds("costs", "not known", "")
	})
	t.Run("a cut may be moved", func(t *testing.T) {
		d := threeSources(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay+1))
		d.must(d.Cut(t.Context(), "second", d.source("HERON"), startDay))
		d.holds("order", "not known", "")
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay+2))
		d.holds("order", "chatter", "yes", "HERON")
		d.holds("border", "corroborated", "closed", "WREN", "ROOK", "HERON")
	})
	t.Run("lifting restores exactly, signatures too", func(t *testing.T) {
		d := threeSources(t)
		d.must(d.sign("second", "border"))
		d.holds("border", "verified", "closed", "WREN", "ROOK", "HERON")
		before := d.all()
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay+1))
		d.holds("border", "corroborated", "closed", "WREN", "ROOK")
		d.must(d.LiftCut(t.Context(), "second", d.source("HERON")))
		d.same(before, d.all())
	})
	t.Run("it survives a restart", func(t *testing.T) {
		d := threeSources(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay+1))
		before := d.all()
		d.reopen()
		d.same(before, d.all())
	})
	t.Run("what may not be", func(t *testing.T) {
		d := threeSources(t)
		d.refused(d.Cut(t.Context(), "first", casebook.NewSourceID(), startDay), casebook.ErrNoSuch)
		d.refused(d.Cut(t.Context(), "first", d.source("HERON"), d.today+1), casebook.ErrLater)
		d.refused(d.Cut(t.Context(), "nobody", d.source("HERON"), startDay), casebook.ErrUnknown)
		d.refused(d.LiftCut(t.Context(), "first", d.source("HERON")), casebook.ErrNoCut)
		d.refused(d.LiftCut(t.Context(), "first", casebook.NewSourceID()), casebook.ErrNoSuch)
		d.holds("border", "corroborated", "closed", "WREN", "ROOK", "HERON")
	})
}

// TestCutPreview: what a preview tells is what the cut then does, on every day,
// and looking changes nothing.
func TestCutPreview(t *testing.T) {
	for since := startDay - 1; since <= startDay+2; since++ {
		d := threeSources(t)
		d.must(d.Draft(t.Context(), "first", "b1", hearsay.News, "# One\n\nThe border is [closed](claim:border).", ""))
		d.must(d.Publish(t.Context(), "first", "b1"))
		before, held := d.all(), linesByClaim(d)
		v, err := d.Source(t.Context(), d.source("HERON"), &since)
		d.must(err)
		d.same(before, d.all()) // looking changes nothing
		e := v.Effect
		if e == nil || !e.Preview || e.Since != since {
			t.Fatalf("effect %+v", e)
		}
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), since))
		now := linesByClaim(d)
		told := map[string]bool{}
		for _, r := range e.Regrades {
			told[r.Claim] = true
			if got, want := toJSON(t, now[r.Claim]), toJSON(t, r.After); got != want {
				t.Errorf("since %s, %s: told %s, came %s", since, r.Claim, want, got)
			}
			if got, want := toJSON(t, held[r.Claim]), toJSON(t, r.Before); got != want {
				t.Errorf("since %s, %s: told %s before, was %s", since, r.Claim, want, got)
			}
		}
		for claim, line := range now {
			if (line.Standing != held[claim].Standing || line.Says != held[claim].Says || !slices.Equal(line.Origins, held[claim].Origins)) != told[claim] {
				t.Errorf("since %s, %s: told %t, was %+v, is %+v", since, claim, told[claim], held[claim], line)
			}
		}
		quarantined := 0
		for _, r := range d.Inbox().Reports {
			if r.Quarantined {
				quarantined++
			}
		}
		if quarantined != e.Reports {
			t.Errorf("since %s: told of %d reports, came to %d", since, e.Reports, quarantined)
		}
		if leans := told["border"]; slices.Equal(e.Bulletins, []string{"b1"}) != leans {
			t.Errorf("since %s: bulletins %v, border regrades %t", since, e.Bulletins, leans)
		}
		v, err = d.Source(t.Context(), d.source("HERON"), nil)
		d.must(err)
		if v.Effect == nil || v.Effect.Preview || toJSON(t, v.Effect.Regrades) != toJSON(t, e.Regrades) {
			t.Errorf("since %s: in force it is told otherwise: %+v", since, v.Effect)
		}
	}
}

func linesByClaim(d *testDesk) map[string]casebook.ClaimLine {
	lines := map[string]casebook.ClaimLine{}
	for _, l := range d.Claims() {
		lines[l.Address] = l
	}
	return lines
}

// TestCutIsNoOracle: nothing that is published moves when a source is cut or
// forced, and it takes a correction for it to move.
func TestCutIsNoOracle(t *testing.T) {
	edition := func(d *testDesk) string {
		d.t.Helper()
		b, err := hearsay.MarshalEdition(d.Edition(hearsay.Desk{Name: "Desk"}))
		d.must(err)
		return string(b)
	}
	const text = "# Again\n\nThe border is [closed](claim:border)."
	setup := func(t *testing.T) *testDesk {
		d := threeSources(t)
		d.must(d.Draft(t.Context(), "first", "b1", hearsay.News, "# One\n\nThe border is [closed](claim:border).", ""))
		d.must(d.Publish(t.Context(), "first", "b1"))
		return d
	}
	t.Run("the edition's bytes stay as they are", func(t *testing.T) {
		d := setup(t)
		before := edition(d)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		if after := edition(d); after != before {
			t.Errorf("%s\n%s", before, after)
		}
		in := d.message("WREN", "I am well. [open](claim:border?value=open)")
		in.Author = sum("a false order")
		d.receive(in)
		if after := edition(d); after != before {
			t.Errorf("%s\n%s", before, after)
		}
		d.must(d.LiftCut(t.Context(), "first", d.source("HERON")))
		d.reopen()
		if after := edition(d); after != before {
			t.Errorf("%s\n%s", before, after)
		}
	})
	t.Run("news that cites a claim which the cut moved is blocked", func(t *testing.T) {
		d := setup(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		d.blocks(hearsay.News, text, "", casebook.RuleTrace, "border")
	})
	t.Run("so it is where only the count would move", func(t *testing.T) {
		d := setup(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		d.holds("border", "corroborated", "closed", "WREN", "ROOK") // as before, by one fewer
		d.blocks(hearsay.News, text, "", casebook.RuleTrace, "border")
	})
	t.Run("a correction passes, and takes it out", func(t *testing.T) {
		d := setup(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		d.passes(hearsay.Correction, text, "b1")
		d.must(d.Draft(t.Context(), "first", "c1", hearsay.Correction, text, "b1"))
		d.must(d.Publish(t.Context(), "first", "c1"))
		d.passes(hearsay.News, text, "")
	})
	t.Run("news that cites it passes once the cut is lifted", func(t *testing.T) {
		d := setup(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		d.must(d.LiftCut(t.Context(), "first", d.source("HERON")))
		d.passes(hearsay.News, text, "")
	})
	t.Run("news that cites a claim which the cut does not touch passes", func(t *testing.T) {
		d := setup(t)
		d.says("WREN", "costs?value=up")
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		d.passes(hearsay.News, "# Costs\n\nThey go [up](claim:costs).", "")
	})
	t.Run("a claim that moved by itself is no trace", func(t *testing.T) {
		d := setup(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), d.today))
		d.says("HERON", "costs?value=down") // of the border nothing is touched
		d.says("LARK", "border?value=closed")
		d.passes(hearsay.News, text, "")
	})
	t.Run("nor is one of which a stranger claims to be somebody", func(t *testing.T) {
		d := setup(t)
		in := d.message("WREN", "I tell you: [open](claim:border?value=open)")
		in.Endorsed, in.Author = false, sum("somebody")
		d.receive(in)
		d.says("LARK", "border?value=closed")
		d.passes(hearsay.News, text, "")
	})
	t.Run("a claim told for the first time moves nothing", func(t *testing.T) {
		d := threeSources(t)
		d.must(d.Cut(t.Context(), "first", d.source("HERON"), startDay))
		d.passes(hearsay.News, text, "")
	})
}
