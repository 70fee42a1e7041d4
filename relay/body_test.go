package relay_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"

	"hearsay/envelope"
	"hearsay/relay"
)

// Callers who send most of a body and stop hold no more memory than there is
// for all of them, and others are told to come again. One who announces a body
// and sends nothing holds none.
func TestBodiesShareMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const held = relay.BodyMemory / envelope.ChunkDepositSize
		w := newWorld(t, 1)
		var callers sync.WaitGroup
		var ends []*io.PipeWriter
		slow := func(sends int) {
			r, body := io.Pipe()
			ends = append(ends, body)
			request := httptest.NewRequest(http.MethodPost, envelope.PathChunk, r)
			request.ContentLength = envelope.ChunkDepositSize
			callers.Go(func() { w.ServeHTTP(httptest.NewRecorder(), request) })
			callers.Go(func() { body.Write(make([]byte, sends)) }) // fails for the last byte, that nobody reads
		}
		for range 50 {
			slow(100)
		}
		synctest.Wait()
		said(t, "beside callers who only announce", w.post(t, day, 0), 200, envelope.Taken)
		for range held {
			slow(envelope.ChunkDepositSize - 1)
		}
		synctest.Wait()
		chunk := w.desk.DepositOf(t, relay.Chunk, day, 0)
		said(t, "beside callers who hold all there is", w.call(http.MethodPost, envelope.PathChunk, chunk), 503, envelope.Unavailable)
		if s := w.status(t); s.Epoch != day {
			t.Error("what everyone may have is not served")
		}
		for _, body := range ends {
			body.Close()
		}
		callers.Wait()
		said(t, "once they are gone", w.call(http.MethodPost, envelope.PathChunk, chunk), 200, envelope.Taken)
	})
}
