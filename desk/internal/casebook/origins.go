package casebook

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"hearsay"
)

// OriginGroup is the statements on one claim that count as one voice, and why.
type OriginGroup struct {
	Label      string // the declared origin, else empty: the earliest source names it
	Statements []*Statement
	Because    []string // why they are one, in words; empty for a single statement
}

// Earliest returns the group's first statement.
func (g *OriginGroup) Earliest() *Statement { return g.Statements[0] }

// Name returns the declared origin, or the earliest source's code name.
func (g *OriginGroup) Name() string {
	if g.Label != "" {
		return g.Label
	}
	return g.Earliest().Report.Source.CodeName.Reveal()
}

// Supports reports whether any statement of the group says what value says.
func (g *OriginGroup) Supports(v hearsay.Value) bool { return supports(g.Statements, v) }

func supports(statements []*Statement, v hearsay.Value) bool {
	return slices.ContainsFunc(statements, func(s *Statement) bool { return !s.denies && s.Value.Meets(v) })
}

// Reasons why two statements have one origin.
const (
	becauseDeclared  = "they name the same origin"
	becauseSource    = "the same source"
	becausePublished = "published without an origin: whatever is in print may go back to one"
	becauseRecord    = "whoever quotes a figure of this claim quotes its record"
	becauseText      = "the reports have equal or nearly equal text"
	becauseEditor    = "merged by an editor"
)

// origins sorts the statements on a claim into origin groups (DESIGN.md,
// "Weighing"): one speaks once. A declared origin joins all who name it. What
// was published without one shares one origin a claim. Where the claim names a
// record, whoever quotes quotes the record; only what somebody saw with their
// own eyes or inferred is theirs. Equal or nearly equal texts and an editor's
// merges join further.
func (b *Book) origins(c Claim, statements []*Statement) []*OriginGroup {
	set := newDisjoint(len(statements))
	first := map[string]int{}
	join := func(i int, key, why string) {
		if j, ok := first[key]; ok {
			set.join(i, j, why)
		} else {
			first[key] = i
		}
	}
	for i, s := range statements {
		switch {
		case s.Origin != "":
			join(i, "origin "+foldLabel(s.Origin), becauseDeclared)
		case s.quotes() && c.Record != "":
			join(i, "origin "+foldLabel(c.Record), becauseRecord)
		case s.Basis == "published":
			join(i, "published", becausePublished)
		default:
			join(i, "source "+Handle(s.Report.Source.ID), becauseSource)
		}
	}
	byReport := map[*Report][]int{}
	for i, s := range statements {
		for _, earlier := range s.Report.alike {
			for _, j := range byReport[earlier] {
				if set.find(i) != set.find(j) {
					set.join(i, j, becauseText)
				}
			}
		}
		byReport[s.Report] = append(byReport[s.Report], i)
	}
	for _, m := range b.mergeOrder {
		if m.Claim.Key != c.Key {
			continue
		}
		member := -1
		for i, s := range statements {
			if s.Address != m.Claim || !slices.Contains(m.Reports, s.Report) {
				continue
			}
			if member >= 0 {
				set.join(i, member, becauseEditor+": "+m.Why)
			}
			member = i
		}
	}
	return set.groups(statements)
}

// quotes reports whether the statement passes on what another said.
func (s *Statement) quotes() bool { return s.Basis != "seen" && s.Basis != "inferred" }

// foldLabel makes labels comparable that differ in case, spaces and hyphens.
func foldLabel(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return unicode.IsSpace(r) || r == '-' || r == '_'
	}), "-")
}

// disjoint is a union-find that remembers why it joined.
type disjoint struct {
	parent []int
	why    map[int][]string // by root
}

func newDisjoint(n int) *disjoint {
	d := &disjoint{parent: make([]int, n), why: map[int][]string{}}
	for i := range d.parent {
		d.parent[i] = i
	}
	return d
}

func (d *disjoint) find(i int) int {
	for d.parent[i] != i {
		d.parent[i] = d.parent[d.parent[i]]
		i = d.parent[i]
	}
	return i
}

// join keeps the smaller index as root, so that groups start with their
// earliest statement.
func (d *disjoint) join(i, j int, why string) {
	a, b := d.find(i), d.find(j)
	root, other := min(a, b), max(a, b)
	reasons := slices.Concat(d.why[root], d.why[other], []string{why})
	if root != other {
		d.parent[other] = root
		delete(d.why, other)
	}
	slices.Sort(reasons)
	d.why[root] = slices.Compact(reasons)
}

func (d *disjoint) groups(statements []*Statement) []*OriginGroup {
	var groups []*OriginGroup
	byRoot := map[int]*OriginGroup{}
	for i, s := range statements {
		root := d.find(i)
		g := byRoot[root]
		if g == nil {
			g = &OriginGroup{Because: d.why[root]}
			byRoot[root] = g
			groups = append(groups, g)
		}
		g.Statements = append(g.Statements, s)
		if g.Label == "" {
			g.Label = s.Origin
		}
	}
	return groups
}

// binding names the groups so that a signature can tell whether they changed.
func bindingOf(groups []*OriginGroup) []string {
	var names []string
	for _, g := range groups {
		var members []string
		for _, s := range g.Statements {
			members = append(members, Handle(s.Report.Source.ID)+" "+foldLabel(s.Origin))
		}
		slices.Sort(members)
		names = append(names, strings.Join(slices.Compact(members), ","))
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}
