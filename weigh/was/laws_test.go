package was_test

import (
	"cmp"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh/was"
)

// problems draws small problems of every shape that Check lets pass.
func problems(t *rapid.T) was.Problem {
	p := was.Problem{Sources: rapid.IntRange(1, 6).Draw(t, "sources")}
	for range rapid.IntRange(1, 4).Draw(t, "items") {
		p.Items = append(p.Items, was.Item{Candidates: rapid.IntRange(1, 4).Draw(t, "candidates"), Open: rapid.Bool().Draw(t, "open")})
	}
	n := rapid.IntRange(0, 14).Draw(t, "statements")
	for range n {
		item := rapid.IntRange(0, len(p.Items)-1).Draw(t, "item")
		p.Statements = append(p.Statements, statementOn(t, p, item, n))
	}
	return p
}

func statementOn(t *rapid.T, p was.Problem, item, origins int) was.Statement {
	s := was.Statement{
		Item: item, Source: rapid.IntRange(0, p.Sources-1).Draw(t, "source"),
		Origin: rapid.IntRange(0, origins-1).Draw(t, "origin"), Denies: rapid.IntRange(0, 3).Draw(t, "denies") == 0,
	}
	least := 1
	if s.Denies && p.Items[item].Open {
		least = 0
	}
	s.Values = rapid.SliceOfNDistinct(rapid.IntRange(0, p.Items[item].Candidates-1), least, p.Items[item].Candidates, rapid.ID[int]).Draw(t, "values")
	slices.Sort(s.Values)
	return s
}

func weighedBy(t *rapid.T, p was.Problem) was.Result {
	r, err := was.DefaultOneCoin.Weigh(t.Context(), p, corroborated)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const tiny = 1e-9

func near(a, b float64) bool { return math.Abs(a-b) <= tiny }

func TestLaws(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"probabilities are probabilities": func(t *rapid.T) {
			p := problems(t)
			r := weighedBy(t, p)
			for i, v := range r.Verdicts {
				sum := 0.0
				for _, x := range v.P {
					if !(x >= 0 && x <= 1) {
						t.Fatalf("item %d: P %v", i, v.P)
					}
					sum += x
				}
				if sum > 1+tiny || !p.Items[i].Open && !near(sum, 1) {
					t.Fatalf("item %d: P %v sum to %v", i, v.P, sum)
				}
			}
			for s, x := range r.Reliability {
				if !(x > 0 && x < 1) {
					t.Fatalf("source %d: reliability %v", s, x)
				}
			}
		},
		"equal problems give equal bits": func(t *rapid.T) {
			p := problems(t)
			if a, b := weighedBy(t, p), weighedBy(t, p); !reflect.DeepEqual(a, b) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		},
		"the order of statements does not matter, to the bit": func(t *rapid.T) {
			p := problems(t)
			a := weighedBy(t, p)
			p.Statements = rapid.Permutation(p.Statements).Draw(t, "order")
			if b := weighedBy(t, p); !reflect.DeepEqual(a, b) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		},
		"who is called what does not matter": func(t *rapid.T) {
			p := problems(t)
			a := weighedBy(t, p)
			identity := func(n int) (all []int) {
				for i := range n {
					all = append(all, i)
				}
				return all
			}
			items := rapid.Permutation(identity(len(p.Items))).Draw(t, "items")
			sources := rapid.Permutation(identity(p.Sources)).Draw(t, "sources")
			origins := rapid.Permutation(identity(len(p.Statements))).Draw(t, "origins")
			renamed := was.Problem{Items: make([]was.Item, len(p.Items)), Sources: p.Sources}
			for i, it := range p.Items {
				renamed.Items[items[i]] = it
			}
			for _, s := range p.Statements {
				s.Item, s.Source, s.Origin = items[s.Item], sources[s.Source], origins[s.Origin]
				renamed.Statements = append(renamed.Statements, s)
			}
			b := weighedBy(t, renamed)
			for i, v := range a.Verdicts {
				for k, x := range v.P {
					if !near(x, b.Verdicts[items[i]].P[k]) {
						t.Fatalf("item %d, value %d: %v under one name, %v under another", i, k, x, b.Verdicts[items[i]].P[k])
					}
				}
			}
			for s, x := range a.Reliability {
				if !near(x, b.Reliability[sources[s]]) {
					t.Fatalf("source %d: %v under one name, %v under another", s, x, b.Reliability[sources[s]])
				}
			}
		},
		"a silent source has no effect": func(t *rapid.T) {
			p := problems(t)
			a := weighedBy(t, p)
			p.Sources++
			b := weighedBy(t, p)
			if !reflect.DeepEqual(a.Verdicts, b.Verdicts) || !slices.Equal(a.Reliability, b.Reliability[:len(a.Reliability)]) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		},
		"what is taken out and put back leaves no trace": func(t *rapid.T) {
			p := problems(t)
			if len(p.Statements) == 0 {
				return
			}
			a := weighedBy(t, p)
			out := rapid.IntRange(0, len(p.Statements)-1).Draw(t, "out")
			less := p
			less.Statements = slices.Delete(slices.Clone(p.Statements), out, out+1)
			for i := range less.Statements { // origins count from 0 below their number
				less.Statements[i].Origin %= len(less.Statements)
			}
			weighedBy(t, less)
			p.Statements = append(slices.Delete(slices.Clone(p.Statements), out, out+1), p.Statements[out])
			if b := weighedBy(t, p); !reflect.DeepEqual(a, b) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		},
		"one more independent supporter never lowers P": func(t *rapid.T) {
			p := problems(t)
			item := rapid.IntRange(0, len(p.Items)-1).Draw(t, "supported")
			before := weighedBy(t, p).Verdicts[item]
			if before.Top < 0 {
				return
			}
			p.Statements = append(p.Statements, was.Statement{Item: item, Source: p.Sources, Origin: len(p.Statements), Values: []int{before.Top}})
			p.Sources++
			after := weighedBy(t, p).Verdicts[item]
			if after.P[before.Top] < before.P[before.Top]-tiny {
				t.Fatalf("P of the answer fell from %v to %v", before.P[before.Top], after.P[before.Top])
			}
			if len(after.Origins) < len(before.Origins)+1 {
				t.Fatalf("%d origins before, %d after", len(before.Origins), len(after.Origins))
			}
		},
		"one more copy by somebody new never raises P, nor the count of origins": func(t *rapid.T) {
			p := problems(t)
			if len(p.Statements) == 0 {
				return
			}
			s := p.Statements[rapid.IntRange(0, len(p.Statements)-1).Draw(t, "copied")]
			before := weighedBy(t, p)
			s.Source = p.Sources
			p.Sources++
			p.Statements = append(p.Statements, s)
			after := weighedBy(t, p)
			if was, is := mass(before, p, s), mass(after, p, s); is > was+tiny {
				t.Fatalf("P of what was copied rose from %v to %v", was, is)
			}
			b, a := before.Verdicts[s.Item], after.Verdicts[s.Item]
			if a.Top == b.Top && !slices.Equal(a.Origins, b.Origins) {
				t.Fatalf("origins %v before, %v after", b.Origins, a.Origins)
			}
		},
		"P and fragility are what counting by hand gives": func(t *rapid.T) {
			p := problems(t)
			r := weighedBy(t, p)
			for i, v := range r.Verdicts {
				checkByHand(t, p, r.Reliability, i, v, false)
			}
		},
	}
	for name, law := range laws {
		t.Run(name, func(t *testing.T) { rapid.Check(t, law) })
	}
}

func mass(r was.Result, p was.Problem, s was.Statement) float64 {
	sum, rest := 0.0, 1.0
	for k, x := range r.Verdicts[s.Item].P {
		rest -= x
		if slices.Contains(s.Values, k) {
			sum += x
		}
	}
	if s.Denies && p.Items[s.Item].Open {
		sum += rest
	}
	return sum
}

// checkByHand counts an item out from the reliabilities: every alternative, and
// every set of origins that could fall silent.
func checkByHand(t interface{ Fatalf(string, ...any) }, p was.Problem, reliability []float64, item int, v was.Verdict, bound bool) {
	var origins []int
	for _, s := range p.Statements {
		if s.Item == item && !slices.Contains(origins, s.Origin) {
			origins = append(origins, s.Origin)
		}
	}
	slices.Sort(origins)
	full := byHand(p, reliability, item, origins)
	for k := range v.P {
		if !near(v.P[k], full.P[k]) {
			t.Fatalf("item %d: P %v, by hand %v", item, v.P, full.P)
		}
	}
	if v.Top != full.Top || !slices.Equal(v.Origins, full.Origins) {
		t.Fatalf("item %d: top %d by %v, by hand %d by %v", item, v.Top, v.Origins, full.Top, full.Origins)
	}
	if full.Top < 0 {
		if v.Fragility != 0 {
			t.Fatalf("item %d: fragility %d of no answer", item, v.Fragility)
		}
		return
	}
	stands := func(v was.Verdict) bool {
		return v.Top >= 0 && len(v.Origins) >= corroborated.MinOrigins && v.P[v.Top] >= corroborated.MinP
	}
	fewest := len(origins)
	for set := 1; set < 1<<len(origins); set++ {
		if bits.OnesCount(uint(set)) >= fewest {
			continue
		}
		var speaking []int
		for i, o := range origins {
			if set>>i&1 == 0 {
				speaking = append(speaking, o)
			}
		}
		if left := byHand(p, reliability, item, speaking); left.Top != full.Top || stands(full) && !stands(left) {
			fewest = bits.OnesCount(uint(set))
		}
	}
	if v.Fragility != fewest && !(bound && v.Fragility > fewest) {
		t.Fatalf("item %d: fragility %d, by hand %d", item, v.Fragility, fewest)
	}
}

// byHand is the model as its comment tells it, without any of its economies.
func byHand(p was.Problem, reliability []float64, item int, speaking []int) was.Verdict {
	it := p.Items[item]
	n := it.Candidates
	if it.Open {
		n++
	}
	allows := func(s was.Statement, k int) bool {
		return slices.Contains(s.Values, k) || k == it.Candidates && s.Denies
	}
	same := func(a, b was.Statement) bool { return a.Denies == b.Denies && slices.Equal(a.Values, b.Values) }
	v := was.Verdict{Top: -1, P: make([]float64, it.Candidates)}
	weight := make([]float64, n)
	asserted := make([]bool, n)
	for _, origin := range speaking {
		var things []was.Statement
		var least []float64
		for _, s := range p.Statements {
			if s.Item != item || s.Origin != origin {
				continue
			}
			at := slices.IndexFunc(things, func(o was.Statement) bool { return same(o, s) })
			if at < 0 {
				things, least = append(things, s), append(least, reliability[s.Source])
			} else {
				least[at] = min(least[at], reliability[s.Source])
			}
		}
		for i, s := range things {
			wrong := 0
			for k := range n {
				if !allows(s, k) {
					wrong++
				}
			}
			for k := range n {
				if allows(s, k) {
					asserted[k] = asserted[k] || !s.Denies
					if wrong > 0 {
						weight[k] += math.Log(least[i]) / float64(len(things))
					}
				} else {
					weight[k] += math.Log((1-least[i])/float64(wrong)) / float64(len(things))
				}
			}
		}
	}
	sum := 0.0
	for k := range n {
		sum += math.Exp(weight[k])
	}
	for k := range v.P {
		v.P[k] = math.Exp(weight[k]) / sum
		if asserted[k] && (v.Top < 0 || v.P[k] > v.P[v.Top]+1e-12) {
			v.Top = k
		}
	}
	for _, s := range p.Statements {
		if v.Top >= 0 && s.Item == item && slices.Contains(speaking, s.Origin) && !s.Denies && allows(s, v.Top) && !slices.Contains(v.Origins, s.Origin) {
			v.Origins = append(v.Origins, s.Origin)
		}
	}
	slices.Sort(v.Origins)
	return v
}

// TestFragilityOfMany holds fragility to counting by hand where there are too
// many origins to try every set of them.
func TestFragilityOfMany(t *testing.T) {
	t.Run("it is exact where many say few different things", func(t *testing.T) {
		p := was.Problem{Items: []was.Item{{Candidates: 3}, {Candidates: 2}, {Candidates: 2}}, Sources: 15}
		for s := range 15 { // unlike records, from the two items beside
			right := cmp.Compare(s%3, 1) + 1
			p.Statements = append(p.Statements,
				was.Statement{Item: 1, Source: s, Origin: s, Values: []int{min(right, 1)}},
				was.Statement{Item: 2, Source: s, Origin: s, Values: []int{s % 2}})
		}
		for s, values := range [][]int{{0}, {0}, {0}, {0}, {0}, {0}, {0, 1}, {0, 1}, {0, 1}, {0, 2}, {0, 2}, {1}, {1}, {2}, {0}} {
			p.Statements = append(p.Statements, was.Statement{Item: 0, Source: s, Origin: s, Values: values})
		}
		r := weighed(t, p)
		checkByHand(t, p, r.Reliability, 0, r.Verdicts[0], false)
	})
	t.Run("it is never too low where many say many different things", func(t *testing.T) {
		p := was.Problem{Items: []was.Item{{Candidates: 5}}, Sources: 15}
		for s := range 15 {
			values := []int{0}
			for k := 1; k < 5; k++ {
				if s>>(k-1)&1 == 1 {
					values = append(values, k)
				}
			}
			p.Statements = append(p.Statements, says(s, values...))
		}
		r := weighed(t, p)
		checkByHand(t, p, r.Reliability, 0, r.Verdicts[0], true)
	})
}
