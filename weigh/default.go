package weigh

import "context"

// Default is the model to weigh with where there is no reason for another: by
// what the values of a table are.
type Default struct{}

// Name implements Model.
func (Default) Name() string { return "default" }

// Weigh implements Model.
func (Default) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if t.Kind == Number {
		return Mixture{}.Weigh(ctx, t, opt)
	}
	return OneAccuracy{}.Weigh(ctx, t, opt)
}
