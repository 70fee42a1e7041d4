package keyring

import "hearsay/envelope"

// SealReply seals an answer to a source as this editor, and returns one to three
// rows for a drop. Each call gives other rows, so what was sealed for a drop that
// is signed is never sealed again. Errors: envelope.ErrBody.
func (k *Keyring) SealReply(to envelope.Contact, text string) ([][]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	return in.longTerm.Reply(in.desk(), to, text)
}
