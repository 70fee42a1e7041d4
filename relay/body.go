package relay

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"hearsay/envelope"
)

// A relay has little memory (64 MiB in its unit), and callers who send slowly
// hold what they have sent. So all bodies together may take bodyMemory, and a
// call that would need more is answered as unavailable. A body is measured by
// its first bytes before it is given room for the rest: to announce much and
// send nothing takes no memory from others.
const (
	bodyMemory = 16 << 20
	firstBytes = 4 << 10
)

// bodies hands out memory for bodies.
type bodies struct {
	taken atomic.Int64
	first sync.Pool              // of *[firstBytes]byte
	whole [len(Kinds)]*sync.Pool // of *body, for the deposits of a kind
}

func newBodies() *bodies {
	b := &bodies{first: sync.Pool{New: func() any { return new([firstBytes]byte) }}}
	for _, kind := range Kinds {
		b.whole[kind] = &sync.Pool{New: func() any { return &body{bytes: make([]byte, envelope.DepositHeader+kind.Size())} }}
	}
	return b
}

// A body is what a call sent.
type body struct {
	bytes []byte
	pool  *sync.Pool // where it goes back to; nil for memory of its own
}

// read reads a body of just size bytes. The caller releases it.
func (m *bodies) read(r *http.Request, size int) (*body, *reply) {
	if r.ContentLength >= 0 && r.ContentLength != int64(size) {
		return nil, &badShape // not worth reading
	}
	first := m.first.Get().(*[firstBytes]byte)
	defer m.first.Put(first)
	n, err := io.ReadFull(r.Body, first[:min(size, firstBytes)])
	if err != nil {
		return nil, &badShape
	}
	if m.taken.Add(int64(size)) > bodyMemory {
		m.taken.Add(-int64(size))
		return nil, &unavailable
	}
	b := m.take(size)
	copy(b.bytes, first[:n])
	if _, err := io.ReadFull(r.Body, b.bytes[n:]); err != nil {
		m.release(b)
		return nil, &badShape
	}
	if !ended(r) {
		m.release(b)
		return nil, &badShape
	}
	return b, nil
}

// ended says whether a body has no more bytes.
func ended(r *http.Request) bool {
	if r.ContentLength >= 0 {
		return true // net/http holds it to that
	}
	var more [1]byte
	n, err := io.ReadFull(r.Body, more[:])
	return n == 0 && err == io.EOF
}

// noBody says whether a call came without a body.
func noBody(r *http.Request) bool {
	return r.ContentLength == 0 || r.ContentLength < 0 && ended(r)
}

// take returns memory for a body that has been counted.
func (m *bodies) take(size int) *body {
	for _, kind := range Kinds {
		if size == envelope.DepositHeader+kind.Size() {
			b := m.whole[kind].Get().(*body)
			b.pool = m.whole[kind]
			return b
		}
	}
	return &body{bytes: make([]byte, size)}
}

// release takes back the memory of a deposit, and counts that of a publication
// as no longer a caller's.
func (m *bodies) release(b *body) {
	m.taken.Add(-int64(len(b.bytes)))
	if b.pool != nil {
		b.pool.Put(b)
	}
}
