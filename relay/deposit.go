package relay

import (
	"net/http"

	"hearsay/envelope"
)

// deposit takes a deposit from anyone. The answer comes once the store has
// kept it, and is the same whether it was new, known or crowded out.
func (s *Server) deposit(r *http.Request) reply {
	body, ok := readBody(r, envelope.DepositSize)
	if !ok {
		return badShape
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	today := s.view.Load().today
	payload, code := envelope.CheckDeposit(s.desk, body, today, s.puzzle)
	if code != envelope.Taken {
		return refuse(http.StatusBadRequest, code)
	}
	err := s.store.Append(r.Context(), today, payload, Reservoir{Cap: s.capacity, IntN: s.chance.IntN})
	if err != nil {
		s.fail(err)
		return unavailable
	}
	return taken
}

// count adds the answer to a deposit to the counts of the day.
func (s *Server) count(answer reply) reply {
	switch answer.status {
	case http.StatusOK:
		s.counts.taken.Add(1)
	case http.StatusBadRequest:
		s.counts.refused.Add(1)
	}
	return answer
}

// inbox hands an editor one page of a day's deposits.
func (s *Server) inbox(r *http.Request, today, day envelope.Epoch, page int) reply {
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
	ids, err := s.store.List(r.Context(), day)
	if err != nil {
		s.fail(err)
		return unavailable
	}
	if page*envelope.InboxPage >= len(ids) {
		return absent
	}
	if day >= today {
		// An order that stayed would show between two requests what came
		// in between.
		s.chance.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	ids = ids[page*envelope.InboxPage:]
	payloads, err := s.store.Get(r.Context(), ids[:min(len(ids), envelope.InboxPage)])
	if err != nil {
		s.fail(err)
		return unavailable
	}
	b := make([]byte, 0, envelope.InboxPageSize)
	for _, p := range payloads {
		if p == nil && day < today {
			return unavailable // forgotten just now
		}
		b = append(b, p...) // nothing, for one that was crowded out just now
	}
	return reply{http.StatusOK, b[:envelope.InboxPageSize]}
}
