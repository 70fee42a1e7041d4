package casebook

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

// TestFloodIsFiledOnce: what strangers send, as often as they like, does not
// have all that is kept filed anew each time.
func TestFloodIsFiledOnce(t *testing.T) {
	sum := func(form string, i int) [32]byte { return sha256.Sum256(fmt.Appendf(nil, form, i)) }
	b := NewBook()
	for i := range 300 {
		in := Incoming{
			Channel: ByRelay, Received: 20_000, Endorsed: true, Parts: 1, Message: [16]byte{byte(i), byte(i >> 8)},
			Fingerprint: sum("inbox %d", i), InboxKeys: [][32]byte{sum("key %d", i)}, Author: sum("author %d", i),
		}
		if i%3 == 0 {
			in.Successor = &Successor{Fingerprint: sum("new inbox %d", i), InboxKeys: [][32]byte{sum("new key %d", i)}, Author: sum("new author %d", i)}
		} else if i%3 == 2 { // another order of words that wrote just now
			in.Fingerprint, in.InboxKeys = sum("inbox %d", i-1), [][32]byte{sum("key %d", i-1)}
		}
		for _, r := range b.receive(in) {
			r.Seq, r.Day = b.lastSeq+1, in.Received
			before := b.unsettled
			if err := b.Apply(r); err != nil {
				t.Fatal(err)
			}
			if before && !b.unsettled {
				t.Fatalf("message %d had all filed anew", i)
			}
		}
	}
	b.settled()
	for _, r := range b.rollovers {
		if r.Verdict != Followed {
			t.Errorf("a rollover is %s", r.Verdict)
		}
	}
	ambiguous := 0
	for _, r := range b.inOrder {
		if r.Flag == Ambiguous {
			ambiguous++
		}
	}
	if len(b.rollovers) != 100 || ambiguous != 200 {
		t.Errorf("%d rollovers and %d reports in doubt", len(b.rollovers), ambiguous)
	}
}
