package kit

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestDrawGap(t *testing.T) {
	least, most := mostGap, leastGap
	for range 2000 {
		d, err := drawGap()
		if err != nil {
			t.Fatal(err)
		}
		least, most = min(least, d), max(most, d)
	}
	if least < 20*time.Second || most > 90*time.Second {
		t.Errorf("gaps from %v to %v, want 20s to 90s", least, most)
	}
	if most-least < time.Minute { // of 2000 draws over 70 s, by chance never
		t.Errorf("gaps from %v to %v only", least, most)
	}
}

func TestRandomGapEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := randomGap(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("randomGap = %v, want %v", err, context.Canceled)
	}
}
