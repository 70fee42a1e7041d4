package desk

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"hearsay"
)

// A desk's days look alike whatever comes in (PROTOCOL.md 4.6 and 9.6): the
// drop goes out at one hour and up to half an hour of chance, full or empty,
// and cover deposits go at random times.
const (
	dropHour    = 18 // UTC
	dropChance  = 30 * time.Minute
	coverPerDay = 24
	pullEvery   = time.Hour
	tick        = 20 * time.Second
	charterWarn = 30 // days before its end
	overdue     = 30 * time.Minute
)

// rhythm is what is still to be done on one day.
type rhythm struct {
	day      hearsay.Day
	morning  bool
	nextPull time.Time
	drop     time.Time   // zero once it is out
	cover    []time.Time // still to come
	failing  map[string]bool
}

func newRhythm(now time.Time) *rhythm {
	midnight := hearsay.DayOf(now).Time()
	r := &rhythm{day: hearsay.DayOf(now), failing: map[string]bool{}, morning: true, nextPull: now, drop: midnight.Add(dropHour*time.Hour + rand.N(dropChance))}
	for range coverPerDay {
		if at := midnight.Add(rand.N(24 * time.Hour)); at.After(now) {
			r.cover = append(r.cover, at)
		}
	}
	slices.SortFunc(r.cover, time.Time.Compare)
	return r
}

// Run runs the desk's errands by the clock until ctx ends. What fails is tried
// again at the next turn; the log says so once a day, and when it goes again.
func (d *Desk) Run(ctx context.Context) error {
	r := newRhythm(d.now())
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		now := d.now()
		if hearsay.DayOf(now) != r.day {
			r = newRhythm(now)
		}
		d.turn(ctx, r, now)
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
	}
}

// turn does what is due.
func (d *Desk) turn(ctx context.Context, r *rhythm, now time.Time) {
	try := func(errand string, run func() error) bool {
		if ctx.Err() != nil {
			return false
		}
		err := run()
		switch {
		case err != nil && !r.failing[errand] && ctx.Err() == nil:
			d.log.Warn("an errand failed and is tried again", "errand", errand, "error", err)
		case err == nil && r.failing[errand]:
			d.log.Info("an errand goes again", "errand", errand)
		}
		r.failing[errand] = err != nil
		return err == nil
	}
	if r.morning {
		r.morning = !try("morning", func() error { _, err := d.Morning(ctx); return err })
		if !r.morning {
			d.look(ctx)
			d.logWarnings()
		}
	}
	if d.mail == nil {
		if !r.drop.IsZero() && !now.Before(r.drop) && try("drop", func() error { return d.offlineDrop(ctx) }) {
			r.drop = time.Time{}
		}
		return
	}
	if !now.Before(r.nextPull) {
		if try("pull", func() error { _, err := d.Pull(ctx); return err }) {
			r.nextPull = now.Add(pullEvery)
			d.look(ctx)
		}
	}
	if !r.drop.IsZero() && !now.Before(r.drop) {
		if try("drop", func() error { _, err := d.Drop(ctx); return err }) {
			r.drop = time.Time{}
		}
	}
	r.spread(now)
	for len(r.cover) > 0 && !now.Before(r.cover[0]) {
		if !try("cover", func() error { _, err := d.Cover(ctx, 1); return err }) {
			return
		}
		r.cover = r.cover[1:]
	}
}

// look looks at the relay. That it does not answer the other errands tell.
func (d *Desk) look(ctx context.Context) {
	if _, err := d.Look(ctx); err != nil && !errors.Is(err, ErrNoRelay) && !errors.Is(err, ErrRelay) && ctx.Err() == nil {
		d.log.Warn("what the relay shows could not be looked at", "error", err)
	}
}

// spread draws new times for cover that is long overdue, since the machine slept
// or the relay was away: a burst of it would be a desk's signature.
func (r *rhythm) spread(now time.Time) {
	rest := (r.day + 1).Time().Sub(now)
	if rest <= 0 {
		return
	}
	for i, at := range r.cover {
		if now.Sub(at) > overdue {
			r.cover[i] = now.Add(rand.N(rest))
		}
	}
	slices.SortFunc(r.cover, time.Time.Compare)
}
