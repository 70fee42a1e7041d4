package relay

import (
	"net/http"
	"strconv"
	"strings"

	"hearsay/envelope"
)

// A reply is a status and a whole body.
type reply struct {
	status int
	body   []byte
	length []string // of body, as a header has it
}

func newReply(status int, body []byte) reply {
	return reply{status, body, []string{strconv.Itoa(len(body))}}
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
	return newReply(status, envelope.Answer(code))
}

// file serves a file that everyone may have, or says instead that there is none.
func file(b []byte, none reply) reply {
	if b == nil {
		return none
	}
	return newReply(http.StatusOK, b)
}

// Headers that every answer has.
var (
	noStore = []string{"no-store"}
	anyone  = []string{"*"}
)

// ServeHTTP implements http.Handler. There is no ServeMux: it would redirect
// what is not spelt its way, and answer in words.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := s.answer(r)
	h := w.Header()
	h["Date"] = nil         // net/http would add the time,
	h["Content-Type"] = nil // and a guess
	h["Cache-Control"] = noStore
	h["Access-Control-Allow-Origin"] = anyone
	h["Content-Length"] = answer.length
	w.WriteHeader(answer.status)
	w.Write(answer.body) // whoever went away does not want to know
}

// answer finds the call that was made. A path has one spelling only.
func (s *Server) answer(r *http.Request) reply {
	if r.URL.RawPath != "" || r.URL.RawQuery != "" || r.URL.ForceQuery {
		return absent
	}
	today := s.today(r.Context())
	path := r.URL.Path
	switch r.Method {
	case http.MethodGet:
		if !noBody(r) {
			return badShape
		}
		// What everyone is served was made ready when it was published.
		if file, ok := s.view.Load().files[path]; ok {
			return file
		}
		name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
		day, page, ok := dayAndPage(rest)
		switch {
		case !ok:
		case name == "inbox" && path == envelope.InboxPath(day, page):
			return s.inbox(r, today, day, Triple, page)
		case name == "chunks" && path == envelope.ChunksPath(day, page):
			return s.inbox(r, today, day, Chunk, page)
		}
	case http.MethodPost:
		switch path {
		case envelope.PathDeposit:
			return s.count(Triple, s.deposit(r, Triple))
		case envelope.PathChunk:
			return s.count(Chunk, s.deposit(r, Chunk))
		case envelope.PathPublishCharter:
			return s.publishCharter(r, today)
		case envelope.PathPublishBlock:
			return s.publishBlock(r, today)
		case envelope.PathPublishQuestions:
			return s.publishQuestions(r, today)
		case envelope.PathPublishDrop:
			return s.publishDrop(r, today)
		}
		if rest, ok := strings.CutPrefix(path, "/v1/done/"); ok {
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
