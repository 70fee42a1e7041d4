package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"hearsay/weigh"
)

// collusion is a conspiracy put into a set with gold: sources agree on one
// false set of answers and repeat it. On an item the false answer is wrong with
// probability wrong and else the truth; of kind Classes a wrong one is any other
// class, of kind Open another candidate or, as likely as each, a value that
// nobody else gives. A colluder says another value than the agreed one with
// probability noise.
type collusion struct {
	share float64 // of all sources that collude
	wrong float64
	noise float64

	// added tells that colluders come on top, each speaking of the items of an
	// honest source drawn at random; else they take the place of honest ones,
	// which costs what those had said.
	added bool
}

// apply makes the world of one seed: a copy of s and which of its sources collude.
func (c collusion) apply(s *set, seed uint64) (*set, []bool) {
	chance := rand.New(rand.NewPCG(seed, 0x636f6c6c756465))
	t := *s.table
	t.Item, t.Source, t.Value = slices.Clone(t.Item), slices.Clone(t.Source), slices.Clone(t.Value)
	t.Candidates = slices.Clone(t.Candidates)

	agreed := make([]int32, t.Items)
	values := make([]int32, t.Items)
	for i := range agreed {
		values[i] = int32(t.Classes)
		if t.Kind == weigh.Open {
			values[i] = t.Candidates[i].Count
		}
		truth := s.truth[i]
		if truth < 0 || truth >= values[i] {
			truth = chance.Int32N(values[i])
		}
		agreed[i] = truth
		if chance.Float64() < c.wrong {
			if t.Kind == weigh.Open {
				values[i]++ // the value that nobody else gives
				t.Candidates[i].Count++
			}
			agreed[i] = another(chance, truth, values[i])
		}
	}

	said := make([][]int32, s.table.Sources)
	for _, row := range inOrder(s.table) {
		said[t.Source[row]] = append(said[t.Source[row]], row)
	}
	say := func(item int32) int32 {
		if chance.Float64() < c.noise && values[item] > 1 {
			return another(chance, agreed[item], values[item])
		}
		return agreed[item]
	}
	colluder := make([]bool, t.Sources)
	if c.added {
		for range int(math.Round(c.share / (1 - c.share) * float64(s.table.Sources))) {
			for _, row := range said[chance.IntN(len(said))] {
				t.Item, t.Source, t.Value = append(t.Item, t.Item[row]), append(t.Source, int32(t.Sources)), append(t.Value, say(t.Item[row]))
			}
			t.Sources++
			colluder = append(colluder, true)
		}
	} else {
		for _, source := range chance.Perm(t.Sources)[:int(math.Round(c.share*float64(t.Sources)))] {
			colluder[source] = true
			for _, row := range said[source] {
				t.Value[row] = say(t.Item[row])
			}
		}
	}
	return &set{name: s.name, table: &t, truth: s.truth}, colluder
}

// inOrder lists the statements of a table by item and source, so that a world
// does not depend on the order of a file.
func inOrder(t *weigh.Table) []int32 {
	rows := make([]int32, len(t.Item))
	for j := range rows {
		rows[j] = int32(j)
	}
	slices.SortFunc(rows, func(a, b int32) int {
		return cmp.Or(cmp.Compare(t.Item[a], t.Item[b]), cmp.Compare(t.Source[a], t.Source[b]))
	})
	return rows
}

// another draws a value below n that is not v.
func another(chance *rand.Rand, v, n int32) int32 {
	x := chance.Int32N(n - 1)
	if x >= v {
		x++
	}
	return x
}

// settled gives n items with gold, drawn at random, to the table of a copy and
// takes them out of its gold: they are labels, and no longer measured.
func (s *set) settled(n int, seed uint64) *set {
	chance := rand.New(rand.NewPCG(seed, 0x6c6162656c73))
	t := *s.table
	t.Settled = slices.Repeat([]int32{weigh.Unsettled}, t.Items)
	truth := slices.Clone(s.truth)
	for _, i := range chance.Perm(t.Items) {
		if n > 0 && truth[i] != weigh.Unsettled && int(truth[i]) < values(&t, i) {
			t.Settled[i], truth[i] = truth[i], weigh.Unsettled
			n--
		}
	}
	return &set{name: s.name, table: &t, truth: truth}
}

// values counts the values that an item of kind Classes or Open may have.
func values(t *weigh.Table, i int) int {
	if t.Kind == weigh.Classes {
		return t.Classes
	}
	return int(t.Candidates[i].Count)
}

// colludedSets are those that conspiracies are put into.
var colludedSets = strings.Fields("possent dog rte face zc_in flights sp_amt ms")

// printCollusion prints how right a model is where sources collude: the mean and
// the least accuracy over seeds, without labels and with 20, beside that on
// the clean set and that of the same worlds without looking for origins. In
// brackets is how many worlds the model calls ambiguous.
func printCollusion(ctx context.Context, w io.Writer, folder string, model weigh.Model, seeds int) (*collusionFigures, error) {
	f := &collusionFigures{sets: len(colludedSets)}
	accuracy := func(m weigh.Model, s *set) (float64, bool, error) {
		r, err := m.Weigh(ctx, s.table, weigh.Options{})
		if err != nil {
			return 0, false, err
		}
		return weigh.ScoreCandidates(r.Verdicts, s.truth).Accuracy, r.Ambiguous, nil
	}
	for _, added := range []bool{true, false} {
		for _, noise := range []float64{0.05, 0.3} {
			for _, share := range []float64{0.1, 0.2, 0.3, 0.45} {
				c := collusion{share: share, wrong: 0.8, noise: noise, added: added}
				fmt.Fprintf(w, "%.0f %% of sources collude, %.0f %% own noise, %s\n", 100*share, 100*noise, map[bool]string{true: "beside the honest", false: "in place of honest ones"}[added])
				for _, name := range colludedSets {
					kind, blind := weigh.Classes, weigh.Model(weigh.Anchored{})
					if name == "flights" {
						kind, blind = weigh.Open, weigh.OneAccuracy{}
					}
					clean, err := readSet(filepath.Join(folder, name), kind)
					if err != nil {
						return nil, err
					}
					var without, with, labelled spreadOf
					for seed := range uint64(seeds) {
						world, _ := c.apply(clean, seed)
						for _, x := range []struct {
							into  *spreadOf
							model weigh.Model
							world *set
						}{{&without, blind, world}, {&with, model, world}, {&labelled, model, world.settled(20, seed)}} {
							a, ambiguous, err := accuracy(x.model, x.world)
							if err != nil {
								return nil, err
							}
							x.into.add(a, ambiguous)
						}
					}
					a, _, err := accuracy(model, clean)
					if err != nil {
						return nil, err
					}
					fmt.Fprintf(w, "  %-8s clean %.3f  without %v  with %v  20 labels %v\n", name, a, &without, &with, &labelled)
					f.add(c, name, a, &without, &with, &labelled)
				}
			}
		}
	}
	_, err := fmt.Fprintln(w, f)
	return f, err
}

// collusionFigures sum up what collusion costs where colluders come beside the
// honest ones.
type collusionFigures struct {
	sets int

	// Of so many sets 45 % colluders cost mostLost at most against the clean set: with
	// 5 % own noise, the same with 20 labels, and with 30 % own noise.
	kept, keptLabelled, keptNoisy int

	// worst is the greatest loss against not looking for origins, where at most 30 %
	// collude and not every world of the set is called ambiguous; where tells of what.
	worst float64
	where string
}

// mostLost is up to how much a set may lose that counts as kept.
const mostLost = .03

func (f *collusionFigures) add(c collusion, name string, clean float64, without, with, labelled *spreadOf) {
	if !c.added {
		return
	}
	if c.share < .4 {
		if loss := without.mean() - with.mean(); loss > f.worst && float64(with.ambiguous) < with.n {
			f.worst, f.where = loss, fmt.Sprintf("%s, %.0f %% with %.0f %% noise", name, 100*c.share, 100*c.noise)
		}
		return
	}
	one := func(into *int, s *spreadOf) {
		if clean-s.mean() <= mostLost {
			*into++
		}
	}
	if c.noise > .2 {
		one(&f.keptNoisy, with)
		return
	}
	one(&f.kept, with)
	one(&f.keptLabelled, labelled)
}

func (f *collusionFigures) String() string {
	return fmt.Sprintf("45 %% beside the honest cost at most %.2f on %d of %d sets, with 20 labels on %d, with 30 %% own noise on %d; up to 30 %% cost, against no origins, %.3f at most unless all is called ambiguous (%s)",
		mostLost, f.kept, f.sets, f.keptLabelled, f.keptNoisy, f.worst, f.where)
}

func (s *spreadOf) mean() float64 { return s.sum / s.n }

// spreadOf is the mean and the least of some accuracies.
type spreadOf struct {
	n, sum, least float64
	ambiguous     int
}

func (s *spreadOf) add(x float64, ambiguous bool) {
	if s.n == 0 || x < s.least {
		s.least = x
	}
	s.n++
	s.sum += x
	if ambiguous {
		s.ambiguous++
	}
}

func (s *spreadOf) String() string {
	return fmt.Sprintf("%.3f least %.3f (%d)", s.mean(), s.least, s.ambiguous)
}
