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
	openers, _, err := k.openers()
	if err != nil {
		return nil, err
	}
	return openAny(openers, func(o *envelope.Opener) (*envelope.Message, error) { return o.Open(sealed) })
}

// OpenPayloads opens, on all cores, the envelope in each payload that stands in
// this editor's slot. The answer has a place for each payload, nil where it is
// not for us; most are cover. If ctx ends first, its error is returned.
func (k *Keyring) OpenPayloads(ctx context.Context, payloads [][]byte) ([]*envelope.Message, error) {
	openers, slot, err := k.openers()
	if err != nil {
		return nil, err
	}
	messages := make([]*envelope.Message, len(payloads))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(payloads)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(payloads)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				m, err := openAny(openers, func(o *envelope.Opener) (*envelope.Message, error) { return o.OpenPayload(payloads[i], slot) })
				if err == nil { // the only error is not for us
					messages[i] = m
				}
			}
		})
	}
	workers.Wait()
	return messages, ctx.Err()
}

func openAny(openers []*envelope.Opener, open func(*envelope.Opener) (*envelope.Message, error)) (*envelope.Message, error) {
	for _, o := range openers {
		if m, err := open(o); err == nil {
			return m, nil
		}
	}
	return nil, envelope.ErrNotForUs
}

// openers returns what opens envelopes now. It may be used after the keyring
// has rotated on, for what was pulled before.
func (k *Keyring) openers() ([]*envelope.Opener, int, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, 0, ErrClosed
	}
	in := k.in.get()
	return in.openers, int(in.secrets.slot), nil
}
