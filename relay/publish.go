package relay

import (
	"bytes"
	"context"
	"net/http"

	"hearsay/envelope"
)

// The relay verifies what is published so that a stolen key of one editor
// cannot fill it with garbage. Kits verify everything again and never rely on
// it.

// publishCharter takes a charter that the root signed and that is newer than
// the one there is. The call is authorized by an editor whom the new charter
// names: of the first there is no other, and one who was removed has none.
func (s *Server) publishCharter(r *http.Request, today envelope.Epoch) reply {
	sent, no := s.bodies.read(r, envelope.CharterSize)
	if no != nil {
		return *no
	}
	defer s.bodies.release(sent)
	body := sent.bytes
	charter, err := envelope.ParseCharter(s.root, body)
	if err != nil {
		return badSigned
	}
	if _, no := s.authorize(r, body, &charter, today); no != nil {
		return *no
	}
	if !charter.Covers(today) && !charter.Covers(today+1) {
		return badEpoch
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer, newer := succeeds(s.board.charterBytes, s.board.charter.Serial, body, charter.Serial); !newer {
		return answer
	}
	if !s.put(r.Context(), Record{Name: charterName, Until: Forever, Body: body}) {
		return unavailable
	}
	s.board.charter, s.board.charterBytes = charter, body
	s.board.takeDownStrangers(s.root)
	s.show()
	if err := s.forgetDone(r.Context()); err != nil { // there may be fewer editors to wait for
		s.fail(err)
	}
	return taken
}

// publishBlock takes an editor's keys. The last one that came is shown.
func (s *Server) publishBlock(r *http.Request, today envelope.Epoch) reply {
	sent, no := s.bodies.read(r, envelope.BlockSize)
	if no != nil {
		return *no
	}
	defer s.bodies.release(sent)
	body := sent.bytes
	charter := s.view.Load().charter
	slot, no := s.authorize(r, body, charter, today)
	if no != nil {
		return *no
	}
	if _, err := envelope.ParseBlock(s.desk, charter.Editors[slot], body); err != nil {
		return badSigned
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.put(r.Context(), Record{Name: blockName(slot), Until: Forever, Body: body}) {
		return unavailable
	}
	s.board.blocks[slot] = body
	s.board.takeDownStrangers(s.root) // the charter may have changed meanwhile
	s.show()
	return taken
}

// publishQuestions takes questions that are newer than those there are.
func (s *Server) publishQuestions(r *http.Request, today envelope.Epoch) reply {
	sent, no := s.bodies.read(r, envelope.QuestionsSize)
	if no != nil {
		return *no
	}
	defer s.bodies.release(sent)
	body := sent.bytes
	charter := s.view.Load().charter
	if _, no := s.authorize(r, body, charter, today); no != nil {
		return *no
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := envelope.ParseQuestions(s.desk, s.board.signers(s.root), body)
	if err != nil {
		return badSigned
	}
	if answer, newer := succeeds(s.board.questionFile, s.board.questions.Serial, body, q.Serial); !newer {
		return answer
	}
	if !s.put(r.Context(), Record{Name: questionsName, Until: Forever, Body: body}) {
		return unavailable
	}
	s.board.questions, s.board.questionFile = q, body
	s.show()
	return taken
}

// publishDrop takes the drop of an editor and a day. The first one stays: had
// another taken its place, kits that came before and after would have read
// different things, and the proof of it would be gone.
func (s *Server) publishDrop(r *http.Request, today envelope.Epoch) reply {
	charter := s.view.Load().charter
	if charter == nil {
		return noEditor
	}
	sent, no := s.bodies.read(r, envelope.DropSize(charter.Rows))
	if no != nil {
		return *no
	}
	defer s.bodies.release(sent)
	body := sent.bytes
	slot, no := s.authorize(r, body, charter, today)
	if no != nil {
		return *no
	}
	drop, err := envelope.ParseDrop(s.desk, charter.Editors[slot], charter.Rows, body)
	if err != nil || drop.Slot != slot {
		return badSigned
	}
	if drop.Epoch > today+1 || lastKept(drop.Epoch) < today {
		return badEpoch
	}
	key := dropKey{slot, drop.Epoch}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.board.drops[key]; bytes.Equal(first, body) {
		return taken
	} else if first != nil {
		return badSigned
	}
	if !s.put(r.Context(), Record{Name: dropName(key), Until: lastKept(drop.Epoch), Body: body}) {
		return unavailable
	}
	s.board.drops[key] = body
	s.show()
	return taken
}

// done notes that an editor has all of a day, and forgets the day when all
// editors have. Said again it is taken again.
func (s *Server) done(r *http.Request, today, day envelope.Epoch) reply {
	if !noBody(r) {
		return badShape
	}
	slot, no := s.authorize(r, nil, s.view.Load().charter, today)
	if no != nil {
		return *no
	}
	if day >= today {
		return badEpoch // more may come
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.put(r.Context(), Record{Name: doneName(slot, day), Until: lastKept(day)}) {
		return unavailable
	}
	s.board.done[day] = s.board.done[day].with(slot)
	if err := s.forgetDone(r.Context()); err != nil {
		s.fail(err)
		return unavailable
	}
	return taken
}

// forgetDone removes the deposits of the days with which every editor is done.
// The caller holds mu.
func (s *Server) forgetDone(ctx context.Context) error {
	if s.board.charterBytes == nil {
		return nil
	}
	all := everyone(len(s.board.charter.Editors))
	for day, done := range s.board.done {
		if done&all != all {
			continue
		}
		if err := s.store.Forget(ctx, day); err != nil {
			return err
		}
		delete(s.board.done, day)
	}
	return nil
}

// succeeds compares what is published with what there is. If it is not newer,
// the answer says so: the same again is taken, and changes nothing.
func succeeds(old []byte, oldSerial uint32, body []byte, serial uint32) (answer reply, newer bool) {
	switch {
	case bytes.Equal(old, body):
		return taken, false
	case old != nil && serial <= oldSerial:
		return badSigned, false
	}
	return reply{}, true
}

// put keeps r and reports whether the store did.
func (s *Server) put(ctx context.Context, r Record) bool {
	err := s.store.Put(ctx, r)
	s.fail(err)
	return err == nil
}

// show serves everyone what is on the board. The caller holds mu.
func (s *Server) show() { s.view.Store(s.board.view(s.view.Load().today, s.puzzle)) }
