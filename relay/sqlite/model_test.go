package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

// Whatever is done to it, in whatever order, restarts and losses of power in
// between, a store holds what the model holds.
func TestSameAsModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDisk(t, rapid.Uint64().Draw(rt, "seed"))
		s, err := d.open("FULL", true)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { s.Close() }()
		model := relaytest.NewMemory()
		both := func(what string, do func(relay.Store) error) {
			got, want := do(s), do(model)
			if errors.Is(got, relay.ErrExists) != errors.Is(want, relay.ErrExists) || (got == nil) != (want == nil) {
				rt.Fatalf("%s: %v, and the model says %v", what, got, want)
			}
		}
		days := rapid.SampledFrom(modelDays)
		record := rapid.Custom(func(t *rapid.T) relay.Record {
			return relay.Record{
				Name:  rapid.SampledFrom([]string{"a", "a/1", "a/2", "b", "é%"}).Draw(t, "name"),
				Until: days.Draw(t, "until"),
				Body:  rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "body"),
			}
		})
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				day := days.Draw(rt, "day")
				payload := bytes.Repeat([]byte{byte(rapid.IntRange(0, 30).Draw(rt, "payload"))}, envelope.PayloadSize)
				both("append", func(s relay.Store) error {
					return s.Append(t.Context(), day, relay.NewDeposit(relay.Triple, payload), testReservoir)
				})
			},
			"forget": func(rt *rapid.T) {
				day := days.Draw(rt, "day")
				both("forget", func(s relay.Store) error { return s.Forget(t.Context(), day) })
			},
			"turn": func(rt *rapid.T) {
				day := days.Draw(rt, "day")
				both("turn", func(s relay.Store) error { return s.Turn(t.Context(), day, rand.Shuffle) })
			},
			"put": func(rt *rapid.T) {
				r := record.Draw(rt, "record")
				both("put", func(s relay.Store) error { return s.Put(t.Context(), r) })
			},
			"add": func(rt *rapid.T) {
				r := record.Draw(rt, "record")
				both("add", func(s relay.Store) error { return s.Add(t.Context(), r) })
			},
			"restart": func(rt *rapid.T) {
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				if s, err = d.open("FULL", false); err != nil {
					rt.Fatal(err)
				}
			},
			"power cut": func(rt *rapid.T) {
				after := d.powerCut(t)
				s.Close() // fails: the power has gone
				d = after
				if s, err = d.open("FULL", false); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				if got, want := contents(t, s), contents(t, model); !reflect.DeepEqual(got, want) {
					rt.Fatalf("the store holds %.500v, the model %.500v", got, want)
				}
			},
		})
		if err := integrity(t, s); err != nil {
			rt.Fatal(err)
		}
	})
}

// modelDays lie so that the last makes the first ones go.
var modelDays = []envelope.Epoch{100, 101, 102, 127, 128, 129}

// contents returns all that a store holds, the deposits of a day without
// their order.
func contents(t *testing.T, s relay.Store) (all []string) {
	t.Helper()
	for _, day := range modelDays {
		for _, kind := range relay.Kinds {
			ids, err := s.List(t.Context(), day, kind)
			if err != nil {
				t.Fatal(err)
			}
			payloads, err := s.Get(t.Context(), ids)
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(payloads, bytes.Compare)
			for _, p := range payloads {
				all = append(all, fmt.Sprintf("%d, kind %d: %d bytes of %d", day, kind, len(p), p[0]))
			}
		}
	}
	records, err := s.Load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		all = append(all, fmt.Sprintf("%s until %d: %x", r.Name, r.Until, r.Body))
	}
	return all
}
