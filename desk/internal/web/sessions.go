package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"sync"
	"time"
)

// session is one browser that came in by the start token, as it was when its
// request began. Without an editor it may only sign in.
type session struct {
	key    [32]byte // the digest of its cookie
	csrf   string
	editor string
}

// sessions are the open sessions, in memory only: with the process they end.
// They are found by a digest of the cookie, so that a lookup's time tells
// nothing of a cookie that is guessed at.
type sessions struct {
	elapsed func() time.Duration
	idle    time.Duration

	mu   sync.Mutex
	open map[[32]byte]*opened
}

type opened struct {
	session
	seen   time.Duration
	notice string // to be shown once
}

const (
	mostSessions = 64
	signedOut    = "You were signed out, since nothing happened for a while. What was kept is kept."
)

func newSessions(elapsed func() time.Duration, idle time.Duration) *sessions {
	return &sessions{elapsed: elapsed, idle: idle, open: map[[32]byte]*opened{}}
}

// secret draws 32 random bytes as a text that fits a cookie.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails; it ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// same compares a secret with a guess in a time that tells nothing of either.
func same(secret, guess string) bool {
	a, b := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(guess))
	return secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// begin opens a session, for nobody where editor is empty, and returns it with
// its cookie.
func (s *sessions) begin(editor string) (string, session) {
	cookie := secret()
	o := &opened{session: session{sha256.Sum256([]byte(cookie)), secret(), editor}, seen: s.elapsed()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= mostSessions {
		s.dropOldest()
	}
	s.open[o.key] = o
	return cookie, o.session
}

func (s *sessions) dropOldest() {
	var oldest *opened
	for _, o := range s.open {
		if oldest == nil || o.seen < oldest.seen {
			oldest = o
		}
	}
	delete(s.open, oldest.key)
}

// find returns the session of a cookie. One that was idle too long has lost its
// editor: whoever sits there now needs the passphrase.
func (s *sessions) find(cookie string) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.open[sha256.Sum256([]byte(cookie))]
	if o == nil {
		return session{}, false
	}
	now := s.elapsed()
	if o.editor != "" && now-o.seen > s.idle {
		o.editor, o.csrf, o.notice = "", secret(), signedOut
	}
	o.seen = now
	return o.session, true
}

func (s *sessions) end(key [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, key)
}

// leave keeps a notice for the next page of the session.
func (s *sessions) leave(key [32]byte, notice string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.open[key]; o != nil {
		o.notice = notice
	}
}

// take returns the notice that was left, once.
func (s *sessions) take(key [32]byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.open[key]
	if o == nil {
		return ""
	}
	notice := o.notice
	o.notice = ""
	return notice
}
