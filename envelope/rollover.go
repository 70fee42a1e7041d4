package envelope

import (
	"errors"
	"fmt"
	"slices"
)

// ErrRollover is returned for bytes that name no successor of a source.
var ErrRollover = errors.New("not a rollover")

// A Successor is the identity that a source takes on with new words (PROTOCOL
// 4.9). The desk answers it and no longer the old one, and lets nobody see that
// the two belong together.
//
// That the new words vouch for the author is checked; that whoever sent the
// rollover has those words is not, and cannot be. So a successor that the desk
// knows already as somebody else is a claim and no more.
type Successor struct {
	Contact Contact
	Author  Author // auth_dh of the new words in the order that will be used first
}

const rolloverSize = ptIDAt - ptContactAt + dhSize + mlkemKeySize // 2,608

// successor is the body of a message of type [Rollover]: fetch ‖ pke ‖ reply_dh ‖
// own_vk ‖ own_sig ‖ ack ‖ auth_dh ‖ mlkem.
func (k *sourceKeys) successor() []byte {
	return slices.Concat(k.contact, k.author.PublicKey().Bytes(), k.inbox.mlkem.EncapsulationKey().Bytes())
}

// ParseRollover reads the body of a rollover: its keys must decode, and the new
// own key must vouch for the new author at this desk.
func ParseRollover(desk DeskID, body []byte) (Successor, error) {
	if len(body) != rolloverSize {
		return Successor{}, fmt.Errorf("parse rollover: %w", ErrRollover)
	}
	contact, author := body[:ptIDAt-ptContactAt], body[ptIDAt-ptContactAt:]
	if _, err := decodeDH(author[:dhSize]); err != nil {
		return Successor{}, fmt.Errorf("parse rollover: author: %w", err)
	}
	p := plaintext{kind: Rollover, contact: contact, parts: 1}
	m, err := p.message(author)
	if err != nil {
		return Successor{}, fmt.Errorf("parse rollover: %w", err)
	}
	if !m.Endorsed(desk) {
		return Successor{}, fmt.Errorf("parse rollover: signature: %w", ErrRollover)
	}
	return Successor{Contact: m.Contact, Author: m.Author}, nil
}
