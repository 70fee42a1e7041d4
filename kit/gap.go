package kit

import (
	"context"
	"crypto/rand"
	"math/big"
	"time"
)

const (
	leastGap = 20 * time.Second
	mostGap  = 90 * time.Second
)

// randomGap waits 20 to 90 s, any of them as likely, so that the deposits of a
// session are not one burst and say nothing about how long a puzzle took.
func randomGap(ctx context.Context) error {
	d, err := drawGap()
	if err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func drawGap() (time.Duration, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(mostGap-leastGap)+1))
	if err != nil {
		return 0, err
	}
	return leastGap + time.Duration(n.Int64()), nil
}
