package relaytest

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"sync"

	"hearsay/envelope"
	"hearsay/relay"
)

// Memory is the shortest Store that is right: the model that others are held
// against, and the store for tests whose subject is not the disk. It forgets
// everything with the process, so it is no store for a relay.
type Memory struct {
	mu      sync.Mutex
	last    relay.ID
	days    map[envelope.Epoch]*day
	records map[string]relay.Record
}

type day struct {
	seen  int
	held  []deposit
	fresh bool // something came since Turn shuffled the day
}

type deposit struct {
	id      relay.ID
	digest  [sha256.Size]byte
	payload []byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{days: map[envelope.Epoch]*day{}, records: map[string]relay.Record{}}
}

// Append implements [relay.Deposits].
func (m *Memory) Append(ctx context.Context, epoch envelope.Epoch, payload []byte, r relay.Reservoir) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	digest := sha256.Sum256(payload)
	for _, d := range m.days {
		if slices.ContainsFunc(d.held, func(h deposit) bool { return h.digest == digest }) {
			return ctx.Err()
		}
	}
	if m.days[epoch] == nil {
		m.days[epoch] = &day{}
	}
	d := m.days[epoch]
	d.seen++
	keep, evict := r.Place(len(d.held), d.seen)
	if !keep {
		return ctx.Err()
	}
	if evict >= 0 {
		d.held = slices.Delete(d.held, evict, evict+1)
	}
	m.last++
	d.held = append(d.held, deposit{m.last, digest, slices.Clone(payload)})
	d.fresh = true
	return ctx.Err()
}

// List implements [relay.Deposits].
func (m *Memory) List(ctx context.Context, epoch envelope.Epoch) ([]relay.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []relay.ID
	if d := m.days[epoch]; d != nil {
		for _, h := range d.held {
			ids = append(ids, h.id)
		}
	}
	return ids, ctx.Err()
}

// Get implements [relay.Deposits].
func (m *Memory) Get(ctx context.Context, ids []relay.ID) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	payloads := make([][]byte, len(ids))
	for _, d := range m.days {
		for _, h := range d.held {
			if i := slices.Index(ids, h.id); i >= 0 {
				payloads[i] = slices.Clone(h.payload)
			}
		}
	}
	return payloads, ctx.Err()
}

// Forget implements [relay.Deposits].
func (m *Memory) Forget(ctx context.Context, epoch envelope.Epoch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.days, epoch)
	return ctx.Err()
}

// Turn implements [relay.Store].
func (m *Memory) Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for epoch, d := range m.days {
		switch {
		case int64(today)-int64(epoch) >= envelope.RelayKeepsDays:
			delete(m.days, epoch)
		case epoch < today && d.fresh:
			shuffle(len(d.held), func(i, j int) { d.held[i], d.held[j] = d.held[j], d.held[i] })
			d.fresh = false
		}
	}
	maps.DeleteFunc(m.records, func(_ string, r relay.Record) bool { return r.Until < today })
	return ctx.Err()
}

// Put implements [relay.Records].
func (m *Memory) Put(ctx context.Context, r relay.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Body = slices.Clone(r.Body)
	m.records[r.Name] = r
	return ctx.Err()
}

// Add implements [relay.Records].
func (m *Memory) Add(ctx context.Context, r relay.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.records[r.Name]; ok {
		return relay.ErrExists
	}
	r.Body = slices.Clone(r.Body)
	m.records[r.Name] = r
	return ctx.Err()
}

// Load implements [relay.Records].
func (m *Memory) Load(ctx context.Context, prefix string) ([]relay.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []relay.Record
	for name, r := range m.records {
		if strings.HasPrefix(name, prefix) {
			r.Body = slices.Clone(r.Body)
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b relay.Record) int { return strings.Compare(a.Name, b.Name) })
	return found, ctx.Err()
}
