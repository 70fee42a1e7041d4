package envelope

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/gtank/ristretto255"
	"golang.org/x/crypto/chacha20poly1305"
)

func BenchmarkSealPayload(b *testing.B) {
	d := newTestDesk(b, 1, 4)
	r, s := d.roster(b), newTestSource(b, d.id)
	for b.Loop() {
		if _, err := s.Seal(r, Daily, "text"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	d := newTestDesk(b, 1, 4)
	to, s := d.roster(b).recipients[Daily][0], newTestSource(b, d.id).keys.get()
	from := sender{dh: s.author, mlkem: s.inbox.mlkem.EncapsulationKey().Bytes()}
	p := plaintext{kind: Report, contact: s.contact, parts: 1, body: []byte("text")}
	for b.Loop() {
		if _, err := seal(d.id, to, from, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	v := loadVectors(b)
	o := v.opener(b)
	for b.Loop() {
		if _, err := o.Open(v.Envelope.Bytes); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealChunk(b *testing.B) {
	key, data := NewFileKey(), make([]byte, ChunkData)
	b.SetBytes(ChunkData)
	for b.Loop() {
		if _, err := SealChunk(DeskID{}, key, 0, 1, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenChunk(b *testing.B) {
	key := NewFileKey()
	chunk, err := SealChunk(DeskID{}, key, 0, 1, make([]byte, ChunkData))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(ChunkData)
	for b.Loop() {
		if _, err := OpenChunk(DeskID{}, key, 0, 1, chunk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFailedProbe(b *testing.B) {
	d := newTestDesk(b, 1, 4)
	e := d.editors[0]
	o := NewOpener(d.id, e.lt.Public(), e.bundles[Daily])
	cover, err := throwaway(d.id)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := o.Open(cover); err != ErrNotForUs {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenAgainstPrimitives measures Open and, in the same run, the sum of
// the primitives that it cannot do without: an HPKE open, an ML-KEM
// decapsulation, two X25519 exchanges, an AEAD open and a hash of the metadata.
// The second ratio counts the decoding of the contact's keys among them.
func BenchmarkOpenAgainstPrimitives(b *testing.B) {
	v := loadVectors(b)
	o := v.opener(b)
	keys := o.o.get().keys[0]
	envelope := []byte(v.Envelope.Bytes)
	m, err := o.Open(envelope)
	if err != nil {
		b.Fatal(err)
	}
	contact := m.Contact.keys()
	from, err := ecdh.X25519().NewPublicKey(v.Source.AuthDHPK)
	if err != nil {
		b.Fatal(err)
	}
	ephemeral, err := ecdh.X25519().NewPublicKey(envelope[c1At:cAt])
	if err != nil {
		b.Fatal(err)
	}
	aead, err := chacha20poly1305.New(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	nonce := make([]byte, chacha20poly1305.NonceSize)
	sealed := aead.Seal(nil, nonce, make([]byte, plaintextSize), nil)

	measure := func(total *time.Duration, f func() error) {
		start := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		*total += time.Since(start)
	}
	var open, primitives, decoding time.Duration
	for b.Loop() {
		measure(&open, func() error { _, err := o.Open(envelope); return err })
		measure(&primitives, func() error { _, err := hpke.Open(keys.pke, hpkeKDF, hpkeAEAD, nil, envelope[pkeAt:]); return err })
		measure(&primitives, func() error { _, err := keys.mlkem.Decapsulate(envelope[:c1At]); return err })
		measure(&primitives, func() error { _, err := keys.dh.ECDH(ephemeral); return err })
		measure(&primitives, func() error { _, err := keys.dh.ECDH(from); return err })
		measure(&primitives, func() error { _, err := aead.Open(nil, nonce, sealed, nil); return err })
		measure(&primitives, func() error { sha256.Sum256(envelope[pkeAt:]); return nil })
		measure(&decoding, func() error { _, err := mlkem.NewEncapsulationKey768(contact.mlkem[:]); return err })
		measure(&decoding, func() error { _, err := xwing.NewPublicKey(contact.pke[:]); return err })
		measure(&decoding, func() error { return ristretto255.NewElement().Decode(contact.fetch[:]) })
	}
	n := float64(b.N)
	b.ReportMetric(float64(open.Nanoseconds())/n, "open-ns")
	b.ReportMetric(float64(primitives.Nanoseconds())/n, "primitives-ns")
	b.ReportMetric(float64(decoding.Nanoseconds())/n, "decoding-ns")
	b.ReportMetric(float64(open)/float64(primitives), "open/primitives")
	b.ReportMetric(float64(open)/float64(primitives+decoding), "open/(primitives+decoding)")
}

func BenchmarkDeriveSource(b *testing.B) {
	p := newTestPhrase(b)
	for b.Loop() {
		if _, err := DeriveSource(p, DeskID{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildDrop4(b *testing.B) {
	e := newTestEditor(b, DeskID{})
	for b.Loop() {
		if _, err := BuildDrop(e.key, DeskID{}, DropContent{Rows: 4}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSolveDefaultPuzzle(b *testing.B) {
	payload := make([]byte, PayloadSize)
	for n := uint64(0); b.Loop(); n++ {
		payload[n%PayloadSize]++
		if _, err := NewDeposit(b.Context(), DeskID{}, testDay, payload, DefaultPuzzle); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseRoster(b *testing.B) {
	d := newTestDesk(b, 3, 4)
	roster := d.rosterBytes(b)
	for b.Loop() {
		if _, err := ParseRoster(d.public(), roster, testDay, 0); err != nil {
			b.Fatal(err)
		}
	}
}
