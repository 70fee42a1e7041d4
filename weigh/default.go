package weigh

import "context"

// Default is the model to weigh with where there is no reason for another. By
// what the values of a table are it takes Anchored, OneAccuracy or Mixture, and
// OneAccuracy too for many classes or few items, of which nobody could learn how
// a source takes one class for another. It finds which sources depend on each
// other before it asks what is true, of numbers where they are quoted, so that ten
// repeats of one rumour count once.
type Default struct{}

// Anchored learns a row of probabilities for every class of a source: from fewer
// items than fewestItems a class it would learn chance.
const (
	mostRows    = 12
	fewestItems = 10
)

// Name implements Model.
func (Default) Name() string { return "default" }

// Weigh implements Model.
func (m Default) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind == Number {
		return Mixture{}.weighByOrigins(ctx, t, opt)
	}
	if opt.Progress != nil {
		opt.Progress(Progress{Stage: "origins"})
	}
	l := newLayout(t)
	o, err := findOrigins(ctx, t, l)
	if err != nil {
		return nil, err
	}
	rows := t.Kind == Classes && t.Classes <= mostRows && t.Items >= fewestItems*t.Classes
	return o.explain(ctx, t, l, func(ctx context.Context, declared *Table) (*Result, error) {
		switch {
		case !rows:
			return OneAccuracy{}.Weigh(ctx, declared, opt)
		case declared == t: // laid out already
			return Anchored{}.weigh(ctx, t, l, opt, originWeights(t, l, nil, true))
		}
		return Anchored{}.Weigh(ctx, declared, opt)
	})
}
