package web

import (
	"fmt"
	"strings"
	"testing"

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

// TestGroups holds the order of the statements on a claim, each of which stands
// there once.
func TestGroups(t *testing.T) {
	c := claimView(hearsay.Disputed, "300", 1)
	c.Behind = origins("WREN", "LARK")
	c.Behind[0].Statements[0].Report, c.Behind[1].Statements[0].Report = 1, 2
	c.Rivals = []casebook.RivalView{{Says: "400", Origins: append(origins("FINCH"), c.Behind[1])}}
	c.Out, c.Silent, c.Aside, c.Misfits = out("HERON"), out("GANNET"), out("GAZETTE"), out("PIPIT")
	var got []string
	for _, g := range groupsOf(c) {
		got = append(got, g.Kind+" "+g.Name)
	}
	want := "behind WREN, behind LARK, rival FINCH, silent , aside , out , misfit "
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("groups %q, want %q", s, want)
	}
}

// TestMarkStaysInside holds marks of every size within their picture, no two
// discs upon each other, and one notch where there is something to fall.
func TestMarkStaysInside(t *testing.T) {
	some := func(n int) []string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("SOURCE%d+%d", i, i%7))
		}
		return names
	}
	for _, behind := range []int{0, 1, 2, 3, 4, 5, 6, 11, 19, 20, 21, 45} {
		for _, rivals := range []int{0, 1, 2, 3, 7, 30} {
			for _, outside := range []int{0, 1, 4, 25} {
				for fragility := range behind + 1 {
					c := claimView(hearsay.Corroborated, "so", fragility)
					c.Behind, c.Out = origins(some(behind)...), out(some(outside)...)
					c.Rivals = []casebook.RivalView{{Says: "not so", Origins: origins(some(rivals)...)}}
					if err := inside(markOf(c), min(behind, mostDiscs), fragility); err != nil {
						t.Fatalf("%d behind, %d rivals, %d out, fragility %d: %v", behind, rivals, outside, fragility, err)
					}
					line := miniMarkOf(casebook.ClaimLine{Says: "so", Origins: some(behind), Fragility: fragility})
					if len(line.Discs) > miniDiscs || line.Falls > line.Width || len(line.Discs)+line.More != behind {
						t.Fatalf("%d behind, fragility %d: %+v", behind, fragility, line)
					}
				}
			}
		}
	}
}

func inside(m mark, supporters, fragility int) error {
	if m.Width > max(columns*cell+16, 2*wordsWidth) {
		return fmt.Errorf("%d is too wide for a phone", m.Width)
	}
	for i, d := range m.Discs {
		if d.X-d.R < 0 || d.X+d.R > m.Width || d.Y-d.R < 0 || max(d.MoreY, d.SaysY) > m.Height || len(d.Dots) > mostDots {
			return fmt.Errorf("%+v lies outside %d × %d", d, m.Width, m.Height)
		}
		for _, e := range m.Discs[:i] {
			if max(d.X-e.X, e.X-d.X) < cell && max(d.Y-e.Y, e.Y-d.Y) < discY {
				return fmt.Errorf("%+v lies upon %+v", d, e)
			}
		}
	}
	notches := 0
	for _, r := range m.Rails {
		if r.Notch > 0 {
			notches++
		}
		if r.Notch > r.To || r.To > m.Width {
			return fmt.Errorf("rail %+v", r)
		}
	}
	if want := min(fragility, 1); fragility <= supporters && notches != want {
		return fmt.Errorf("%d notches, want %d", notches, want)
	}
	return nil
}
