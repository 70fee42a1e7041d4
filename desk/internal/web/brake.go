package web

import (
	"sync"
	"time"
)

// brake slows down whoever guesses passphrases. One attempt is checked at a
// time, which also bounds the memory that checking takes.
type brake struct {
	elapsed func() time.Duration

	mu    sync.Mutex
	tally map[string]wrong
}

type wrong struct {
	times int
	last  time.Duration
}

const (
	freeAttempts = 5
	longestWait  = 15 * time.Minute
	forgetWrong  = time.Hour
)

func newBrake(elapsed func() time.Duration) *brake {
	return &brake{elapsed: elapsed, tally: map[string]wrong{}}
}

// try checks an attempt under a name, unless too many went wrong lately: then
// it returns how long to wait. Names must be few: strangers share one.
func (b *brake) try(name string, check func() bool) (right bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tally[name]
	now := b.elapsed()
	if now-t.last > forgetWrong {
		t = wrong{}
	}
	if t.times >= freeAttempts {
		pause := longestWait
		if n := t.times - freeAttempts; n < 10 {
			pause = min(pause, time.Second<<n)
		}
		if left := t.last + pause - now; left > 0 {
			return false, left
		}
	}
	if check() {
		delete(b.tally, name)
		return true, 0
	}
	b.tally[name] = wrong{t.times + 1, now}
	return false, 0
}
