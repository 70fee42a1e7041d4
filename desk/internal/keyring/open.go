package keyring

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"hearsay/envelope"
)

// Open opens one envelope from a source with the bundles that still live,
// newest first. Whatever is wrong with it, the answer is envelope.ErrNotForUs.
func (k *Keyring) Open(sealed []byte) (*envelope.Message, error) {
	opener, _, err := k.opener()
	if err != nil {
		return nil, err
	}
	return opener.Open(sealed)
}

// OpenPayloads opens, on all cores, the envelope in each payload that stands in
// this editor's slot. The answer has a place for each payload, nil where it is
// not for us; most are cover. If ctx ends first, its error is returned.
func (k *Keyring) OpenPayloads(ctx context.Context, payloads [][]byte) ([]*envelope.Message, error) {
	opener, slot, err := k.opener()
	if err != nil {
		return nil, err
	}
	messages := make([]*envelope.Message, len(payloads))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(payloads)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(payloads)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if m, err := opener.OpenPayload(payloads[i], slot); err == nil { // the only error is not for us
					messages[i] = m
				}
			}
		})
	}
	workers.Wait()
	return messages, ctx.Err()
}

// opener returns what opens envelopes now. It may be used after the keyring has
// rotated on, for what was pulled before.
func (k *Keyring) opener() (*envelope.Opener, int, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, 0, ErrClosed
	}
	in := k.in.get()
	return in.opener, int(in.secrets.slot), nil
}
