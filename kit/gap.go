package kit

import (
	"context"
	"crypto/rand"
	"math/big"
	"time"
)

const (
	leastGap      = 20 * time.Second
	mostGap       = 90 * time.Second
	leastChunkGap = 2 * time.Second
	mostChunkGap  = 10 * time.Second
)

// wait returns a function that waits a time between two bounds, any of them as
// likely, so that what a session sends is not one burst and says nothing about
// how long a puzzle took.
func wait(least, most time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		timer := time.NewTimer(drawGap(least, most))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		}
	}
}

func drawGap(least, most time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most-least)+1))
	if err != nil {
		panic(err) // crypto/rand does not fail: it ends the program
	}
	return least + time.Duration(n.Int64())
}
