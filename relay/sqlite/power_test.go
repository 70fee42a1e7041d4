package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/ncruces/go-sqlite3"

	"hearsay/envelope"
	"hearsay/relay"
)

// After the loss of power at any moment of a burst, whatever was answered is
// there, and the file is sound.
func TestPowerCut(t *testing.T) {
	var answered, cut int
	for seed := range uint64(bursts) {
		o := burst(t, seed, "FULL")
		if len(o.lost) > 0 || o.damage != nil {
			t.Errorf("seed %d: of %d answered deposits %d are lost; damage: %v", seed, o.answered, len(o.lost), o.damage)
		}
		answered += o.answered
		if o.cut {
			cut++
		}
	}
	t.Logf("%d deposits answered, the power cut in the middle of %d of %d bursts", answered, cut, bursts)
	if answered < bursts || cut < bursts/4 {
		t.Errorf("the test shows little: %d answered, %d cut", answered, cut)
	}
}

// The test above can fail: with the sync taken out the same bursts lose
// deposits that were answered.
func TestPowerCutWithoutSync(t *testing.T) {
	var losing, lost int
	for seed := range uint64(bursts) {
		if o := burst(t, seed, "OFF"); len(o.lost) > 0 {
			losing++
			lost += len(o.lost)
		}
	}
	t.Logf("%d of %d bursts lost together %d deposits that they had answered", losing, bursts, lost)
	if losing == 0 {
		t.Error("nothing was lost without a sync: TestPowerCut proves nothing")
	}
}

const bursts = 24

// An outcome is what a burst left behind.
type outcome struct {
	answered int
	lost     []int
	damage   error // of the file: it does not open, or fails its check
	cut      bool  // there were deposits without an answer
}

// burst has several posters append deposits while days are turned and
// forgotten, cuts the power at a random moment, and looks at what is there
// when it is back.
func burst(t *testing.T, seed uint64, synchronous string) outcome {
	t.Helper()
	const posters, each = 4, 10
	d := newDisk(t, seed)
	s, err := d.open(synchronous, true)
	if err != nil {
		t.Fatal(err)
	}
	d.set(func(d *disk) { d.fuel = 1 + d.rng.IntN(500) })

	var mu sync.Mutex
	var o outcome
	answered := map[int]bool{}
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			for i := range each {
				n := p*each + i
				err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(n)), testReservoir)
				if err == nil && n%each == each/2 {
					// Writes the day anew, in the middle of it all.
					err = s.Turn(t.Context(), envelope.Epoch(8+p), rand.Shuffle)
				}
				if err != nil {
					mu.Lock()
					o.cut = true
					mu.Unlock()
					return
				}
				mu.Lock()
				answered[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	o.answered = len(answered)

	after := d.powerCut(t)
	s.Close() // fails: the power has gone
	held, err := survivors(t, after)
	o.damage = err
	for n := range answered {
		if !held[n] {
			o.lost = append(o.lost, n)
		}
	}
	return o
}

// survivors returns which payloads a disk has after the power was cut, and
// what is wrong with its store.
func survivors(t *testing.T, d *disk) (held map[int]bool, damage error) {
	t.Helper()
	s, err := d.open("FULL", false)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	damage = integrity(t, s)
	ids, err := s.List(t.Context(), 7, relay.Triple)
	if err != nil {
		return nil, err
	}
	payloads, err := s.Get(t.Context(), ids)
	if err != nil {
		return nil, err
	}
	held = map[int]bool{}
	for _, p := range payloads {
		if len(p) != envelope.PayloadSize {
			damage = errors.Join(damage, errors.New("a payload that is listed and not there, or not whole"))
			continue
		}
		n := int(binary.BigEndian.Uint32(p))
		if !bytes.Equal(p, burstPayload(n)) || held[n] {
			damage = errors.Join(damage, errors.New("a payload that nobody posted, or one twice"))
			continue
		}
		held[n] = true
	}
	return held, damage
}

// A store of which the making was cut short is made again, and one that was
// answered for opens.
func TestPowerCutWhileMaking(t *testing.T) {
	for fuel := 1; ; fuel++ {
		d := newDisk(t, uint64(fuel))
		d.set(func(d *disk) { d.fuel = fuel })
		s, err := d.open("FULL", true)
		made := err == nil
		after := d.powerCut(t)
		if made {
			s.Close() // fails: the power has gone
			s, err = after.open("FULL", false)
		} else {
			if s, err = after.open("FULL", true); errors.Is(err, ErrExists) {
				s, err = after.open("FULL", false) // all was on the disk but the answer
			}
		}
		if err != nil {
			t.Fatalf("power cut after %d changes (made %v): %v", fuel, made, err)
		}
		if err := errors.Join(integrity(t, s), s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, []byte("a")), testReservoir), s.Close()); err != nil {
			t.Fatalf("power cut after %d changes (made %v): %v", fuel, made, err)
		}
		if made {
			if fuel < 5 {
				t.Errorf("making a store takes %d changes: the test cut nothing short", fuel)
			}
			return
		}
	}
}

// A sync that fails puts nothing at risk that is answered before or
// afterwards, whether it was of a payload, which is written again, or of the
// log, or of the database into which the log is taken over.
func TestSyncFails(t *testing.T) {
	refused := 0
	for seed := range uint64(8) {
		d := newDisk(t, seed)
		s, err := d.open("FULL", true)
		if err != nil {
			t.Fatal(err)
		}
		var answered []int
		for n := range 60 {
			if n%5 == 3 {
				d.set(func(d *disk) { d.badSync = 1 + n/5%3 })
			}
			if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(n)), testReservoir); err == nil {
				answered = append(answered, n)
			} else if refused++; !errors.Is(err, syscall.EIO) && !errors.Is(err, sqlite3.IOERR) {
				t.Errorf("seed %d: deposit %d: %v", seed, n, err)
			}
			d.set(func(d *disk) { d.badSync = 0 })
			if n%5 == 4 {
				d.set(func(d *disk) { d.badSync = 1 + d.rng.IntN(5) })
				s.Turn(t.Context(), envelope.Epoch(8+n/5), rand.Shuffle) // may fail, at any of its syncs
				d.set(func(d *disk) { d.badSync = 0 })
			}
		}
		after := d.powerCut(t)
		s.Close() // fails: the power has gone
		held, err := survivors(t, after)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for _, n := range answered {
			if !held[n] {
				t.Errorf("seed %d: deposit %d was answered and is lost", seed, n)
			}
		}
	}
	if refused == 0 {
		t.Error("no sync of the log failed: the test shows little")
	}
}

// A sync that fails for one takes with it what others have written: systems
// count all of it as clean. It is written again, by whoever comes next.
func TestSyncFailsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t, 1)
		s, err := d.open("FULL", true)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(0)), testReservoir); err != nil {
			t.Fatal(err)
		}
		hold := make(chan struct{})
		d.set(func(d *disk) { d.badSync, d.hold = 1, hold })
		errs := make([]error, 20)
		var calls sync.WaitGroup
		for n := range errs {
			calls.Go(func() {
				errs[n] = s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(1+n)), testReservoir)
			})
		}
		synctest.Wait() // all have written, and the first of them is being synced
		close(hold)
		calls.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		after := d.powerCut(t)
		s.Close() // fails: the power has gone
		held, err := survivors(t, after)
		if err != nil || len(held) != 21 {
			t.Errorf("of 21 deposits that were answered %d are there, %v", len(held), err)
		}
	})
}

// A full disk is said to be full; what was answered stays, and when there is
// room again the store goes on.
func TestFullDisk(t *testing.T) {
	d := newDisk(t, 1)
	s, err := d.open("FULL", true)
	if err != nil {
		t.Fatal(err)
	}
	d.set(func(d *disk) { d.room = d.used() + 10*envelope.PayloadSize })
	var answered int
	for ; ; answered++ {
		if err = s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(answered)), testReservoir); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || answered == 0 {
		t.Fatalf("after %d deposits: %v, want ErrFull", answered, err)
	}
	if err := s.Turn(t.Context(), 8, rand.Shuffle); !errors.Is(err, ErrFull) {
		t.Errorf("closing a day on a full disk: %v, want ErrFull", err)
	}
	d.set(func(d *disk) { d.room = 0 })
	if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(answered)), testReservoir); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	after := d.powerCut(t)
	s.Close() // fails: the power has gone
	held, err := survivors(t, after)
	if err != nil {
		t.Error(err)
	}
	for n := range answered + 1 {
		if !held[n] {
			t.Errorf("deposit %d was answered and is lost", n)
		}
	}
}

// What waits while the writer is busy shares one transaction, and two syncs:
// of the payloads, and of the database that says that they count. The first
// comes too early for that, and goes alone.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 50
		d := newDisk(t, 1)
		s, err := d.open("FULL", true)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var before, after int
		d.set(func(d *disk) { before = d.syncs })
		errs := together(t, s, callers, func(n int) error {
			return s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(n)), testReservoir)
		})
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		d.set(func(d *disk) { after = d.syncs })
		if after-before > 4 {
			t.Errorf("%d callers at once took %d syncs, want 4 at most", callers, after-before)
		}
	})
}

// What no longer fits takes nothing else with it: where a batch cannot be
// committed as a whole, each call gets its own answer.
func TestFullDiskSparesTheSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t, 1)
		s, err := d.open("FULL", true)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d.set(func(d *disk) { d.room = d.used() + 100*4096 })
		errs := together(t, s, 3, func(n int) error {
			body := make([]byte, []int{10, 1 << 20, 10}[n])
			return s.Put(t.Context(), relay.Record{Name: fmt.Sprint(n), Until: 9, Body: body})
		})
		if errs[0] != nil || !errors.Is(errs[1], ErrFull) || errs[2] != nil {
			t.Errorf("a small record, a big one and a small one: %v; want ErrFull for the big one", errs)
		}
	})
}

// together makes calls that all wait when the writer comes to them. It needs a
// bubble of synctest.
func together(t *testing.T, s *Store, calls int, call func(n int) error) []error {
	t.Helper()
	errs := make([]error, calls)
	busy := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.do(t.Context(), task{run: func(*connection) error { <-busy; return nil }})
	})
	synctest.Wait()
	for n := range calls {
		wg.Go(func() { errs[n] = call(n) })
	}
	synctest.Wait()
	close(busy)
	wg.Wait()
	return errs
}

var testReservoir = relay.Reservoir{Cap: envelope.MaxDeposits, IntN: rand.IntN}

// burstPayload returns the nth payload: its number, and bytes that nothing
// else has.
func burstPayload(n int) []byte {
	b := make([]byte, envelope.PayloadSize)
	var seed [32]byte
	binary.BigEndian.PutUint32(seed[:], uint32(n))
	rand.NewChaCha8(seed).Read(b)
	binary.BigEndian.PutUint32(b, uint32(n))
	return b
}

// integrity has SQLite check the whole file.
func integrity(t *testing.T, s *Store) error {
	t.Helper()
	var said string
	err := s.do(t.Context(), task{run: func(c *connection) (err error) {
		said, err = c.text(`PRAGMA integrity_check`)
		return err
	}})
	if err == nil && said != "ok" {
		err = fmt.Errorf("integrity check: %s", said)
	}
	return err
}
