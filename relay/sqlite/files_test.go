package sqlite

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

// all returns the payloads of a day in the order of List.
func all(t *testing.T, s relay.Store, day envelope.Epoch, kind relay.Kind) [][]byte {
	t.Helper()
	ids, err := s.List(t.Context(), day, kind)
	if err != nil {
		t.Fatal(err)
	}
	payloads, err := s.Get(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return payloads
}

// A store of the first form, which had payloads in the database, is as it was
// once it is opened, and keeps nothing of them there.
func TestFirstForm(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, nil)
	conn, err := sqlite3.Open(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	run := func(sql string, args ...any) {
		t.Helper()
		stmt, _, err := conn.Prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		for i, arg := range args {
			if err := bind(stmt, i+1, arg); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(stmt.Exec(), stmt.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Exec(migrations[0] + `; PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	for n, at := range []struct{ id, epoch int64 }{{1, 7}, {2, 7}, {3, 7}, {-55, 8}, {-44, 8}} {
		digest := sha256.Sum256(relaytest.Payload(n))
		run(`INSERT INTO deposit VALUES (?, ?, ?, ?)`, at.id, at.epoch, digest[:], relaytest.Payload(n))
	}
	run(`INSERT INTO day VALUES (7, 3)`)
	run(`INSERT INTO day VALUES (8, 90)`)
	run(`INSERT INTO record VALUES ('charter', 9, x'01')`)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}

	for range 2 {
		s := opened(t, dir)
		for day, want := range map[envelope.Epoch][]int{7: {0, 1, 2}, 8: {3, 4}} {
			got := all(t, s, day, relay.Triple)
			for i, n := range want {
				if len(got) != len(want) || !bytes.Equal(got[i], relaytest.Payload(n)) {
					t.Errorf("day %d has %d payloads, or others than it had, or in another order", day, len(got))
				}
			}
		}
		if err := s.Append(t.Context(), 9, relay.NewDeposit(relay.Triple, relaytest.Payload(1)), testReservoir); err != nil {
			t.Fatal(err)
		}
		if got := all(t, s, 9, relay.Triple); len(got) != 0 {
			t.Error("what is there already was kept again")
		}
		if r, err := s.Load(t.Context(), ""); err != nil || len(r) != 1 || r[0].Name != "charter" {
			t.Errorf("the records are %v, %v", r, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b := stored(t, dir)
		for n := range 5 {
			if bytes.Contains(b, relaytest.Payload(n)[100:116]) {
				t.Errorf("payload %d is in the database", n)
			}
		}
		if len(b) > 64<<10 {
			t.Errorf("the database has %d bytes", len(b))
		}
	}
	s := opened(t, dir)
	var shuffled []int
	shuffle := func(n int, swap func(i, j int)) { shuffled = append(shuffled, n) }
	if err := s.Turn(t.Context(), 9, shuffle); err != nil || !slices.Equal(shuffled, []int{2}) {
		t.Errorf("closing shuffled %v, %v; want the two of the day that was open", shuffled, err)
	}
}

func TestFiles(t *testing.T) {
	filled := func(t *testing.T) string {
		dir := t.TempDir()
		s := created(t, dir)
		for n := range 4 {
			if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, relaytest.Payload(n)), testReservoir); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(s.Turn(t.Context(), 8, func(int, func(i, j int)) {}), s.Close()); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Run("files that do not count are removed at the start, others are left alone", func(t *testing.T) {
		dir := filled(t)
		for _, name := range []string{"7-triples-0", "7-triples-2", "7-chunks-0", "9-triples-0", "mine", "07-triples-0", "7-letters-0", "7-triples-0.old"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		opened(t, dir)
		names, err := systemFolder(dir).list()
		want := []string{"07-triples-0", "7-letters-0", "7-triples-0.old", "7-triples-1", "mine", "relay.db", "relay.db-wal"}
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("the folder has %q, %v; want %q", names, err, want)
		}
	})
	t.Run("a file that is missing is named", func(t *testing.T) {
		dir := filled(t)
		if err := os.Remove(filepath.Join(dir, "7-triples-1")); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "7-triples-1") {
			t.Errorf("Open = %v, want ErrDamaged with the name", err)
		}
	})
	t.Run("of a file that was cut short the rest is served, each payload in its place", func(t *testing.T) {
		dir := filled(t)
		if err := os.Truncate(filepath.Join(dir, "7-triples-1"), 2*envelope.PayloadSize+100); err != nil {
			t.Fatal(err)
		}
		got := all(t, opened(t, dir), 7, relay.Triple)
		if len(got) != 4 || !bytes.Equal(got[0], relaytest.Payload(0)) || !bytes.Equal(got[1], relaytest.Payload(1)) {
			t.Fatalf("there are %d payloads, or those that are whole are not", len(got))
		}
		for n := 2; n < 4; n++ {
			if len(got[n]) != envelope.PayloadSize || slices.Max(got[n][200:]) != 0xff || slices.Min(got[n][200:]) != 0xff {
				t.Errorf("what was lost of payload %d is not filled up", n)
			}
		}
	})
	t.Run("a name has one spelling", func(t *testing.T) {
		for _, name := range []string{"", "7", "7-triples", "7-triples-", "7-triples--1", "7-triples-01", "-7-triples-0", "7-triples-0-0", "4294967296-chunks-0", "7-Triples-0"} {
			if _, _, ok := parseFileName(name); ok {
				t.Errorf("%q is taken for the file of a day", name)
			}
		}
		for _, key := range []dayKey{{0, relay.Triple}, {1<<32 - 1, relay.Chunk}} {
			if got, generation, ok := parseFileName(key.fileName(12)); got != key || generation != 12 || !ok {
				t.Errorf("%v reads as %v", key, got)
			}
		}
	})
	t.Run("an id holds the greatest day and place", func(t *testing.T) {
		for _, key := range []dayKey{{0, relay.Triple}, {1<<32 - 1, relay.Chunk}} {
			for _, place := range []int{0, 1<<placeBits - 1} {
				if k, p := placeOf(idOf(key, place)); k != key || p != place {
					t.Errorf("%v, place %d became %v, place %d", key, place, k, p)
				}
			}
		}
	})
}

// A deposit is refused while there is still room to close the day and to keep
// what the desk publishes; with room again it is taken.
func TestReserve(t *testing.T) {
	d := newDisk(t, 1)
	d.reserve = 1 << 20
	d.room = d.used() + 2<<20
	s, err := d.open("FULL", true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for ; ; n++ {
		if err = s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(n)), testReservoir); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || n < 5 || n > 2<<20/envelope.PayloadSize/2 {
		t.Fatalf("after %d deposits: %v, want ErrFull with room for as many again", n, err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("Check = %v, want ErrFull", err)
	}
	if err := s.Put(t.Context(), relay.Record{Name: "drop", Until: 9, Body: make([]byte, 100<<10)}); err != nil {
		t.Errorf("a record: %v", err)
	}
	if err := s.Turn(t.Context(), 8, rand.Shuffle); err != nil {
		t.Errorf("closing the day: %v", err)
	}
	d.set(func(d *disk) { d.room += 1 << 20 })
	if err := s.Append(t.Context(), 8, relay.NewDeposit(relay.Triple, burstPayload(n)), testReservoir); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := all(t, s, 7, relay.Triple); len(got) != n {
		t.Errorf("of %d there are %d", n, len(got))
	}
}

// A deposit of which nothing is kept costs the disk what any other does.
func TestAnswersCostTheSame(t *testing.T) {
	d := newDisk(t, 1)
	s, err := d.open("FULL", true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	full := relay.Reservoir{Cap: 2, IntN: func(n int) int { return n - 1 }}
	evicts := relay.Reservoir{Cap: 2, IntN: func(int) int { return 0 }}
	costs := map[string]string{}
	for _, step := range []struct {
		name    string
		payload int
		r       relay.Reservoir
	}{
		{"the first, which makes the file", 0, full}, {"new", 1, full}, {"known", 1, full}, {"refused", 2, full}, {"one for another", 3, evicts}, {"known again", 3, full},
	} {
		before, written := 0, 0
		d.set(func(d *disk) { before, written = d.syncs, d.payloadBytes })
		if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, burstPayload(step.payload)), step.r); err != nil {
			t.Fatal(err)
		}
		d.set(func(d *disk) {
			costs[step.name] = fmt.Sprintf("%d syncs, %d bytes", d.syncs-before, d.payloadBytes-written)
		})
	}
	for name, cost := range costs {
		if want := fmt.Sprintf("2 syncs, %d bytes", envelope.PayloadSize); cost != want {
			t.Errorf("%s: %s, want %s", name, cost, want)
		}
	}
}
