package synth

import "hearsay/weigh"

// Made is one table drawn from a world, and all that the table does not tell.
type Made struct {
	Table *weigh.Table

	// Truth of kinds Classes and Open is as weigh.ScoreCandidates takes it, and
	// Number as weigh.ScoreNumbers does.
	Truth  []int32
	Number []float64

	Shares []float64     // of the values
	Hard   []float64     // of each item
	Group  []int         // of each source
	Skill  []float64     // of each source
	Rows   [][][]float64 // of each source, nil where it has a skill
	Copies []int32       // whom each source copies, -1 for nobody
	Origin []int32       // of each source: those who copy each other, or tell one lie, share one

	Copied []bool      // of each statement: it repeats another's, garbled or not
	Forced []bool      // of each statement: it was dictated
	Cuts   []weigh.Cut // who was turned, and when
}

// Without is the table but for the statements that leave names.
func (m *Made) Without(leave func(j int) bool) *weigh.Table {
	t := *m.Table
	t.Item, t.Source, t.Value, t.Low, t.High, t.Origin, t.Day = nil, nil, nil, nil, nil, nil, nil
	for j := range m.Table.Item {
		if leave(j) {
			continue
		}
		t.Item, t.Source = append(t.Item, m.Table.Item[j]), append(t.Source, m.Table.Source[j])
		t.Value, t.Low, t.High = also(t.Value, m.Table.Value, j), also(t.Low, m.Table.Low, j), also(t.High, m.Table.High, j)
		t.Origin, t.Day = also(t.Origin, m.Table.Origin, j), also(t.Day, m.Table.Day, j)
	}
	return &t
}

func also[T any](to, from []T, j int) []T {
	if from == nil {
		return nil
	}
	return append(to, from[j])
}
