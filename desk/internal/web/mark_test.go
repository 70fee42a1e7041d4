package web

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

func origins(names ...string) []casebook.OriginView {
	var list []casebook.OriginView
	for _, name := range names {
		// "WREN+2" is an origin with two copies
		name, copies, _ := strings.Cut(name, "+")
		n := 1
		_, _ = fmt.Sscan(copies, &n)
		if copies != "" {
			n++
		}
		list = append(list, casebook.OriginView{Name: name, Statements: make([]casebook.StatementView, n)})
	}
	return list
}

func out(names ...string) []casebook.StatementView {
	var list []casebook.StatementView
	for _, name := range names {
		list = append(list, casebook.StatementView{Source: casebook.SourceLine{CodeName: name}})
	}
	return list
}

func claimView(standing hearsay.Standing, says string, fragility int) casebook.ClaimView {
	return casebook.ClaimView{ClaimLine: casebook.ClaimLine{Standing: standing, Says: says, Fragility: fragility}}
}

func TestMark(t *testing.T) {
	kinds := func(m mark) string {
		var b strings.Builder
		for _, d := range m.Discs {
			if m.Line > 0 && d.X > m.Line && !strings.Contains(b.String(), "|") {
				b.WriteString("| ")
			}
			fmt.Fprintf(&b, "%s:%s+%d ", d.Kind, d.Name, len(d.Dots)+d.More)
		}
		return strings.TrimSpace(b.String())
	}
	for _, tt := range []struct {
		rule      string
		claim     func() casebook.ClaimView
		want      string
		says      string
		notchFrom int // the discs before the notch, 0 for none
	}{
		{"one disc an origin, a dot a copy", func() casebook.ClaimView {
			c := claimView(hearsay.Corroborated, "closed", 1)
			c.Behind = origins("WREN", "PLOVER+2")
			return c
		}, "origin:WREN+0 origin:PLOVER+2", "2 independent origins say so: WREN, PLOVER. 2 copies hang from them. It falls if 1 origin falls.", 1},
		{"rivals stand beyond the line, hollow what has no weight", func() casebook.ClaimView {
			c := claimView(hearsay.Disputed, "held", 1)
			c.Behind = origins("WREN")
			c.Rivals = []casebook.RivalView{{Says: "released", Origins: origins("LARK+1")}}
			c.Out = out("HERON")
			return c
		}, "origin:WREN+0 | rival:LARK+1 out:HERON+0", "1 origin says otherwise: LARK. 1 statement carries no weight: HERON.", 1},
		{"a record is a square", func() casebook.ClaimView {
			c := claimView(hearsay.VerifiedByRecord, "229", 1)
			c.Behind = origins("ministry")
			return c
		}, "record:ministry+0", "1 record says so: ministry.", 1},
		{"who says that it is not known is no disc", func() casebook.ClaimView {
			c := claimView(hearsay.NotKnown, "", 0)
			c.Silent = out("GANNET")
			return c
		}, "silent:GANNET+0", "1 says that it is not known: GANNET.", 0},
		{"nothing said, nothing drawn", func() casebook.ClaimView { return claimView(hearsay.NotKnown, "", 0) }, "", "", 0},
		{"the notch comes after as many as must fall", func() casebook.ClaimView {
			c := claimView(hearsay.Verified, "closed", 2)
			c.Behind = origins("A", "B", "C")
			return c
		}, "origin:A+0 origin:B+0 origin:C+0", "It falls if 2 origins fall.", 2},
		{"the notch finds its row", func() casebook.ClaimView {
			c := claimView(hearsay.Verified, "closed", 7)
			c.Behind = origins("A", "B", "C", "D", "E", "F", "G", "H")
			return c
		}, "origin:A+0 origin:B+0 origin:C+0 origin:D+0 origin:E+0 origin:F+0 origin:G+0 origin:H+0", "It falls if 7 origins fall.", 7},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			m := markOf(tt.claim())
			if got := kinds(m); got != tt.want {
				t.Errorf("drawn %q, want %q", got, tt.want)
			}
			if !strings.Contains(m.Desc, tt.says) {
				t.Errorf("says %q, want %q", m.Desc, tt.says)
			}
			before, notches := 0, 0
			for _, r := range m.Rails {
				if r.Notch == 0 {
					if notches == 0 {
						before += (r.To + 6) / cell
					}
					continue
				}
				notches++
				before += (r.Notch + 6) / cell
			}
			if tt.notchFrom > 0 && (notches != 1 || before != tt.notchFrom) || tt.notchFrom == 0 && notches > 0 {
				t.Errorf("%d notches after %d discs, want after %d: %+v", notches, before, tt.notchFrom, m.Rails)
			}
		})
	}
}

// TestMarkStaysInside holds the mark of any claim within its picture, and no
// two discs upon each other.
func TestMarkStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(what string, most int) []string {
			var names []string
			for i := range rapid.IntRange(0, most).Draw(t, what) {
				names = append(names, fmt.Sprintf("%s%d+%d", what, i, rapid.IntRange(0, 9).Draw(t, "copies")))
			}
			return names
		}
		c := claimView(hearsay.Corroborated, "so", 0)
		c.Behind = origins(some("behind", 45)...)
		c.Rivals = []casebook.RivalView{{Says: "not so", Origins: origins(some("rival", 30)...)}}
		c.Out = out(some("out", 30)...)
		c.Fragility = rapid.IntRange(0, len(c.Behind)).Draw(t, "fragility")
		m := markOf(c)
		if m.Width > columns*cell+16 && m.Width > 2*wordsWidth {
			t.Errorf("%d wide", m.Width)
		}
		for i, d := range m.Discs {
			if d.X-d.R < 0 || d.X+d.R > m.Width || d.Y-d.R < 0 || d.MoreY > m.Height || len(d.Dots) > mostDots {
				t.Errorf("%+v lies outside %d × %d", d, m.Width, m.Height)
			}
			for _, e := range m.Discs[:i] {
				if max(d.X-e.X, e.X-d.X) < cell && max(d.Y-e.Y, e.Y-d.Y) < discY {
					t.Errorf("%+v lies upon %+v", d, e)
				}
			}
		}
		notches := 0
		for _, r := range m.Rails {
			if r.Notch > 0 {
				notches++
			}
		}
		if shown := min(len(c.Behind), mostDiscs); notches > 1 || notches == 0 && c.Fragility > 0 && c.Fragility <= shown {
			t.Errorf("%d notches for fragility %d of %d", notches, c.Fragility, len(c.Behind))
		}
		line := miniMarkOf(casebook.ClaimLine{Says: "so", Origins: some("mini", 30), Fragility: c.Fragility})
		if len(line.Discs) > miniDiscs || line.Falls > line.Width {
			t.Errorf("%+v", line)
		}
	})
}
