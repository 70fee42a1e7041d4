package kit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearsay/envelope"
	"hearsay/kit"
	relayzone "hearsay/relay"
	"hearsay/relay/relaytest"
)

// The kinds of sessions that nobody should be able to tell apart.
const (
	onePart = iota
	threeParts
	onlyReads
	nothingToSay
	sessionKinds
)

// TestFixedTraffic: of 200 sessions of four kinds, captured at a real relay, a
// classifier learns nothing: on sizes, order, counts, gaps and whatever else is
// in a call it does no better than chance. That it could, kits that leak on
// purpose show.
func TestFixedTraffic(t *testing.T) {
	t.Run("sessions of all kinds look alike", func(t *testing.T) {
		sessions, labels := capture(t, 50, honest, onePart, threeParts, onlyReads, nothingToSay)
		tell := func(what string, sessions [][]call, labels []int, classes int) {
			limit := chanceLimit(len(labels), classes)
			for name, right := range classify(sessions, labels) {
				t.Logf("%s, %s: %d of %d right; chance gives %d, and %d or more less than once in a million runs", what, name, right, len(labels), len(labels)/classes, limit)
				if right >= limit {
					t.Errorf("%s tells sessions apart (%s)", name, what)
				}
			}
		}
		tell("which of four", sessions, labels, sessionKinds)
		for one := range sessionKinds {
			for other := range one {
				var two [][]call
				var theirs []int
				for i, label := range labels {
					if label == one || label == other {
						two, theirs = append(two, sessions[i]), append(theirs, label)
					}
				}
				tell(fmt.Sprintf("kind %d or kind %d", other, one), two, theirs, 2)
			}
		}
	})
	for name, tt := range map[string]struct {
		leak  leak
		kinds []int
	}{
		"a kit that sends no cover":                       {leak{noCover: true}, []int{onePart, nothingToSay}},
		"a kit that waits less when there is nothing":     {leak{idleHurries: true}, []int{onePart, nothingToSay}},
		"a kit that fetches a drop twice to read a reply": {leak{readsTwice: true}, []int{onlyReads, nothingToSay}},
		"a kit that sends a report of one part faster":    {leak{burst: true}, []int{onePart, threeParts}},
	} {
		t.Run(name+" is found", func(t *testing.T) {
			sessions, labels := capture(t, 24, tt.leak, tt.kinds...)
			limit, best := chanceLimit(len(labels), 2), 0
			for _, right := range classify(sessions, labels) {
				best = max(best, right)
			}
			if t.Logf("%d of %d right", best, len(labels)); best < limit {
				t.Errorf("the classifier is blind: %d of %d right, and below %d it may be chance", best, len(labels), limit)
			}
		})
	}
}

// A leak is how a kit of the control group gives itself away.
type leak struct{ noCover, idleHurries, readsTwice, burst bool }

var honest leak

// A call is what a relay sees of one request.
type call struct {
	at         time.Time
	kind       int // by method and path
	sent, got  int // bytes of the bodies
	status     int
	headers    int
	luck, mean float64 // zero bits of the nonce; mean byte of the payload
}

// capture plays sessions, each of some kinds as often as another, in an order drawn by
// lot, and returns what the relay saw of each.
func capture(t *testing.T, each int, leak leak, which ...int) (sessions [][]call, labels []int) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 2)
		began := time.Now()
		now := func() time.Time { return day.Time().Add(6*time.Hour + time.Since(began)%(12*time.Hour)) }
		server := openRelay(t, d, now)
		wire := &wire{desk: d, relay: server}
		answered := newPhrase(t)
		play(t, d, wire, now, answered, onePart, honest)
		contact := d.opened(0, envelope.Daily, wire.payloads...)[0].Contact
		reply, err := d.editors[0].lt.Reply(d.id, contact, "Thank you. Who else could know?")
		check(t, err)
		for slot, e := range d.editors {
			c := envelope.DropContent{Slot: slot, Epoch: day, Rows: rows}
			if slot == 0 {
				c.Replies, c.Acks = reply, []envelope.Ack{contact.Ack(0, day)}
			}
			b, err := envelope.BuildDrop(e.key, d.id, c)
			check(t, err)
			publish(t, d, server, slot, envelope.PathPublishDrop, b)
		}
		for _, kind := range which {
			labels = append(labels, slices.Repeat([]int{kind}, each)...)
		}
		rand.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
		for _, kind := range labels {
			p := newPhrase(t)
			if kind == onlyReads {
				p = answered
			}
			wire.seen = nil
			play(t, d, wire, now, p, kind, leak)
			sessions = append(sessions, wire.seen)
		}
	})
	return sessions, labels
}

// play is one session from load to close.
func play(t *testing.T, d *desk, wire *wire, now func() time.Time, p envelope.Phrase, kind int, leak leak) {
	wire.dropsCover = leak.noCover
	config := kit.Config{Relay: "http://relay.example", Root: d.public(), Now: now, Transport: wire}
	if leak.idleHurries && (kind == nothingToSay || kind == onlyReads) || leak.burst && kind == onePart {
		config.Gap = func(context.Context) error {
			time.Sleep(20*time.Second + rand.N(10*time.Second))
			return nil
		}
	}
	c, err := kit.New(config)
	check(t, err)
	l, err := c.Load(t.Context(), kit.Week)
	check(t, err)
	for _, n := range l.Notices {
		if n.Kind.Alarm() {
			t.Fatal(n)
		}
	}
	time.Sleep(10*time.Second + rand.N(time.Minute)) // somebody types twelve words
	s, err := l.Unlock(p)
	check(t, err)
	defer s.Close()
	replies := s.Replies()
	if kind == onlyReads && len(replies) == 1 && leak.readsTwice {
		_, err := wire.RoundTrip(httptest.NewRequest(http.MethodGet, "http://relay.example"+envelope.DropPath(0, day), nil))
		check(t, err)
	} else if (kind == onlyReads) != (len(replies) == 1) && len(wire.payloads) > kit.PerSession {
		t.Fatalf("%d replies", len(replies))
	}
	switch kind {
	case onePart:
		check(t, s.Write("The bridge is shut."))
	case threeParts:
		check(t, s.Write(strings.Repeat("long ", 1900)))
	}
	_, err = s.Send(t.Context())
	check(t, err)
}

// openRelay is a relay that serves what the desk has published.
func openRelay(t *testing.T, d *desk, now func() time.Time) *relayzone.Server {
	server, err := relayzone.New(t.Context(), relayzone.Config{Root: d.public(), Store: relaytest.NewMemory(), Puzzle: envelope.MinPuzzle, Now: now})
	check(t, err)
	publish(t, d, server, 0, envelope.PathPublishCharter, d.roster[:envelope.CharterSize])
	for slot, e := range d.editors {
		publish(t, d, server, slot, envelope.PathPublishBlock, e.block)
	}
	publish(t, d, server, 0, envelope.PathPublishQuestions, d.questions(t, `{"questions":[]}`))
	return server
}

func publish(t *testing.T, d *desk, server *relayzone.Server, slot int, path string, body []byte) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	header, err := envelope.Authorize(d.editors[slot].key, d.id, slot, day, r.Method, path, body)
	check(t, err)
	r.Header.Set("Authorization", header)
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Fatalf("%s: %v", path, w.Body.Bytes()[0])
	}
}

// wire brings calls to a relay and keeps what the relay sees of each.
type wire struct {
	desk       *desk
	relay      *relayzone.Server
	dropsCover bool
	seen       []call
	payloads   [][]byte
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	c := call{at: time.Now(), sent: len(body), headers: len(r.Header)}
	if r.Method == http.MethodPost {
		_, payload, err := envelope.ReadDeposit(body)
		if err != nil {
			return nil, err
		}
		if w.dropsCover && len(w.desk.opened(0, envelope.Daily, payload)) == 0 {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(envelope.Answer(envelope.Taken)))}, nil
		}
		w.payloads = append(w.payloads, payload)
		c.luck = float64(bits.Len64(binary.BigEndian.Uint64(body[16:])))
		sum := 0
		for _, b := range payload {
			sum += int(b)
		}
		c.mean = float64(sum) / float64(len(payload))
	}
	at := httptest.NewRequest(r.Method, r.URL.Path, bytes.NewReader(body))
	answer := httptest.NewRecorder()
	w.relay.ServeHTTP(answer, at)
	c.got, c.status = answer.Body.Len(), answer.Code
	for i, path := range []string{envelope.PathStatus, envelope.PathRoster, envelope.PathQuestions, "/v1/drop/0", "/v1/drop/1", envelope.PathDeposit} {
		if strings.HasPrefix(r.URL.Path, path) {
			c.kind = i + 1
		}
	}
	w.seen = append(w.seen, c)
	return answer.Result(), nil
}

// features are the numbers that a session gives, as many for each: of every call
// in its place, and of the whole.
func features(calls []call) []float64 {
	const most = 24
	var all []float64
	var posts []time.Time
	sent, got := 0, 0
	for i := range most {
		var c call
		gap := 0.
		if i < len(calls) {
			c = calls[i]
			if i > 0 {
				gap = c.at.Sub(calls[i-1].at).Seconds()
			}
			sent, got = sent+c.sent, got+c.got
			if c.sent > 0 {
				posts = append(posts, c.at)
			}
		}
		all = append(all, float64(c.kind), float64(c.sent), float64(c.got), float64(c.status), float64(c.headers), c.luck, c.mean, gap)
	}
	least, longest := math.Inf(1), 0.
	for i := 1; i < len(posts); i++ {
		gap := posts[i].Sub(posts[i-1]).Seconds()
		least, longest = min(least, gap), max(longest, gap)
	}
	if math.IsInf(least, 1) {
		least = 0
	}
	last := 0.
	if len(posts) > 0 {
		last = posts[len(posts)-1].Sub(posts[0]).Seconds()
	}
	return append(all, float64(len(calls)), float64(len(posts)), float64(sent), float64(got), least, longest, last)
}

// classify returns, for each way to guess, how many sessions it files rightly
// when it has learnt from the others (ten folds).
func classify(sessions [][]call, labels []int) map[string]int {
	table := standardised(sessions)
	right := map[string]int{}
	const folds = 10
	for fold := range folds {
		var learn, ask []int
		for i := range labels {
			if i%folds == fold {
				ask = append(ask, i)
			} else {
				learn = append(learn, i)
			}
		}
		bayes := learnBayes(table, labels, learn)
		for _, i := range ask {
			for _, k := range []int{1, 7} {
				if neighbours(table, labels, learn, i, k) == labels[i] {
					right[fmt.Sprintf("%d nearest neighbours", k)]++
				}
			}
			if bayes.guess(table[i]) == labels[i] {
				right["naive Bayes"]++
			}
		}
	}
	return right
}

// standardised gives every feature mean 0 and variance 1, and leaves out those
// that are the same for all.
func standardised(sessions [][]call) [][]float64 {
	table := make([][]float64, len(sessions))
	var raw [][]float64
	for _, s := range sessions {
		raw = append(raw, features(s))
	}
	for f := range raw[0] {
		mean, variance := 0., 0.
		for _, row := range raw {
			mean += row[f] / float64(len(raw))
		}
		for _, row := range raw {
			variance += (row[f] - mean) * (row[f] - mean) / float64(len(raw))
		}
		if variance < 1e-12 {
			continue
		}
		for i, row := range raw {
			table[i] = append(table[i], (row[f]-mean)/math.Sqrt(variance))
		}
	}
	return table
}

// neighbours asks the k sessions that are most like this one.
func neighbours(table [][]float64, labels, learn []int, i, k int) int {
	distance := func(j int) (d float64) {
		for f, v := range table[i] {
			d += (v - table[j][f]) * (v - table[j][f])
		}
		return d
	}
	near := slices.SortedFunc(slices.Values(learn), func(a, b int) int {
		if d := distance(a) - distance(b); d != 0 {
			return int(math.Copysign(1, d))
		}
		return 0
	})
	var votes [sessionKinds]int
	for _, j := range near[:k] {
		votes[labels[j]]++
	}
	return slices.Index(votes[:], slices.Max(votes[:]))
}

// A bayes holds, for each kind and feature, a normal distribution.
type bayes struct {
	known          [sessionKinds]bool
	mean, variance [sessionKinds][]float64
}

func learnBayes(table [][]float64, labels, learn []int) bayes {
	var b bayes
	for kind := range sessionKinds {
		b.known[kind] = slices.ContainsFunc(learn, func(i int) bool { return labels[i] == kind })
		b.mean[kind], b.variance[kind] = make([]float64, len(table[0])), make([]float64, len(table[0]))
		for f := range table[0] {
			n, sum, squares := 0., 0., 0.
			for _, i := range learn {
				if labels[i] == kind {
					n, sum, squares = n+1, sum+table[i][f], squares+table[i][f]*table[i][f]
				}
			}
			b.mean[kind][f] = sum / n
			b.variance[kind][f] = squares/n - sum/n*sum/n + .01
		}
	}
	return b
}

func (b bayes) guess(row []float64) int {
	best, most := 0, math.Inf(-1)
	for kind := range sessionKinds {
		likely := 0.
		for f, v := range row {
			d := v - b.mean[kind][f]
			likely -= d*d/b.variance[kind][f]/2 + math.Log(b.variance[kind][f])/2
		}
		if b.known[kind] && likely > most {
			best, most = kind, likely
		}
	}
	return best
}

// chanceLimit returns the least number of right guesses of n, among so many
// kinds, that blind guessing reaches less than once in a million times.
func chanceLimit(n, classes int) int {
	tail, p := 0., 1/float64(classes)
	for k := n; k > 0; k-- {
		all, _ := math.Lgamma(float64(n + 1))
		in, _ := math.Lgamma(float64(k + 1))
		out, _ := math.Lgamma(float64(n - k + 1))
		tail += math.Exp(all - in - out + float64(k)*math.Log(p) + float64(n-k)*math.Log(1-p))
		if tail > 1e-6 {
			return k + 1
		}
	}
	return 1
}
