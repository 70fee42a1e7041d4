//go:build unix

package desk

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gtank/ristretto255"
	"golang.org/x/crypto/chacha20poly1305"

	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/store"
	"hearsay/envelope"
)

// cpu is the time that all cores have worked for this process. It tells less of
// what else the machine does than a clock.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkImport imports 10,000 envelopes of 100 sources as they come from a
// relay, page by page: opened, filed, read, graded and kept. It compares the
// work of that, in the time of cores, with the sum of the primitives that cannot
// be done without, measured in the same run: what opening takes, the decoding of
// the keys that come with a message, the signature that vouches for its author,
// and the digests by which it is filed.
func BenchmarkImport(b *testing.B) {
	const envelopes, sources = 10_000, 100
	s := newStand(b, false)
	roster := s.roster()
	payloads := make([][]byte, envelopes)
	var who []*envelope.Source
	for range sources {
		who = append(who, s.source())
	}
	fill := cover(b, s.keys.Public().Desk)
	var workers sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := w; i < envelopes; i += runtime.GOMAXPROCS(0) {
				var text strings.Builder
				for word := range 40 {
					fmt.Fprintf(&text, "w%d ", (i*61+word*word*i)%3001)
				}
				text.WriteString("[so](claim:border/closure?value=closed)")
				sealed, err := who[i%sources].Seal(roster, envelope.Daily, text.String())
				if err != nil {
					b.Error(err)
					return
				}
				payloads[i] = slices.Concat(sealed[0][:envelope.Size], fill[envelope.Size:])
			}
		})
	}
	workers.Wait()
	b.ResetTimer()
	began := cpu(b)
	for page := range slices.Chunk(payloads, envelope.InboxPage) {
		if _, err := s.openAll(b.Context(), page, casebook.ByRelay, s.today(), s.book.ReceiveMore); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.book.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	took := (cpu(b) - began) / envelopes
	b.StopTimer()
	if n := len(s.book.Inbox().Reports); n != envelopes {
		b.Fatalf("%d reports are kept", n)
	}
	needed, keeping := primitives(b), s.keepAgain(b)/envelopes
	b.ReportMetric(float64(took.Microseconds()), "import-µs/envelope")
	b.ReportMetric(float64(needed.Microseconds()), "primitives-µs/envelope")
	b.ReportMetric(float64(keeping.Microseconds()), "keeping-µs/envelope")
	b.ReportMetric(float64(needed)/float64(took), "of-the-primitives'-rate")
	b.ReportMetric(float64(needed+keeping)/float64(took), "of-their-rate-with-keeping")
}

// keepAgain measures what it takes to keep the same records in another store, a
// page at a time.
func (s *stand) keepAgain(b *testing.B) time.Duration {
	b.Helper()
	var records []casebook.Record
	if err := s.store.Load(b.Context(), func(r casebook.Record) error { records = append(records, r); return nil }); err != nil {
		b.Fatal(err)
	}
	other, err := store.Create(filepath.Join(b.TempDir(), "again.db"), [store.KeySize]byte{1})
	if err != nil {
		b.Fatal(err)
	}
	defer other.Close()
	began := cpu(b)
	for page := range slices.Chunk(records, envelope.InboxPage) {
		if err := other.Append(b.Context(), page); err != nil {
			b.Fatal(err)
		}
	}
	return cpu(b) - began
}

// primitives measures what one envelope cannot be opened, checked and filed
// without.
func primitives(b *testing.B) time.Duration {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	xwing, err := hpke.MLKEM768X25519().GenerateKey()
	must(err)
	sealed, err := hpke.Seal(xwing.PublicKey(), hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), nil, make([]byte, 1216))
	must(err)
	decapsulation, err := mlkem.GenerateKey768()
	must(err)
	_, c2 := decapsulation.EncapsulationKey().Encapsulate()
	mine, err := ecdh.X25519().GenerateKey(rand.Reader)
	must(err)
	theirs, err := ecdh.X25519().GenerateKey(rand.Reader)
	must(err)
	aead, err := chacha20poly1305.New(make([]byte, 32))
	must(err)
	body := aead.Seal(nil, make([]byte, 12), make([]byte, 4704), nil)
	own, ownSecret, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	vouched := make([]byte, 72)
	signature := ed25519.Sign(ownSecret, vouched)
	fetch := ristretto255.NewElement().ScalarBaseMult(ristretto255.NewScalar().FromUniformBytes(make([]byte, 64))).Encode(nil)
	contact := make([]byte, envelope.ContactSize)
	mlkemKey, xwingKey := decapsulation.EncapsulationKey().Bytes(), xwing.PublicKey().Bytes()

	const times = 500
	began := cpu(b)
	for range times {
		_, err := hpke.Open(xwing, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), nil, sealed)
		must(err)
		_, err = decapsulation.Decapsulate(c2)
		must(err)
		for range 2 {
			_, err = mine.ECDH(theirs.PublicKey())
			must(err)
		}
		_, err = aead.Open(nil, make([]byte, 12), body, nil)
		must(err)
		_, err = mlkem.NewEncapsulationKey768(mlkemKey)
		must(err)
		_, err = hpke.MLKEM768X25519().NewPublicKey(xwingKey)
		must(err)
		must(ristretto255.NewElement().Decode(fetch))
		if !ed25519.Verify(own, vouched, signature) {
			b.Fatal("it does not verify")
		}
		for range 2 { // the fingerprint, and the digests of the inbox's parts
			sha256.Sum256(contact)
		}
	}
	return (cpu(b) - began) / times
}
