package relay

import (
	"encoding/hex"
	"errors"
	"net/http"

	"hearsay/envelope"
)

// authorize returns who of the charter's editors made the call, or what to
// answer instead. A call is good for the day it names, give or take one for
// clocks, and once: its random number is kept as long as it could be used.
func (s *Server) authorize(r *http.Request, body []byte, charter *envelope.Charter, today envelope.Epoch) (slot int, no *reply) {
	headers := r.Header.Values("Authorization")
	if charter == nil || len(headers) != 1 {
		return 0, &noEditor
	}
	a, err := envelope.ParseAuthorization(headers[0])
	if err != nil || a.Slot >= len(charter.Editors) {
		return 0, &noEditor
	}
	if days := int64(a.Epoch) - int64(today); days < -1 || days > 1 {
		return 0, &noDay
	}
	if !a.Verify(charter.Editors[a.Slot], s.desk, r.Method, r.URL.Path, body) {
		return 0, &noEditor
	}
	// Only now: a stranger could fill the store with numbers.
	err = s.store.Add(r.Context(), Record{
		Name:  noncePrefix + hex.EncodeToString(a.Random[:]),
		Until: max(a.Epoch, today) + 1,
	})
	switch {
	case errors.Is(err, ErrExists):
		return 0, &noEditor
	case err != nil:
		s.fail(err)
		return 0, &unavailable
	}
	return a.Slot, nil
}
