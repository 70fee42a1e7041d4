package kit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWait(t *testing.T) {
	for _, tt := range []struct {
		name        string
		least, most time.Duration
	}{
		{"between two deposits, 20 to 90 s", leastGap, mostGap},
		{"between two chunks, 2 to 10 s", leastChunkGap, mostChunkGap},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pause, least, most := wait(tt.least, tt.most), tt.most, tt.least
				for range 2000 {
					began := time.Now()
					if err := pause(t.Context()); err != nil {
						t.Fatal(err)
					}
					d := time.Since(began)
					least, most = min(least, d), max(most, d)
				}
				if least < tt.least || most > tt.most {
					t.Errorf("gaps from %v to %v", least, most)
				}
				if most-least < (tt.most-tt.least)*9/10 { // of 2000 draws, by chance never
					t.Errorf("gaps from %v to %v only", least, most)
				}
			})
		})
	}
	if leastGap != 20*time.Second || mostGap != 90*time.Second || leastChunkGap != 2*time.Second || mostChunkGap != 10*time.Second {
		t.Error("other gaps than the protocol has")
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait(leastGap, mostGap)(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("wait = %v, want %v", err, context.Canceled)
	}
}
