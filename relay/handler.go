package relay

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"hearsay/envelope"
)

// A reply is a status and a whole body.
type reply struct {
	status int
	body   []byte
}

var (
	taken       = refuse(http.StatusOK, envelope.Taken) // no refusal, but of the same form
	badShape    = refuse(http.StatusBadRequest, envelope.BadShape)
	badEpoch    = refuse(http.StatusBadRequest, envelope.BadEpoch)
	badSigned   = refuse(http.StatusBadRequest, envelope.BadSigned)
	noEditor    = refuse(http.StatusUnauthorized, envelope.BadSigned)
	noDay       = refuse(http.StatusUnauthorized, envelope.BadEpoch)
	absent      = refuse(http.StatusNotFound, envelope.Absent)
	unavailable = refuse(http.StatusServiceUnavailable, envelope.Unavailable)
)

func refuse(status int, code envelope.AnswerCode) reply {
	return reply{status, envelope.Answer(code)}
}

// file serves a file that everyone may have, or says instead that there is none.
func file(b []byte, none reply) reply {
	if b == nil {
		return none
	}
	return reply{http.StatusOK, b}
}

// ServeHTTP implements http.Handler. There is no ServeMux: it would redirect
// what is not spelt its way, and answer in words.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := s.answer(r)
	h := w.Header()
	h["Date"] = nil         // net/http would add the time,
	h["Content-Type"] = nil // and a guess
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	w.Write(answer.body) // whoever went away does not want to know
}

// answer finds the call that was made. A path has one spelling only.
func (s *Server) answer(r *http.Request) reply {
	if r.URL.RawPath != "" || r.URL.RawQuery != "" || r.URL.ForceQuery {
		return absent
	}
	today := s.today(r.Context())
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	switch path := r.URL.Path; r.Method {
	case http.MethodGet:
		if _, ok := readBody(r, 0); !ok {
			return badShape
		}
		v := s.view.Load()
		switch {
		case path == envelope.PathStatus:
			return reply{http.StatusOK, v.status}
		case path == envelope.PathRoster:
			return file(v.roster, unavailable)
		case path == envelope.PathQuestions:
			return file(v.questions, unavailable)
		case name == "drop":
			slot, day, err := splitName(rest)
			if err != nil || path != envelope.DropPath(slot, day) {
				return absent
			}
			return file(v.drops[dropKey{slot, day}], absent)
		case name == "inbox":
			day, page, ok := dayAndPage(rest)
			if !ok || path != envelope.InboxPath(day, page) {
				return absent
			}
			return s.inbox(r, today, day, page)
		}
	case http.MethodPost:
		switch {
		case path == envelope.PathDeposit:
			return s.count(s.deposit(r))
		case path == envelope.PathPublishCharter:
			return s.publishCharter(r, today)
		case path == envelope.PathPublishBlock:
			return s.publishBlock(r, today)
		case path == envelope.PathPublishQuestions:
			return s.publishQuestions(r, today)
		case path == envelope.PathPublishDrop:
			return s.publishDrop(r, today)
		case name == "done":
			day, err := envelope.ParseEpoch(rest)
			if err != nil || path != envelope.DonePath(day) {
				return absent
			}
			return s.done(r, today, day)
		}
	}
	return absent
}

func dayAndPage(rest string) (day envelope.Epoch, page int, ok bool) {
	first, second, _ := strings.Cut(rest, "/")
	day, err := envelope.ParseEpoch(first)
	if err != nil {
		return 0, 0, false
	}
	n, err := envelope.ParseEpoch(second)
	return day, int(n), err == nil && n < envelope.MaxDeposits
}

// readBody reads a body of just size bytes. A body of another length, or one
// that breaks off, is not ok. Memory is taken as bytes come, since a caller who
// announces many and sends none costs nothing himself.
func readBody(r *http.Request, size int) (body []byte, ok bool) {
	if r.ContentLength >= 0 && r.ContentLength != int64(size) {
		return nil, false // not worth reading
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(size)+1))
	return body, err == nil && len(body) == size
}
