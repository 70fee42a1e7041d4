package was_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"hearsay/weigh/was"
)

// corroborated is what DESIGN.md asks of a claim before it is corroborated.
var corroborated = was.Options{MinOrigins: 2, MinP: .80}

func weighed(t testing.TB, p was.Problem) was.Result {
	t.Helper()
	r, err := was.DefaultOneCoin.Weigh(t.Context(), p, corroborated)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says is a statement on item 0 that only its source knows.
func says(source int, values ...int) was.Statement {
	return was.Statement{Source: source, Origin: source, Values: values}
}

// repeats is says under another's origin.
func repeats(source, origin int, values ...int) was.Statement {
	return was.Statement{Source: source, Origin: origin, Values: values}
}

// denies is the statement that the truth is another than some; values are the
// candidates that it leaves.
func denies(source int, values ...int) was.Statement {
	return was.Statement{Source: source, Origin: source, Values: values, Denies: true}
}

func TestVerdict(t *testing.T) {
	yesNo, three, number := was.Item{Candidates: 2}, was.Item{Candidates: 3}, was.Item{Candidates: 1, Open: true}
	for _, tt := range []struct {
		name      string
		item      was.Item
		said      []was.Statement
		top       int
		p         float64 // of top, to the third figure
		origins   []int
		fragility int
	}{
		{"nobody speaks", yesNo, nil, -1, 0, nil, 0},
		{"one voice is worth what the prior says", yesNo, []was.Statement{says(0, 1)}, 1, .75, []int{0}, 1},
		{"two who agree reach corroborated", yesNo, []was.Statement{says(0, 1), says(1, 1)}, 1, .917, []int{0, 1}, 1},
		{"three reach the P of verified, and any may fall", yesNo, []was.Statement{says(0, 1), says(1, 1), says(2, 1)}, 1, .976, []int{0, 1, 2}, 2},
		{"two against one falls with either", yesNo, []was.Statement{says(0, 1), says(1, 1), says(2, 0)}, 1, .816, []int{0, 1}, 1},
		{"one against one is even, and the first of equals is named", yesNo, []was.Statement{says(0, 1), says(1, 0)}, 0, .5, []int{1}, 1},
		{"ten who pass on one rumour are one voice", yesNo, []was.Statement{
			says(0, 1), repeats(1, 0, 1), repeats(2, 0, 1), repeats(3, 0, 1), repeats(4, 0, 1),
			repeats(5, 0, 1), repeats(6, 0, 1), repeats(7, 0, 1), repeats(8, 0, 1), repeats(9, 0, 1),
		}, 1, .75, []int{0}, 1},
		{"an origin that says two things lends each half its voice", yesNo, []was.Statement{says(0, 0), says(0, 1)}, 0, .5, []int{0}, 1},
		{"a source said twice to say it says it once", yesNo, []was.Statement{says(0, 1), says(0, 1)}, 1, .75, []int{0}, 1},
		{"what nobody named keeps its share of an open item", number, []was.Statement{says(0, 0)}, 0, .75, []int{0}, 1},
		{"a denial alone names no value", three, []was.Statement{denies(0, 0, 1)}, -1, 0, nil, 0},
		{"a denial of all that is named leaves what nobody named", number, []was.Statement{says(0, 0), denies(1)}, 0, .5, []int{0}, 1},
		{"a denial of a rival is no voice for the answer", three, []was.Statement{says(0, 0), denies(1, 0, 1)}, 0, .830, []int{0}, 1},
		{"a denial of something else tells nothing of an open item", number, []was.Statement{says(0, 0), denies(1, 0)}, 0, .75, []int{0}, 1},
		{"a bound stands with every value inside it", was.Item{Candidates: 3}, []was.Statement{says(0, 0), says(1, 0, 1)}, 0, .830, []int{0, 1}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := was.Problem{Items: []was.Item{tt.item}, Sources: 10, Statements: tt.said}
			v := weighed(t, p).Verdicts[0]
			if v.Top != tt.top || !slices.Equal(v.Origins, tt.origins) || v.Fragility != tt.fragility {
				t.Errorf("top %d, origins %v, fragility %d; want %d, %v, %d", v.Top, v.Origins, v.Fragility, tt.top, tt.origins, tt.fragility)
			}
			if v.Top >= 0 && math.Abs(v.P[v.Top]-tt.p) > .0005 {
				t.Errorf("P %.4f, want %.3f", v.P[v.Top], tt.p)
			}
		})
	}
}

func TestReliability(t *testing.T) {
	prior := was.DefaultOneCoin.Right / (was.DefaultOneCoin.Right + was.DefaultOneCoin.Wrong)
	yesNo := was.Item{Candidates: 2}
	t.Run("whoever speaks alone proves nothing by it, however often", func(t *testing.T) {
		p := was.Problem{Sources: 2}
		for i := range 200 {
			p.Items = append(p.Items, yesNo)
			p.Statements = append(p.Statements, was.Statement{Item: i, Values: []int{0}}, was.Statement{Item: i, Source: 1, Values: []int{0}})
		}
		r := weighed(t, p)
		if r.Reliability[0] != prior || r.Reliability[1] != prior || !r.Converged {
			t.Errorf("reliability %v after %d rounds, want the prior", r.Reliability, r.Iterations)
		}
	})
	t.Run("a denial that excludes nothing named proves nothing", func(t *testing.T) {
		r := weighed(t, was.Problem{Items: []was.Item{{Candidates: 1, Open: true}}, Sources: 2, Statements: []was.Statement{says(0, 0), denies(1, 0)}})
		if r.Reliability[1] != prior || r.Reliability[0] != prior {
			t.Errorf("reliability %v, want the prior", r.Reliability)
		}
	})
	t.Run("agreement raises, contradiction lowers, and it carries to other items", func(t *testing.T) {
		p := was.Problem{Sources: 4}
		for i := range 6 {
			p.Items = append(p.Items, yesNo)
			for s := range 3 {
				p.Statements = append(p.Statements, was.Statement{Item: i, Source: s, Origin: s, Values: []int{0}})
			}
			p.Statements = append(p.Statements, was.Statement{Item: i, Source: 3, Origin: 3, Values: []int{1}})
		}
		p.Items = append(p.Items, yesNo, yesNo)
		p.Statements = append(p.Statements, was.Statement{Item: 6, Source: 0, Values: []int{0}}, was.Statement{Item: 7, Source: 3, Values: []int{0}})
		r := weighed(t, p)
		if !(r.Reliability[0] > .85 && r.Reliability[3] < .5) {
			t.Errorf("reliability %v", r.Reliability)
		}
		if sure, known := r.Verdicts[6].P[0], r.Verdicts[7].P[0]; sure < .85 || known > .5 {
			t.Errorf("the good source alone is worth %.2f, the bad one %.2f", sure, known)
		}
	})
	t.Run("a rumour is no firmer for being passed on by the reliable", func(t *testing.T) {
		p := was.Problem{Sources: 4}
		for i := range 6 { // source 1 earns trust
			p.Items = append(p.Items, yesNo)
			for s := 1; s < 4; s++ {
				p.Statements = append(p.Statements, was.Statement{Item: i, Source: s, Origin: s, Values: []int{0}})
			}
		}
		p.Items = append(p.Items, yesNo)
		p.Statements = append(p.Statements, was.Statement{Item: 6, Source: 0, Values: []int{0}})
		alone := weighed(t, p).Verdicts[6].P[0]
		p.Statements = append(p.Statements, was.Statement{Item: 6, Source: 1, Values: []int{0}})
		if with := weighed(t, p).Verdicts[6].P[0]; with > alone {
			t.Errorf("P went from %.3f to %.3f", alone, with)
		}
	})
}

func TestFragility(t *testing.T) {
	many := func(n int, values ...int) (said []was.Statement) {
		for s := range n {
			said = append(said, says(s, values...))
		}
		return said
	}
	t.Run("twenty who agree fall under corroborated when all but one are silent", func(t *testing.T) {
		v := weighed(t, was.Problem{Items: []was.Item{{Candidates: 2}}, Sources: 20, Statements: many(20, 1)}).Verdicts[0]
		if v.Fragility != 19 {
			t.Errorf("fragility %d, want 19", v.Fragility)
		}
	})
	t.Run("what only one asserts falls with it, however many deny the rivals", func(t *testing.T) {
		p := was.Problem{Items: []was.Item{{Candidates: 4}}, Sources: 20, Statements: []was.Statement{says(0, 0)}}
		for s := 1; s < 20; s++ {
			p.Statements = append(p.Statements, denies(s, 0, 1, 2))
		}
		v := weighed(t, p).Verdicts[0]
		if v.Fragility != 1 || !slices.Equal(v.Origins, []int{0}) {
			t.Errorf("fragility %d, origins %v", v.Fragility, v.Origins)
		}
	})
}

// TestFragilityOfAContradiction: who is known to err holds up what they
// contradict, so that their silence counts too.
func TestFragilityOfAContradiction(t *testing.T) {
	const liar = 20
	p := was.Problem{Items: []was.Item{{Candidates: 2}}, Sources: 24, Statements: []was.Statement{says(liar, 0)}}
	for s := range liar {
		p.Statements = append(p.Statements, says(s, s%2))
	}
	for i := 1; i <= 1200; i++ {
		p.Items = append(p.Items, was.Item{Candidates: 2})
		for s := liar; s < liar+4; s++ {
			p.Statements = append(p.Statements, was.Statement{Item: i, Source: s, Origin: s, Values: []int{min(s-liar, 1)}})
		}
	}
	m := was.DefaultOneCoin
	m.Right, m.Wrong = 75, 25 // firm, so that the twenty others stay alike
	r, err := m.Weigh(t.Context(), p, corroborated)
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verdicts[0]; v.Top != 1 || v.Fragility != 1 || len(v.Origins) != 10 {
		t.Errorf("top %d at %.3f by %v, fragility %d (the liar is right %.3f)", v.Top, v.P[1], v.Origins, v.Fragility, r.Reliability[liar])
	}
}

func TestRefuses(t *testing.T) {
	item := []was.Item{{Candidates: 2}}
	one := func(s was.Statement) was.Problem {
		return was.Problem{Items: item, Sources: 1, Statements: []was.Statement{s}}
	}
	for _, tt := range []struct {
		name string
		p    was.Problem
	}{
		{"an item that can have no value", was.Problem{Items: []was.Item{{}}}},
		{"fewer than no candidates", was.Problem{Items: []was.Item{{Candidates: -1, Open: true}}}},
		{"fewer than no sources", was.Problem{Sources: -1}},
		{"an item that is not there", one(was.Statement{Item: 1, Values: []int{0}})},
		{"an item below zero", one(was.Statement{Item: -1, Values: []int{0}})},
		{"a source that is not there", one(was.Statement{Source: 1, Values: []int{0}})},
		{"a source below zero", one(was.Statement{Source: -1, Values: []int{0}})},
		{"an origin beyond the statements", one(was.Statement{Origin: 1, Values: []int{0}})},
		{"an origin below zero", one(was.Statement{Origin: -1, Values: []int{0}})},
		{"a value that is no candidate", one(was.Statement{Values: []int{2}})},
		{"a value below zero", one(was.Statement{Values: []int{-1}})},
		{"values out of order", one(was.Statement{Values: []int{1, 0}})},
		{"a value twice", one(was.Statement{Values: []int{1, 1}})},
		{"a statement that allows nothing", one(was.Statement{})},
		{"a denial of every label", one(was.Statement{Denies: true})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := was.DefaultOneCoin.Weigh(t.Context(), tt.p, corroborated); !errors.Is(err, was.ErrProblem) {
				t.Errorf("Weigh = %v, want ErrProblem", err)
			}
		})
	}
	for _, m := range []was.OneCoin{{}, {Right: 1}, {Wrong: 1}, {Right: math.NaN(), Wrong: 1}, {Right: math.Inf(1), Wrong: 1}} {
		if _, err := m.Weigh(t.Context(), one(says(0, 0)), corroborated); !errors.Is(err, was.ErrProblem) {
			t.Errorf("a prior of %v and %v: %v", m.Right, m.Wrong, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := was.Problem{Items: []was.Item{{Candidates: 2}}, Sources: 1, Statements: []was.Statement{says(0, 0)}}
	if _, err := was.DefaultOneCoin.Weigh(ctx, p, corroborated); !errors.Is(err, context.Canceled) {
		t.Errorf("Weigh = %v, want context.Canceled", err)
	}
}

func TestRunningOutOfRounds(t *testing.T) {
	m := was.DefaultOneCoin
	m.MaxIterations = 1
	p := was.Problem{Items: []was.Item{{Candidates: 2}}, Sources: 2, Statements: []was.Statement{says(0, 0), says(1, 0)}}
	r, err := m.Weigh(t.Context(), p, corroborated)
	if err != nil || r.Converged || r.Iterations != 1 {
		t.Errorf("%v, converged %t after %d rounds", err, r.Converged, r.Iterations)
	}
}

func TestProblemIsLeftAlone(t *testing.T) {
	problem := func() was.Problem {
		return was.Problem{Items: []was.Item{{Candidates: 3}}, Sources: 3, Statements: []was.Statement{says(2, 1, 2), says(1, 0), denies(0, 2)}}
	}
	p := problem()
	weighed(t, p)
	if !reflect.DeepEqual(p, problem()) {
		t.Errorf("Weigh changed its problem: %+v", p)
	}
}
