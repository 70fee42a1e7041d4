package relay

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// chance draws what the protocol leaves to chance. It may be used by several
// goroutines at once, as a plain source of tests may not.
type chance struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newChance(source rand.Source) *chance {
	if source == nil {
		source = system{}
	}
	return &chance{r: rand.New(source)}
}

func (c *chance) IntN(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.IntN(n)
}

func (c *chance) Shuffle(n int, swap func(i, j int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.r.Shuffle(n, swap)
}

// system is the operating system's randomness. An order that could be foretold
// would be an order of arrival.
type system struct{}

func (system) Uint64() uint64 {
	var b [8]byte
	crand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return binary.BigEndian.Uint64(b[:])
}
