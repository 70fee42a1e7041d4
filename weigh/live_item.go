package weigh

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// alternatives counts what the truth may be, of so many named candidates.
func (it *liveItem) alternatives(named int32) int {
	if it.open {
		return int(named) + 1
	}
	return int(named)
}

// named counts the candidates.
func (it *liveItem) named() int {
	if it.open {
		return len(it.q) - 1
	}
	return len(it.q)
}

// Add takes one statement more and returns what the item's verdict is with it,
// as far as can be told before Settle. One that stands already changes nothing.
// It takes time in proportion to the statements on the item. Items, sources and,
// of kind Open, candidates that were not there before come into being, the items
// with something else among what may be true; memory is for the largest index.
func (l *Live) Add(s Statement) (Verdict, error) {
	if err := l.check(s); err != nil {
		return Verdict{}, err
	}
	l.growSources(int(s.Source) + 1)
	l.growItems(int(s.Item) + 1)
	it := &l.items[s.Item]
	v := it.statement(s)
	at, found := slices.BinarySearchFunc(it.said, v, it.compare)
	if found {
		return l.Verdict(s.Item), nil
	}
	l.count(it, -1)
	it.said = slices.Insert(it.said, at, v)
	l.resize(it)
	l.divide(it)
	l.count(it, 1)
	l.rest[s.Source].on = append(l.rest[s.Source].on, s.Item)
	l.statements++
	l.changed++
	l.settleItem(s.Item)
	return l.Verdict(s.Item), nil
}

// Remove takes a statement out and returns the item's verdict without it. What
// it then holds is as if it had never been added.
func (l *Live) Remove(s Statement) (Verdict, error) {
	if err := l.check(s); err != nil {
		return Verdict{}, err
	}
	if int(s.Item) >= len(l.items) {
		return Verdict{}, fmt.Errorf("item %d: %w", s.Item, ErrStatement)
	}
	it := &l.items[s.Item]
	v := it.statement(s)
	at, found := slices.BinarySearchFunc(it.said, v, it.compare)
	if !found {
		it.forget(v.value)
		return Verdict{}, fmt.Errorf("item %d does not have it: %w", s.Item, ErrStatement)
	}
	l.count(it, -1)
	it.said = slices.Delete(it.said, at, at+1)
	it.forget(v.value)
	l.resize(it)
	l.divide(it)
	l.count(it, 1)
	on := l.rest[s.Source].on
	j := slices.Index(on, s.Item)
	on[j] = on[len(on)-1]
	l.rest[s.Source].on = on[:len(on)-1]
	l.statements--
	l.changed++
	l.refresh(s.Source)
	l.awaitFirst(s.Source)
	l.settleItem(s.Item)
	return l.Verdict(s.Item), nil
}

func (l *Live) check(s Statement) error {
	bad := func(what string) error {
		return fmt.Errorf("of item %d, %s: %w", s.Item, what, ErrStatement)
	}
	open, named := l.kind == Open, int32(math.MaxInt32)
	if l.kind == Classes {
		named = int32(l.classes)
	} else if s.Item >= 0 && int(s.Item) < len(l.items) {
		open = l.items[s.Item].open
	}
	switch {
	case s.Item < 0 || s.Source < 0 || s.Origin < NoOrigin || s.Item == math.MaxInt32 || s.Source == math.MaxInt32:
		return bad("an index is out of range")
	case s.Value >= named:
		return bad("it has no such value")
	case s.Value >= 0:
		return nil
	case len(s.Set.Values) == 0 && !s.Set.Else || s.Set.Else && !open:
		return bad("it allows no value, or one that the item cannot have")
	}
	last := int32(-1)
	for _, v := range s.Set.Values {
		if v <= last || v >= named {
			return bad("its values are out of order or range")
		}
		last = v
	}
	return nil
}

// compare orders the statements on an item by origin, what is said and source.
func (it *liveItem) compare(a, b liveStatement) int {
	if c := it.compareOrigin(a, b); c != 0 {
		return c
	}
	if a.value >= 0 || b.value >= 0 {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.source, b.source))
	}
	return cmp.Or(compareSets(it.sets[^a.value], it.sets[^b.value]), cmp.Compare(a.source, b.source))
}

// compareOrigin orders statements by where they come from. A source without a
// declared origin is its own.
func (it *liveItem) compareOrigin(a, b liveStatement) int {
	if c := cmp.Compare(a.origin, b.origin); c != 0 || a.origin != NoOrigin {
		return c
	}
	return cmp.Compare(a.source, b.source)
}

// statement is what an item keeps of one.
func (it *liveItem) statement(s Statement) liveStatement {
	v := liveStatement{source: s.Source, value: s.Value, origin: s.Origin}
	if s.Value < 0 {
		v.value = it.keep(s.Set)
	}
	return v
}

// keep returns the value that stands for a set.
func (it *liveItem) keep(s Set) int32 {
	at := slices.IndexFunc(it.sets, func(x Set) bool { return compareSets(x, s) == 0 })
	if at < 0 {
		at = len(it.sets)
		s.Values = slices.Clone(s.Values)
		it.sets = append(it.sets, s)
	}
	return ^int32(at)
}

// forget drops the set that a value stands for, where nobody says it any more.
func (it *liveItem) forget(value int32) {
	if value >= 0 || slices.ContainsFunc(it.said, func(v liveStatement) bool { return v.value == value }) {
		return
	}
	last := ^int32(len(it.sets) - 1)
	it.sets[^value] = it.sets[^last]
	it.sets = it.sets[:^last]
	for j := range it.said {
		if it.said[j].value == last {
			it.said[j].value = value
		}
	}
}

// divide gives the voices on an item and their members what they count; see
// openVoices.divide.
func (l *Live) divide(it *liveItem) {
	telling, shared := 0, false // shared: a source may be behind several voices
	for from := 0; from < len(it.said); {
		to, voices, tells := from, 0, false
		for ; to < len(it.said) && it.compareOrigin(it.said[to], it.said[from]) == 0; to++ {
			v := &it.said[to]
			tells = tells || it.excluded(v.value) > 0
			w := l.independence(it, v)
			v.weight = 0
			if to == from || v.value != it.said[to-1].value {
				v.supports = w
				voices++
				continue
			}
			head := to - 1
			for head > from && it.said[head-1].value == v.value {
				head--
			}
			it.said[head].supports = max(it.said[head].supports, w)
		}
		for j := from; j < to; j++ {
			if v := &it.said[j]; j == from || v.value != it.said[j-1].value {
				v.weight = v.supports / float32(voices)
			}
		}
		shared = shared || voices > 1 || it.said[from].origin != NoOrigin
		if tells {
			telling++
		}
		from = to
	}
	for j := range it.said {
		v := &it.said[j]
		v.share = 0
		if (telling > 1 || it.settled != Unsettled) && it.excluded(v.value) > 0 {
			v.share = 1
		}
	}
	if !shared {
		return
	}
	for j := range it.said {
		l.behind[it.said[j].source]++
	}
	for j := range it.said {
		it.said[j].share /= l.behind[it.said[j].source]
	}
	for j := range it.said {
		l.behind[it.said[j].source] = 0
	}
}

// independence is what a statement counts beside those of its source's group that
// say the same.
func (l *Live) independence(it *liveItem, v *liveStatement) float32 {
	group := l.groupOf(v.source)
	if group < 0 {
		return 1
	}
	n := 0
	for j := range it.said {
		if o := &it.said[j]; o.value == v.value && l.groupOf(o.source) == group {
			n++
		}
	}
	return 1 / float32(n)
}

// groupOf is below zero for a source that stands alone.
func (l *Live) groupOf(source int32) int32 {
	if int(source) < len(l.group) {
		return l.group[source]
	}
	return -1
}

// resize makes room for the candidates that are declared or named, and only
// those. Where their number changes, the item starts even.
func (l *Live) resize(it *liveItem) {
	named := it.declared
	for _, v := range it.said {
		named = max(named, v.value+1)
		if v.value < 0 {
			if s := it.sets[^v.value].Values; len(s) > 0 {
				named = max(named, s[len(s)-1]+1)
			}
		}
	}
	n := it.alternatives(named)
	if n == len(it.q) {
		return
	}
	shown := make([]float32, n)
	copy(shown[:min(int(named), it.named())], it.shown)
	if it.open {
		shown[n-1] = it.shown[len(it.shown)-1]
	}
	it.q, it.shown = make([]float64, n), shown
	for k := range it.q {
		it.q[k] = 1 / float64(n)
	}
	for len(l.logs) < n {
		l.logs = append(l.logs, 0)
	}
}

func (l *Live) growItems(n int) {
	for len(l.items) < n {
		it := liveItem{settled: Unsettled, open: l.kind == Open}
		if l.kind == Classes {
			it.declared = int32(l.classes)
		}
		k := it.alternatives(it.declared)
		it.q, it.shown = make([]float64, k), make([]float32, k)
		for j := range it.q {
			it.q[j], it.shown[j] = 1/float64(k), 1/float32(k)
		}
		for len(l.logs) < k {
			l.logs = append(l.logs, 0)
		}
		l.items = append(l.items, it)
		l.level, l.marked = append(l.level, 0), append(l.marked, false)
	}
}

func (l *Live) growSources(n int) {
	for len(l.hot) < n {
		l.hot = append(l.hot, hotSource{waiting: -1})
		l.rest, l.behind = append(l.rest, coldSource{}), append(l.behind, 0)
		l.refresh(int32(len(l.hot) - 1))
		l.rest[len(l.rest)-1].unsent = [levels]float32{} // it has no item yet
	}
}

// Verdict is what stands of an item now.
func (l *Live) Verdict(item int32) Verdict {
	it, t := &l.items[item], &l.tally
	l.evidence(it, &t.evidence)
	q := make([]float64, len(it.q))
	r := Verdict{P: q[:it.named():it.named()], Top: t.count(-1), Other: -1}
	t.probabilities(q)
	if r.Top >= 0 {
		r.Support = t.support[r.Top]
		r.Fragility = t.fragility(r.Top, q, l.opt)
	}
	return r
}

// evidence is what the origins that speak of an item add; see additive.
func (l *Live) evidence(it *liveItem, e *evidence) {
	e.reset(it.named(), len(it.q))
	e.settled = it.settled
	mixed := false
	for j := 0; j < len(it.said); {
		v := &it.said[j]
		x, next := l.tells(it, j)
		if v.value >= 0 {
			e.add(v.value, x, v.supports)
		} else {
			s, asserts := &it.sets[^v.value], v.supports
			if s.Denies {
				asserts = 0
			}
			for _, k := range s.Values {
				e.add(k, x, asserts)
			}
			if s.Else {
				e.add(int32(len(it.q)-1), x, 0)
			}
		}
		if next == len(it.said) || it.compareOrigin(*v, it.said[next]) != 0 {
			e.end(mixed)
			mixed = false
		} else {
			mixed = true
		}
		j = next
	}
}

// Reliability is what stands of a source now.
func (l *Live) Reliability(source int32) Reliability {
	r := Reliability{Statements: len(l.rest[source].on), Group: int(source)}
	r.setBeta(l.record(source))
	return r
}

// Table gives the statements as they stand, by item.
func (l *Live) Table() *Table {
	t := &Table{Kind: l.kind, Sources: len(l.hot), Items: len(l.items), Classes: l.classes}
	t.Item, t.Source = make([]int32, 0, l.statements), make([]int32, 0, l.statements)
	t.Value, t.Origin = make([]int32, 0, l.statements), make([]int32, 0, l.statements)
	for i := range l.items {
		it := &l.items[i]
		if l.kind == Open {
			t.Candidates = append(t.Candidates, Candidates{Count: int32(it.named()), Else: it.open})
		}
		t.Settled = append(t.Settled, it.settled)
		for _, v := range it.said {
			t.Item, t.Source, t.Origin = append(t.Item, int32(i)), append(t.Source, v.source), append(t.Origin, v.origin)
			if v.value < 0 {
				t.Sets = append(t.Sets, it.sets[^v.value])
				v.value = ^int32(len(t.Sets) - 1)
			}
			t.Value = append(t.Value, v.value)
		}
	}
	return t
}

// show notes what an item's probabilities are when they are told.
func (it *liveItem) show() {
	for k, x := range it.q {
		it.shown[k] = float32(x)
	}
}

// hasNews tells whether a probability has moved since it was last shown.
func (it *liveItem) hasNews() bool {
	for k, x := range it.q {
		if math.Abs(x-float64(it.shown[k])) > newsFrom {
			return true
		}
	}
	return false
}
