package sheet

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"hearsay/weigh"
)

// Options say how to read a table. The zero value is of use.
type Options struct {
	Kind    weigh.Kind // of the values; 0 lets the table say
	SkipBad bool       // leave out and count rows that are refused

	Labels    []Answer   // items whose value is settled
	Links     []Declared // where sources have things from; what a row declares itself goes first
	Hierarchy *Hierarchy // which values are parts of others; not of kind Number
	Cuts      []Cut

	Progress func(rows int) // where not nil, called now and then
}

// Cut is a day from which on nothing counts that a source says; undated
// statements of it do not count either.
type Cut struct {
	Source string
	Day    int32 // as Day reads it
}

// Undated is the day of a statement without one, before all others.
const Undated = math.MinInt32

// Sheet is a table that was read, and the names that belong to its indices.
type Sheet struct {
	Table          *weigh.Table
	Sources, Items *Names // in the order of their bytes

	Rows     int   // below the first that were read and not refused
	Unknown  int   // of these, that leave the value empty: the source does not know
	Replaced int   // that a later statement of the source replaced
	CutOff   int   // that a cut takes out
	Bad      []Bad // that were refused, in the order in which each reason was first met
	Unread   []string

	// Guessed tells what the kind was told by, where Options did not say it.
	Guessed Guess

	// UnmetLabels and UnmetLinks count those that speak of nothing in the table.
	UnmetLabels, UnmetLinks int

	values    *Names
	first     []int32 // kind Open: the candidates of item i are those from first[i] to first[i+1]
	candidate []int32 // their values
}

// Guess is what the values of a table look like.
type Guess struct {
	Values    int // different ones
	Numbers   int // of these
	FirstWord int // the line of the first that is no number, 0 for none
}

// mostClasses is how many different values a table may have to be taken for one
// of classes that all items share (WEIGH.md: more are open).
const mostClasses = 12

const noValue = -1

// reader collects rows until the kind is known.
type reader struct {
	*rows
	opt Options

	sources, items, values, origins *Names
	source, item, value             column // of statements, by the indices of names
	day, origin                     column // empty where the table has no such column

	readings       []reading // of values
	firstNotFinite *RowError
	sheet          *Sheet
}

const (
	colSource = iota
	colItem
	colValue
	colTime
	colOrigin
)

// Read reads a table. It returns a *RowError for the first row that is refused
// unless opt.SkipBad, ErrHeader for what is no table at all, ErrLarge for one
// that is too large, and what reading or ctx failed with.
func Read(ctx context.Context, r io.Reader, opt Options) (*Sheet, error) {
	if opt.Hierarchy != nil && opt.Kind != 0 && opt.Kind != weigh.Open {
		return nil, ErrHierarchyKind
	}
	rows, err := openRows(r, "source item value ?time ?origin")
	if err != nil {
		return nil, err
	}
	c := &reader{
		rows: rows, opt: opt, sources: newNames(), items: newNames(), values: newNames(), origins: newNames(),
		sheet: &Sheet{Unread: rows.unread},
	}
	for {
		err := c.rows.next(ctx)
		if err == nil {
			err = c.take()
		}
		if err == io.EOF {
			break
		}
		var bad *RowError
		if errors.As(err, &bad) && opt.SkipBad {
			c.sheet.skip(bad.Why, 1, bad.Line)
			continue
		}
		if err != nil {
			return nil, err
		}
		if opt.Progress != nil && c.count%(1<<16) == 0 {
			opt.Progress(c.count)
		}
	}
	return c.build(ctx)
}

func (s *Sheet) skip(why *Why, rows, line int) {
	at := slices.IndexFunc(s.Bad, func(b Bad) bool { return b.Why == why })
	if at < 0 {
		s.Bad = append(s.Bad, Bad{why, 0, line})
		at = len(s.Bad) - 1
	}
	s.Bad[at].Rows += rows
}

// take keeps a row that was cut.
func (c *reader) take() error {
	source, item, value := c.get(colSource), c.get(colItem), c.get(colValue)
	switch {
	case len(source) == 0:
		return c.refuseColumn(NoSource, colSource)
	case len(item) == 0:
		return c.refuseColumn(NoItem, colItem)
	}
	day := int32(Undated)
	if text := c.get(colTime); len(text) > 0 {
		var ok bool
		if day, ok = Day(string(text)); !ok {
			return c.refuseColumn(NotDay, colTime)
		}
	}
	v := int32(noValue)
	if len(value) > 0 {
		var err error
		if v, err = c.addValue(value); err != nil {
			return err
		}
	}
	i, _, err := c.items.add(item)
	if err != nil {
		return err
	}
	s, _, err := c.sources.add(source)
	if err != nil {
		return err
	}
	c.sheet.Rows++
	if v == noValue {
		c.sheet.Unknown++
		return nil
	}
	if c.source.n == math.MaxInt32 {
		return ErrLarge
	}
	c.source.append(s)
	c.item.append(i)
	c.value.append(v)
	if c.column[colTime] >= 0 {
		c.day.append(day)
	}
	if c.column[colOrigin] >= 0 {
		origin := weigh.NoOrigin
		if text := c.get(colOrigin); len(text) > 0 {
			if origin, _, err = c.origins.add(text); err != nil {
				return err
			}
		}
		c.origin.append(origin)
	}
	return nil
}

// addValue keeps a value, and what it is as a number where that matters.
func (c *reader) addValue(text []byte) (int32, error) {
	v, isNew, err := c.values.add(text)
	if err != nil {
		return 0, err
	}
	if isNew && (c.opt.Kind == 0 || c.opt.Kind == weigh.Number) {
		_, kind := parseNumber(string(text))
		c.readings = append(c.readings, kind)
		c.sheet.Guessed.Values++
		switch kind {
		case isNumber:
			c.sheet.Guessed.Numbers++
		case isWord:
			if c.sheet.Guessed.FirstWord == 0 {
				c.sheet.Guessed.FirstWord = c.line
			}
		case isNotFinite:
			if c.firstNotFinite == nil {
				c.firstNotFinite = c.refuseColumn(NotFinite, colValue)
			}
		}
	}
	if c.opt.Kind == weigh.Number && c.readings[v] != isNumber {
		if c.readings[v] == isWord {
			return 0, c.refuseColumn(NotNumber, colValue)
		}
		return 0, c.refuseColumn(NotFinite, colValue)
	}
	return v, nil
}

// column is a column that grows without being copied.
type column struct {
	blocks [][]int32
	n      int
}

const columnBlock = 1 << 16

func (c *column) append(x int32) {
	if c.n%columnBlock == 0 {
		c.blocks = append(c.blocks, make([]int32, 0, columnBlock))
	}
	last := &c.blocks[len(c.blocks)-1]
	*last = append(*last, x)
	c.n++
}

// take moves the column into one piece, and lets each block go as it is copied.
// rank, where not nil, maps what is in it, but for what is below zero.
func (c *column) take(rank []int32) []int32 {
	all := make([]int32, 0, c.n)
	for b, block := range c.blocks {
		for _, x := range block {
			if rank != nil && x >= 0 {
				x = rank[x]
			}
			all = append(all, x)
		}
		c.blocks[b] = nil
	}
	return all
}
