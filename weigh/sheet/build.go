package sheet

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"

	"hearsay/weigh"
)

// build makes the table of what was collected. Names are sorted first: what
// comes after sees no order of rows but within columns.
func (c *reader) build(ctx context.Context) (*Sheet, error) {
	s := c.sheet
	kind, err := c.kind()
	if err != nil {
		return nil, err
	}
	settled, err := c.settled(kind)
	if err != nil {
		return nil, err
	}
	declared, err := c.declared()
	if err != nil {
		return nil, err
	}
	s.Sources, s.Items, s.values = c.sources, c.items, c.values
	t := &weigh.Table{Kind: kind, Sources: c.sources.Len(), Items: c.items.Len()}
	s.Table = t
	itemRank, sourceRank := c.items.sort(), c.sources.sort()
	t.Item, t.Source = c.item.take(itemRank), c.source.take(sourceRank)
	t.Value = c.value.take(nil)
	if c.column[colTime] >= 0 {
		t.Day = c.day.take(nil)
	}
	declared.apply(c, t, itemRank, sourceRank)
	if settled != nil {
		sorted := make([]int32, len(settled))
		for i, v := range settled {
			sorted[itemRank[i]] = v
		}
		settled = sorted
	}
	if c.opt.Kind == 0 && c.onlyNumbers() {
		c.dropNotFinite()
	}
	c.cut()
	if t.Day != nil {
		s.replace()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch kind {
	case weigh.Classes:
		if err := s.classes(settled); err != nil {
			return nil, err
		}
	case weigh.Open:
		s.open(settled)
		if c.opt.Hierarchy != nil {
			s.widen(c.opt.Hierarchy)
		}
	case weigh.Number:
		s.numbers(settled)
	}
	return s, ctx.Err()
}

// kind tells what the values are, as the package's doc has it.
func (c *reader) kind() (weigh.Kind, error) {
	guess, values := c.sheet.Guessed, c.values.Len()
	kind := c.opt.Kind
	switch {
	case kind == weigh.Number, kind == weigh.Open:
		return kind, nil
	case values == 0:
		return weigh.Open, nil // where nobody says anything there is no class either
	case kind == weigh.Classes:
		return kind, nil
	case c.opt.Hierarchy != nil:
		return weigh.Open, nil
	}
	if c.onlyNumbers() {
		if c.firstNotFinite != nil && !c.opt.SkipBad {
			return 0, c.firstNotFinite
		}
		values = guess.Numbers
	}
	switch {
	case values >= 2 && values <= mostClasses && values <= c.items.Len():
		return weigh.Classes, nil
	case values > mostClasses && c.onlyNumbers():
		return weigh.Number, nil
	}
	return weigh.Open, nil
}

// onlyNumbers tells whether all values are numbers, but for what is not finite.
func (c *reader) onlyNumbers() bool {
	return c.sheet.Guessed.FirstWord == 0 && c.sheet.Guessed.Numbers > 0
}

// dropNotFinite leaves out, of a table that turned out to be of numbers, what is
// not finite.
func (c *reader) dropNotFinite() {
	t := c.sheet.Table
	if c.firstNotFinite == nil {
		return
	}
	dropped := keepRows(t, func(j int) bool { return c.readings[t.Value[j]] == isNumber })
	if dropped > 0 {
		c.sheet.skip(NotFinite, dropped, c.firstNotFinite.Line)
		c.sheet.Rows -= dropped
	}
}

// cut takes out what sources say from the days of their cuts on.
func (c *reader) cut() {
	s, t := c.sheet, c.sheet.Table
	from := map[int32]int32{}
	for _, cut := range c.opt.Cuts {
		i, ok := s.Sources.Find(cut.Source)
		if !ok {
			continue
		}
		if day, twice := from[i]; !twice || cut.Day < day {
			from[i] = cut.Day
		}
	}
	if len(from) == 0 {
		return
	}
	s.CutOff = keepRows(t, func(j int) bool {
		day, isCut := from[t.Source[j]]
		return !isCut || t.Day != nil && t.Day[j] != Undated && t.Day[j] < day
	})
}

// keepRows leaves out the statements that are not kept, and counts them.
func keepRows(t *weigh.Table, keep func(j int) bool) (dropped int) {
	n := 0
	for j := range t.Item {
		if !keep(j) {
			continue
		}
		t.Item[n], t.Source[n], t.Value[n] = t.Item[j], t.Source[j], t.Value[j]
		if t.Day != nil {
			t.Day[n] = t.Day[j]
		}
		if t.Origin != nil {
			t.Origin[n] = t.Origin[j]
		}
		n++
	}
	dropped = len(t.Item) - n
	t.Item, t.Source, t.Value = t.Item[:n], t.Source[:n], t.Value[:n]
	if t.Day != nil {
		t.Day = t.Day[:n]
	}
	if t.Origin != nil {
		t.Origin = t.Origin[:n]
	}
	return dropped
}

// replace leaves out what the same source later says otherwise of the same item.
func (s *Sheet) replace() {
	t := s.Table
	first, rows := s.ByItem()
	gone := make([]bool, len(rows))
	for i := range t.Items {
		said := rows[first[i]:first[i+1]]
		slices.SortFunc(said, func(a, b int32) int {
			return cmp.Or(cmp.Compare(t.Source[a], t.Source[b]), cmp.Compare(t.Day[b], t.Day[a]))
		})
		latest := 0
		for j, row := range said {
			if t.Source[row] != t.Source[said[latest]] {
				latest = j
			}
			gone[row] = t.Day[row] < t.Day[said[latest]]
		}
	}
	s.Replaced = keepRows(t, func(j int) bool { return !gone[j] })
}

// ByItem lists the statements on item i as rows[first[i]:first[i+1]].
func (s *Sheet) ByItem() (first, rows []int32) {
	t := s.Table
	first, rows = make([]int32, t.Items+1), make([]int32, len(t.Item))
	for _, i := range t.Item {
		first[i+1]++
	}
	for i := range t.Items {
		first[i+1] += first[i]
	}
	next := slices.Clone(first[:t.Items])
	for j, i := range t.Item {
		rows[next[i]] = int32(j)
		next[i]++
	}
	return first, rows
}

// classes numbers the values that are left in the order of their bytes.
func (s *Sheet) classes(settled []int32) error {
	t := s.Table
	used, number := newNames(), make([]int32, s.values.Len())
	for v := range number {
		number[v] = noValue
	}
	columns := [][]int32{t.Value, settled}
	for _, column := range columns {
		for _, v := range column {
			if v != noValue && number[v] == noValue {
				var err error
				if number[v], _, err = used.add(s.values.at(v)); err != nil {
					return err
				}
			}
		}
	}
	rank := used.sort()
	for _, column := range columns {
		for j, v := range column {
			if v != noValue {
				column[j] = rank[number[v]]
			}
		}
	}
	s.values, t.Classes, t.Settled = used, max(1, used.Len()), settled
	return nil
}

// open gives every item the values that are said of it as its candidates, in the
// order of their bytes, and what it is settled on.
func (s *Sheet) open(settled []int32) {
	t := s.Table
	s.values.slots = nil
	_, rows := s.ByItem()
	s.first = make([]int32, t.Items+1)
	s.candidate = make([]int32, 0, len(rows))
	t.Candidates = make([]weigh.Candidates, t.Items)
	number := make([]int32, s.values.Len()) // of a value among those of the item; 0 while it is not
	at := 0
	for i := range t.Items {
		begin := len(s.candidate)
		meet := func(v int32) {
			if number[v] == 0 {
				number[v] = 1
				s.candidate = append(s.candidate, v)
			}
		}
		end := at
		for ; end < len(rows) && t.Item[rows[end]] == int32(i); end++ {
			meet(t.Value[rows[end]])
		}
		if settled != nil && settled[i] != noValue {
			meet(settled[i])
		}
		own := s.candidate[begin:]
		slices.SortFunc(own, func(a, b int32) int { return bytes.Compare(s.values.at(a), s.values.at(b)) })
		for k, v := range own {
			number[v] = int32(k)
		}
		for ; at < end; at++ {
			t.Value[rows[at]] = number[t.Value[rows[at]]]
		}
		if settled != nil && settled[i] != noValue {
			settled[i] = number[settled[i]]
		}
		for _, v := range own {
			number[v] = 0
		}
		t.Candidates[i] = weigh.Candidates{Count: int32(len(own)), Else: true}
		s.first[i+1] = int32(len(s.candidate))
	}
	t.Settled = settled
}

// numbers turns values into bounds. Where all are exact one column serves as both.
func (s *Sheet) numbers(settled []int32) {
	t := s.Table
	of := make([]bounds, s.values.Len())
	exact := true
	for v := range of {
		of[v], _ = parseNumber(s.values.At(int32(v)))
		exact = exact && of[v].low == of[v].high
	}
	s.values = nil
	t.Low = make([]float64, len(t.Value))
	for j, v := range t.Value {
		t.Low[j] = of[v].low
	}
	if t.High = t.Low; !exact {
		t.High = make([]float64, len(t.Value))
		for j, v := range t.Value {
			t.High[j] = of[v].high
		}
	}
	t.Value = nil
	if settled == nil {
		return
	}
	t.SettledNumber = make([]float64, len(settled))
	for i, v := range settled {
		if t.SettledNumber[i] = math.NaN(); v != noValue {
			t.SettledNumber[i] = of[v].low
		}
	}
}

// Value returns the text of an item's candidate or class.
func (s *Sheet) Value(item, candidate int) string {
	if s.Table.Kind == weigh.Open {
		return s.values.At(s.candidate[int(s.first[item])+candidate])
	}
	return s.values.At(int32(candidate))
}

// find returns the candidate or class of an item that a text names.
func (s *Sheet) find(item int32, value string) (candidate int32, ok bool) {
	if s.Table.Kind == weigh.Classes {
		return s.values.Find(value)
	}
	own := s.candidate[s.first[item]:s.first[item+1]]
	at, ok := slices.BinarySearchFunc(own, value, func(v int32, value string) int { return bytes.Compare(s.values.at(v), []byte(value)) })
	return int32(at), ok
}
