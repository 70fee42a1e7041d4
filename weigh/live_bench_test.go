package weigh

import (
	"context"
	"math/rand/v2"
	"testing"
)

// Both put one statement into a million and take it out again.

func BenchmarkLiveProvisional(b *testing.B) { benchmarkLive(b, false) }

func BenchmarkLiveSettled(b *testing.B) { benchmarkLive(b, true) }

func benchmarkLive(b *testing.B, settle bool) {
	ctx := context.Background()
	l, err := NewLive(ctx, liveWorld{100_000, 10, 20_000, 4, .5, .95, false}.make(1), nil, Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 0))
	b.ReportAllocs()
	for b.Loop() {
		s := Statement{Item: int32(r.IntN(100_000)), Source: int32(r.IntN(20_000)), Value: int32(r.IntN(4)), Origin: NoOrigin}
		n := l.statements
		if _, err := l.Add(s); err != nil {
			b.Fatal(err)
		}
		if settle && l.Settle(ctx, 1e-6) != nil {
			b.Fatal("it does not settle")
		}
		if l.statements == n {
			continue // it stood already
		}
		if _, err := l.Remove(s); err != nil {
			b.Fatal(err)
		}
		if settle && l.Settle(ctx, 1e-6) != nil {
			b.Fatal("it does not settle")
		}
	}
}
