package sheet

import (
	"context"
	"io"
	"math"

	"hearsay/weigh"
)

// Answer is what an item is known to have: a row of a gold file or of settled
// items.
type Answer struct {
	Item, Value string
	Line        int
}

// ReadAnswers reads a table of the columns item and value.
func ReadAnswers(ctx context.Context, r io.Reader) ([]Answer, error) {
	rows, err := openRows(r, "item value")
	if err != nil {
		return nil, err
	}
	var all []Answer
	values := map[string]string{}
	for {
		if err := rows.next(ctx); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		item, value := string(rows.get(0)), string(rows.get(1))
		switch known, twice := values[item]; {
		case item == "":
			return nil, rows.refuseColumn(NoItem, 0)
		case value == "":
			return nil, rows.refuseColumn(NoValue, 1)
		case twice && known != value:
			return nil, rows.refuseColumn(TwoAnswers, 1)
		case !twice:
			values[item] = value
			all = append(all, Answer{item, value, rows.line})
		}
	}
}

// Declared is where a source has things from; all, where it names no item.
type Declared struct{ Source, Item, Origin string }

// ReadLinks reads a table of the columns source, origin and perhaps item.
func ReadLinks(ctx context.Context, r io.Reader) ([]Declared, error) {
	rows, err := openRows(r, "source origin ?item")
	if err != nil {
		return nil, err
	}
	var all []Declared
	for {
		if err := rows.next(ctx); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		d := Declared{string(rows.get(0)), string(rows.get(2)), string(rows.get(1))}
		switch {
		case d.Source == "":
			return nil, rows.refuseColumn(NoSource, 0)
		case d.Origin == "":
			return nil, rows.refuseColumn(NoOrigin, 1)
		}
		all = append(all, d)
	}
}

// settled returns the value of every item that labels settle, nil without any.
// A label's value counts as one of the table.
func (c *reader) settled(kind weigh.Kind) ([]int32, error) {
	if len(c.opt.Labels) == 0 {
		return nil, nil
	}
	settled := make([]int32, c.items.Len())
	for i := range settled {
		settled[i] = noValue
	}
	for _, label := range c.opt.Labels {
		i, ok := c.items.Find(label.Item)
		if !ok {
			c.sheet.UnmetLabels++
			continue
		}
		if kind == weigh.Number {
			if x, reading := parseNumber(label.Value); reading != isNumber || x.low != x.high {
				return nil, &RowError{label.Line, 1, NotExact}
			}
		}
		v, _, err := c.values.add([]byte(label.Value))
		if err != nil {
			return nil, err
		}
		settled[i] = v
	}
	return settled, nil
}

// origins are the declared ones, by the indices of names before they are sorted.
type origins struct {
	ofSource map[int32]int32
	ofPair   map[[2]int32]int32 // source and item
}

func (c *reader) declared() (origins, error) {
	o := origins{map[int32]int32{}, map[[2]int32]int32{}}
	for _, d := range c.opt.Links {
		origin, _, err := c.origins.add([]byte(d.Origin))
		if err != nil {
			return o, err
		}
		source, met := c.sources.Find(d.Source)
		item, metItem := c.items.Find(d.Item)
		switch {
		case !met || d.Item != "" && !metItem:
			c.sheet.UnmetLinks++
		case d.Item == "":
			o.ofSource[source] = origin
		default:
			o.ofPair[[2]int32{source, item}] = origin
		}
	}
	return o, nil
}

// apply fills the column of origins: what a row declares, else what a link
// declares of the source on the item, else of the source.
func (o origins) apply(c *reader, t *weigh.Table, itemRank, sourceRank []int32) {
	rank := c.origins.sort()
	if c.column[colOrigin] >= 0 {
		t.Origin = c.origin.take(rank)
	}
	if len(o.ofSource)+len(o.ofPair) == 0 {
		return
	}
	if t.Origin == nil {
		t.Origin = make([]int32, len(t.Item))
		for j := range t.Origin {
			t.Origin[j] = weigh.NoOrigin
		}
	}
	ofSource := map[int32]int32{}
	for source, origin := range o.ofSource {
		ofSource[sourceRank[source]] = rank[origin]
	}
	ofPair := map[[2]int32]int32{}
	for pair, origin := range o.ofPair {
		ofPair[[2]int32{sourceRank[pair[0]], itemRank[pair[1]]}] = rank[origin]
	}
	for j, origin := range t.Origin {
		if origin != weigh.NoOrigin {
			continue
		}
		if declared, ok := ofPair[[2]int32{t.Source[j], t.Item[j]}]; ok {
			t.Origin[j] = declared
		} else if declared, ok := ofSource[t.Source[j]]; ok {
			t.Origin[j] = declared
		}
	}
}

// Unnamed is the truth of an item whose true value nobody names.
const Unnamed = math.MaxInt32

// Truth is what answers say of the items of a sheet, as weigh's scores want it,
// truth or, of kind Number, number. Items that it does not have are passed over.
func (s *Sheet) Truth(answers []Answer) (truth []int32, number []float64, err error) {
	if s.Table.Kind == weigh.Number {
		number = make([]float64, s.Table.Items)
		for i := range number {
			number[i] = math.NaN()
		}
	} else {
		truth = make([]int32, s.Table.Items)
		for i := range truth {
			truth[i] = weigh.Unsettled
		}
	}
	for _, a := range answers {
		i, ok := s.Items.Find(a.Item)
		if !ok {
			continue
		}
		if number != nil {
			x, reading := parseNumber(a.Value)
			if reading != isNumber || x.low != x.high {
				return nil, nil, &RowError{a.Line, 1, NotExact}
			}
			number[i] = x.low
		} else if truth[i], ok = s.find(i, a.Value); !ok {
			truth[i] = Unnamed
		}
	}
	return truth, number, nil
}
