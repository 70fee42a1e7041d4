package main

import (
	"math/rand/v2"
	"sync"
	"time"

	"hearsay/relay/sqlite"
)

// paced posts deposits at a rate, at random moments as strangers would, and
// returns how long each waited, from the moment that it was due.
func (b *bench) paced(rate float64) (latencies []time.Duration, err error) {
	_, err = b.withStore(b.rounds, func(s *sqlite.Store) (float64, error) {
		address, stop, err := b.serve(s, func() time.Time { return today.Time() })
		if err != nil {
			return 0, err
		}
		type due struct {
			n  int
			at time.Time
		}
		queue := make(chan due, b.count)
		latencies = make([]time.Duration, b.count)
		errs := make([]error, b.posters)
		var wg sync.WaitGroup
		for p := range b.posters {
			wg.Go(func() {
				c, err := newPoster(address)
				if err != nil {
					errs[p] = err
					return
				}
				defer c.Close()
				for d := range queue {
					if errs[p] = c.post(b.deposits[d.n]); errs[p] != nil {
						return
					}
					latencies[d.n] = time.Since(d.at)
				}
			})
		}
		at := time.Now()
		for n := range b.count {
			at = at.Add(time.Duration(rand.ExpFloat64() / rate * float64(time.Second)))
			time.Sleep(time.Until(at))
			queue <- due{n, at}
		}
		close(queue)
		wg.Wait()
		for _, err := range append(errs, stop()) {
			if err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	return latencies, err
}
