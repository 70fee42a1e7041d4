package relay

import (
	"net/http"
	"strconv"

	"hearsay/envelope"
)

// checks are what is asked of a deposit of each kind before it is taken.
var checks = [...]func(desk envelope.DeskID, b []byte, today envelope.Epoch, puzzle int) ([]byte, [32]byte, envelope.AnswerCode){
	Triple: envelope.CheckDepositDigest,
	Chunk:  envelope.CheckChunkDigest,
}

// deposit takes a deposit from anyone. The answer comes once the store has
// kept it, and is the same whether it was new, known or crowded out.
func (s *Server) deposit(r *http.Request, kind Kind) reply {
	body, no := s.bodies.read(r, envelope.DepositHeader+kind.Size())
	if no != nil {
		return *no
	}
	defer s.bodies.release(body)
	s.gate.RLock()
	defer s.gate.RUnlock()
	today := s.view.Load().today
	payload, digest, code := checks[kind](s.desk, body.bytes, today, s.puzzle)
	if code != envelope.Taken {
		return refuse(http.StatusBadRequest, code)
	}
	err := s.store.Append(r.Context(), today, Deposit{kind, digest, payload}, Reservoir{Cap: s.capacity[kind], IntN: s.chance.IntN})
	if err != nil {
		s.fail(err)
		return unavailable
	}
	return taken
}

// pageLength is the length of a page, whatever is on it.
var pageLength = []string{strconv.Itoa(envelope.InboxPageSize)}

// count adds the answer to a deposit to the counts of the day.
func (s *Server) count(kind Kind, answer reply) reply {
	switch answer.status {
	case http.StatusOK:
		s.counts.taken[kind].Add(1)
	case http.StatusBadRequest:
		s.counts.refused.Add(1)
	}
	return answer
}

// inbox hands an editor one page of a day's deposits of one kind.
func (s *Server) inbox(r *http.Request, today, day envelope.Epoch, kind Kind, page int) reply {
	if _, no := s.authorize(r, nil, s.view.Load().charter, today); no != nil {
		return *no
	}
	// A desk that was given half a day in one order and half in another would
	// say done to what it never saw. So no day may be closed in between, and
	// one that could not be closed yet is not served.
	s.gate.RLock()
	defer s.gate.RUnlock()
	today = s.view.Load().today // it may have turned while the call was looked at
	if day < today && s.board.turned < today {
		return unavailable
	}
	ids, err := s.store.List(r.Context(), day, kind)
	if err != nil {
		s.fail(err)
		return unavailable
	}
	if page*kind.page() >= len(ids) {
		return absent
	}
	if day >= today {
		// An order that stayed would show between two requests what came
		// in between.
		s.chance.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	ids = ids[page*kind.page():]
	payloads, err := s.store.Get(r.Context(), ids[:min(len(ids), kind.page())])
	if err != nil {
		s.fail(err)
		return unavailable
	}
	b := make([]byte, 0, kind.page()*kind.Size()) // as much for either
	for _, p := range payloads {
		if p == nil && day < today {
			return unavailable // forgotten just now
		}
		b = append(b, p...) // nothing, for one that was crowded out just now
	}
	return reply{http.StatusOK, b[:cap(b)], pageLength}
}
