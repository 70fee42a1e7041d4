package weigh

import "context"

// Model is a way to weigh. Weigh returns ErrTable for a table that contradicts
// itself, ErrKind for one whose kind it cannot weigh, and the context's error
// when that is cancelled. Running out of rounds is no error: see
// Result.Converged. Equal tables and options give equal bits, however many
// workers there are, and the order of a table's statements does not matter.
type Model interface {
	Name() string // as the command line has it: "one-coin"
	Weigh(ctx context.Context, t *Table, opt Options) (*Result, error)
}

// Options are the same for all models. The zero value is of use.
type Options struct {
	// MinOrigins and MinP are what a verdict must keep to stand; see
	// Verdict.Fragility.
	MinOrigins int
	MinP       float64

	// Workers is how many goroutines share the work; 0 is one for every core.
	Workers int

	// Progress, where not nil, is called now and then from the goroutine that
	// called Weigh.
	Progress func(Progress)
}

// Progress tells how far Weigh is.
type Progress struct {
	Stage      string  // what it is doing: "origins", "reliability"
	Iteration  int     // rounds of this stage
	Iterations int     // the most it will take
	Moved      float64 // how far the probability that moved most has moved
}

// Result is what a model makes of a table.
type Result struct {
	Model      string
	Verdicts   []Verdict     // one an item
	Sources    []Reliability // one a source
	Iterations int
	Converged  bool

	// Links are the pairs of sources that were found to depend on each other.
	Links []Link

	// Ambiguous tells that the statements can be explained with and without
	// dependent sources, equally well, and that the answers differ: those of
	// the items concerned are marked.
	Ambiguous bool

	additive additive // nil where the evidence does not add up; see Explain
}

// Verdict is what a model holds of one item.
type Verdict struct {
	// P has one probability a candidate or class; what is missing to one is the
	// chance that the truth is something else. Nil of kind Number.
	P []float64

	// Top is the most probable candidate that somebody asserts, of equals the
	// first, of a settled item what it is settled on; -1 where nobody asserts it.
	// Of kind Number it is -1.
	Top int

	// Value is the estimate of kind Number, and Low to High holds the truth with
	// a probability of 90 %; NaN where nobody speaks.
	Value, Low, High float64

	// Support counts the independent origins that assert the answer: ten
	// statements of one origin count 1, and so do ten of sources found to depend
	// on each other.
	Support float64

	// Fragility is the fewest origins whose silence changes Top or, where the
	// verdict stood with at least Options.MinOrigins and MinP, fells it; 0 where
	// nobody asserts a value.
	Fragility int

	// Ambiguous: see Result. Other is then the answer of the other explanation.
	Ambiguous bool
	Other     int
}

// Reliability is what a model makes of one source.
type Reliability struct {
	P          float64 // the chance that its next statement is right
	Low, High  float64 // holds it with a probability of 90 %
	Statements int
	Group      int // sources found to depend on each other share one; a source alone has its own
}

// Link is a pair of sources, A below B, that agree more often than two who
// answer for themselves.
type Link struct {
	A, B      int32
	Shared    int     // items both speak of
	Agreement float64 // how often they say the same there
	Expected  float64 // how often they would if neither knew of the other
	Score     float64 // how many standard deviations that is above
}
