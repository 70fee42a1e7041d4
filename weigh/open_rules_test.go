package weigh_test

import (
	"math"
	"math/bits"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh"
)

// drawRows draws small tables of every shape that Check lets pass.
func drawRows(t *rapid.T) (sources int, items []weigh.Candidates, rows []statement) {
	sources = rapid.IntRange(1, 6).Draw(t, "sources")
	for range rapid.IntRange(1, 4).Draw(t, "items") {
		items = append(items, weigh.Candidates{Count: int32(rapid.IntRange(1, 4).Draw(t, "candidates")), Else: rapid.Bool().Draw(t, "else")})
	}
	for range rapid.IntRange(0, 14).Draw(t, "statements") {
		item := rapid.IntRange(0, len(items)-1).Draw(t, "item")
		s := statement{
			item: int32(item), source: int32(rapid.IntRange(0, sources-1).Draw(t, "source")),
			origin: int32(rapid.IntRange(-1, 9).Draw(t, "origin")), denies: rapid.IntRange(0, 3).Draw(t, "denies") == 0,
		}
		s.other = s.denies && items[item].Else
		least := 1
		if s.other {
			least = 0
		}
		s.values = rapid.SliceOfNDistinct(rapid.Int32Range(0, items[item].Count-1), least, int(items[item].Count), rapid.ID[int32]).Draw(t, "values")
		slices.Sort(s.values)
		rows = append(rows, s)
	}
	return sources, items, rows
}

func weighRows(t *rapid.T, sources int, items []weigh.Candidates, rows []statement) *weigh.Result {
	r, err := weigh.OneAccuracy{}.Weigh(t.Context(), openTable(sources, items, rows...), corroborated)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// found is what a result says, without what it keeps to explain it.
func found(r *weigh.Result) any { return []any{r.Verdicts, r.Sources, r.Iterations} }

// rounding is how far probabilities may be apart that are the same: sums are
// in another order. settling is how far where rounds of estimation end apart.
const (
	rounding = 1e-9
	settling = 1e-5
)

func TestOneAccuracyKeepsRules(t *testing.T) {
	for name, rule := range map[string]func(*rapid.T){
		"probabilities are probabilities": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			r := weighRows(t, sources, items, rows)
			for i, v := range r.Verdicts {
				sum := 0.0
				for _, x := range v.P {
					if !(x >= 0 && x <= 1) {
						t.Fatalf("item %d: P %v", i, v.P)
					}
					sum += x
				}
				if sum > 1+rounding || !items[i].Else && sum < 1-rounding {
					t.Fatalf("item %d: P %v sum to %v", i, v.P, sum)
				}
			}
			for s, x := range r.Sources {
				if !(0 < x.Low && x.Low <= x.P && x.P <= x.High && x.High < 1) {
					t.Fatalf("source %d: %+v", s, x)
				}
			}
		},
		"the order of statements does not matter, nor the number of workers, to the bit": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			a := weighRows(t, sources, items, rows)
			opt := corroborated
			opt.Workers = rapid.IntRange(1, 3).Draw(t, "workers")
			b, err := weigh.OneAccuracy{}.Weigh(t.Context(), openTable(sources, items, rapid.Permutation(rows).Draw(t, "order")...), opt)
			if err != nil || !reflect.DeepEqual(found(a), found(b)) {
				t.Fatalf("%+v\n%+v, %v", a, b, err)
			}
		},
		"who is called what does not matter": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			a := weighRows(t, sources, items, rows)
			numbers := func(n int) (all []int32) {
				for i := range n {
					all = append(all, int32(i))
				}
				return all
			}
			newItem := rapid.Permutation(numbers(len(items))).Draw(t, "items")
			newSource := rapid.Permutation(numbers(sources)).Draw(t, "sources")
			newOrigin := rapid.Permutation(numbers(10)).Draw(t, "origins")
			itemsThen := make([]weigh.Candidates, len(items))
			for i, it := range items {
				itemsThen[newItem[i]] = it
			}
			rowsThen := slices.Clone(rows)
			for j := range rowsThen {
				s := &rowsThen[j]
				s.item, s.source = newItem[s.item], newSource[s.source]
				if s.origin != weigh.NoOrigin {
					s.origin = newOrigin[s.origin]
				}
			}
			b := weighRows(t, sources, itemsThen, rowsThen)
			for i, v := range a.Verdicts {
				for k, x := range v.P {
					if y := b.Verdicts[newItem[i]].P[k]; math.Abs(x-y) > settling {
						t.Fatalf("item %d, value %d: %v under one name, %v under another", i, k, x, y)
					}
				}
			}
			for s, x := range a.Sources {
				if y := b.Sources[newSource[s]]; math.Abs(x.P-y.P) > settling {
					t.Fatalf("source %d: %v under one name, %v under another", s, x, y)
				}
			}
		},
		"a silent source has no effect": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			a, b := weighRows(t, sources, items, rows), weighRows(t, sources+1, items, rows)
			if !reflect.DeepEqual(a.Verdicts, b.Verdicts) || !slices.Equal(a.Sources, b.Sources[:sources]) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		},
		"what is taken out and put back leaves no trace": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			if len(rows) == 0 {
				return
			}
			a := weighRows(t, sources, items, rows)
			out := rapid.IntRange(0, len(rows)-1).Draw(t, "out")
			less := slices.Delete(slices.Clone(rows), out, out+1)
			weighRows(t, sources, items, less)
			if b := weighRows(t, sources, items, append(less, rows[out])); !reflect.DeepEqual(found(a), found(b)) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		},
		"one more independent supporter never lowers P": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			item := rapid.IntRange(0, len(items)-1).Draw(t, "supported")
			before := weighRows(t, sources, items, rows).Verdicts[item]
			if before.Top < 0 {
				return
			}
			rows = append(rows, on(int32(item), int32(sources), int32(before.Top)))
			after := weighRows(t, sources+1, items, rows).Verdicts[item]
			if after.P[before.Top] < before.P[before.Top]-settling {
				t.Fatalf("P of the answer fell from %v to %v", before.P[before.Top], after.P[before.Top])
			}
			if after.Top == before.Top && after.Support < before.Support+1 {
				t.Fatalf("%v origins before, %v after", before.Support, after.Support)
			}
		},
		"one more copy by somebody new never raises P, nor the count of origins": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			if len(rows) == 0 {
				return
			}
			// Who repeats a source says where it has it from: without a declared origin
			// it would be independent.
			at := rapid.IntRange(0, len(rows)-1).Draw(t, "copied")
			if rows[at].origin == weigh.NoOrigin {
				for j := range rows {
					if j != at && rows[j].item == rows[at].item && rows[j].source == rows[at].source && rows[j].origin == weigh.NoOrigin {
						rows[j].origin = 10
					}
				}
				rows[at].origin = 10
			}
			s := rows[at]
			before := weighRows(t, sources, items, rows)
			s.source = int32(sources)
			after := weighRows(t, sources+1, items, append(rows, s))
			if was, is := mass(before, s), mass(after, s); is > was+settling {
				t.Fatalf("P of what was copied rose from %v to %v", was, is)
			}
			if b, a := before.Verdicts[s.item], after.Verdicts[s.item]; a.Top == b.Top && a.Support != b.Support {
				t.Fatalf("%v origins before, %v after", b.Support, a.Support)
			}
		},
		"P and fragility are what counting by hand gives": func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			r := weighRows(t, sources, items, rows)
			for i, v := range r.Verdicts {
				checkOpenByHand(t, items[i], int32(i), rows, r.Sources, v)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { rapid.Check(t, rule) })
	}
}

func mass(r *weigh.Result, s statement) float64 {
	sum, rest := 0.0, 1.0
	for k, x := range r.Verdicts[s.item].P {
		rest -= x
		if slices.Contains(s.values, int32(k)) {
			sum += x
		}
	}
	if s.other {
		sum += rest
	}
	return sum
}

// checkOpenByHand counts an item out from the reliabilities: every alternative,
// and every set of origins that could fall silent.
func checkOpenByHand(t *rapid.T, it weigh.Candidates, item int32, rows []statement, sources []weigh.Reliability, v weigh.Verdict) {
	var origins []int32 // those declared, and below zero every other source's own
	for _, s := range rows {
		if s.item == item && !slices.Contains(origins, originOf(s)) {
			origins = append(origins, originOf(s))
		}
	}
	full := openByHand(it, item, rows, sources, origins)
	for k := range v.P {
		if math.Abs(v.P[k]-full.P[k]) > settling {
			t.Fatalf("item %d: P %v, by hand %v", item, v.P, full.P)
		}
	}
	if v.Top != full.Top && math.Abs(v.P[v.Top]-v.P[full.Top]) > settling {
		t.Fatalf("item %d: top %d, by hand %d", item, v.Top, full.Top)
	}
	if v.Top != full.Top {
		return // by hand, in another order, two that are equal are not
	}
	if v.Support != full.Support {
		t.Fatalf("item %d: support %v, by hand %v", item, v.Support, full.Support)
	}
	if full.Top < 0 {
		if v.Fragility != 0 {
			t.Fatalf("item %d: fragility %d of no answer", item, v.Fragility)
		}
		return
	}
	stands := func(v weigh.Verdict) bool {
		return v.Top >= 0 && v.Support >= float64(corroborated.MinOrigins) && v.P[v.Top] >= corroborated.MinP
	}
	fewest := len(origins)
	for set := 1; set < 1<<len(origins); set++ {
		if bits.OnesCount(uint(set)) >= fewest {
			continue
		}
		var speaking []int32
		for i, o := range origins {
			if set>>i&1 == 0 {
				speaking = append(speaking, o)
			}
		}
		if left := openByHand(it, item, rows, sources, speaking); left.Top != full.Top || stands(full) && !stands(left) {
			fewest = bits.OnesCount(uint(set))
		}
	}
	if v.Fragility != fewest {
		t.Fatalf("item %d: fragility %d, by hand %d", item, v.Fragility, fewest)
	}
}

func originOf(s statement) int32 {
	if s.origin == weigh.NoOrigin {
		return -1 - s.source
	}
	return s.origin
}

// openByHand is the model as its comment tells it, without any of its economies.
func openByHand(it weigh.Candidates, item int32, rows []statement, sources []weigh.Reliability, speaking []int32) weigh.Verdict {
	n := int(it.Count)
	if it.Else {
		n++
	}
	allows := func(s statement, k int) bool {
		return slices.Contains(s.values, int32(k)) || k == int(it.Count) && s.other
	}
	v := weigh.Verdict{Top: -1, P: make([]float64, it.Count)}
	score, asserted := make([]float64, n), make([]float64, n)
	for _, origin := range speaking {
		var things []statement
		var least []float64
		for _, s := range rows {
			if s.item != item || originOf(s) != origin {
				continue
			}
			at := slices.IndexFunc(things, func(o statement) bool { return o.denies == s.denies && slices.Equal(o.values, s.values) })
			if at < 0 {
				things, least = append(things, s), append(least, sources[s.source].P)
			} else {
				least[at] = min(least[at], sources[s.source].P)
			}
		}
		puts := make([]bool, n)
		for i, s := range things {
			wrong := 0
			for k := range n {
				if !allows(s, k) {
					wrong++
				}
			}
			for k := range n {
				if !allows(s, k) {
					score[k] += math.Log((1-least[i])/float64(wrong)) / float64(len(things))
				} else if puts[k] = puts[k] || !s.denies; wrong > 0 {
					score[k] += math.Log(least[i]) / float64(len(things))
				}
			}
		}
		for k, put := range puts {
			if put {
				asserted[k]++
			}
		}
	}
	sum := 0.0
	for _, x := range score {
		sum += math.Exp(x)
	}
	for k := range v.P {
		v.P[k] = math.Exp(score[k]) / sum
		if asserted[k] > 0 && (v.Top < 0 || v.P[k] > v.P[v.Top]+1e-9) {
			v.Top, v.Support = k, asserted[k]
		}
	}
	return v
}
