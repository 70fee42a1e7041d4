package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// What Works may answer no with, besides the casebook's errors.
var (
	ErrUnreachable = errors.New("the relay did not answer: nothing is lost, try again later")
	ErrParcel      = errors.New("nothing of this is part of a parcel for this desk")
	ErrRootKey     = errors.New("that is not the root key of this desk")
	ErrNotWhole    = errors.New("the file is not whole: parts of it are missing, or it is damaged")
	ErrBusy        = errors.New("the desk is at this already: wait for it to end")
)

// What the pages themselves refuse.
var (
	errElsewhere = errors.New("this request came from elsewhere, and the desk answers only its own pages")
	errNoSession = errors.New("this door is locked: open the address that the desk printed when it started")
	errSignIn    = errors.New("nobody is signed in here: sign in first")
	errCSRF      = errors.New("this form has grown old: go back, load the page again and send it once more")
	errForm      = errors.New("the form could not be read")
	errTooLarge  = errors.New("that is more than this form may carry")
	errPassword  = errors.New("that name and that passphrase do not go together")
	errMethod    = errors.New("this page cannot be asked in that way")
	errLook      = errors.New("nothing is done: it is only looked at")
	errNoPage    = fmt.Errorf("there is no such page: %w", casebook.ErrNoSuch)
	errFailed    = errors.New("something went wrong at the desk: nothing was changed, and its log counts it")
)

// errWait tells how long to wait after too many wrong passphrases.
type errWait time.Duration

func (e errWait) seconds() int { return int((time.Duration(e) + time.Second - 1) / time.Second) }
func (e errWait) Error() string {
	return fmt.Sprintf("too many wrong passphrases: wait %s", count(e.seconds(), "second", "seconds"))
}

// statuses maps what may be told to the status that carries it. The sentence is
// the sentinel's own; whatever was wrapped around it stays here.
var statuses = []struct {
	err    error
	status int
}{
	{errElsewhere, http.StatusForbidden},
	{errNoSession, http.StatusForbidden},
	{errSignIn, http.StatusForbidden},
	{errCSRF, http.StatusForbidden},
	{errForm, http.StatusUnprocessableEntity},
	{errTooLarge, http.StatusRequestEntityTooLarge},
	{errPassword, http.StatusForbidden},
	{errMethod, http.StatusMethodNotAllowed},

	{ErrUnreachable, http.StatusBadGateway},
	{ErrParcel, http.StatusUnprocessableEntity},
	{ErrRootKey, http.StatusUnprocessableEntity},
	{ErrBusy, http.StatusConflict},
	{ErrNotWhole, http.StatusConflict},

	{casebook.ErrNoSuch, http.StatusNotFound},
	{casebook.ErrSigned, http.StatusForbidden},
	{casebook.ErrAlone, http.StatusForbidden},
	{casebook.ErrUnknown, http.StatusForbidden},
	{casebook.ErrBlocked, http.StatusConflict},
	{casebook.ErrPublished, http.StatusConflict},
	{casebook.ErrNoValue, http.StatusConflict},
	{casebook.ErrNoRecord, http.StatusConflict},
	{casebook.ErrNoCut, http.StatusConflict},
	{casebook.ErrTwice, http.StatusConflict},
	{casebook.ErrKeptTwice, http.StatusConflict},
	{casebook.ErrNothingBlocked, http.StatusConflict},
	{casebook.ErrNoInbox, http.StatusConflict},
	{casebook.ErrUnvouched, http.StatusConflict},
	{casebook.ErrWatched, http.StatusConflict},
	{casebook.ErrReplySent, http.StatusConflict},
	{casebook.ErrReplyUndone, http.StatusConflict},
	{casebook.ErrNoOrder, http.StatusConflict},
	{casebook.ErrNotHeld, http.StatusConflict},
	{casebook.ErrLiftAlone, http.StatusForbidden},
	{casebook.ErrReplyText, http.StatusUnprocessableEntity},
	{casebook.ErrUnworded, http.StatusUnprocessableEntity},
	{casebook.ErrOneOrigin, http.StatusUnprocessableEntity},
	{casebook.ErrReason, http.StatusUnprocessableEntity},
	{casebook.ErrBulletin, http.StatusUnprocessableEntity},
	{casebook.ErrCites, http.StatusUnprocessableEntity},
	{casebook.ErrCorrection, http.StatusUnprocessableEntity},
	{casebook.ErrText, http.StatusUnprocessableEntity},
	{casebook.ErrName, http.StatusUnprocessableEntity},
	{casebook.ErrLater, http.StatusUnprocessableEntity},
	{hearsay.ErrDay, http.StatusUnprocessableEntity},
	{hearsay.ErrAddress, http.StatusUnprocessableEntity},
}

// told returns the status and the sentence for an error, and whether it is one
// that may be told; any other becomes errFailed's sentence.
func told(err error) (status int, sentence string, ok bool) {
	var wait errWait
	if errors.As(err, &wait) {
		return http.StatusTooManyRequests, asSentence(wait.Error()), true
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status, asSentence(s.err.Error()), true
		}
	}
	return http.StatusInternalServerError, asSentence(errFailed.Error()), errors.Is(err, errFailed)
}

// asSentence turns an error's text into a sentence for a page.
func asSentence(s string) string {
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// count says how many of something: "1 report", "3 reports".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
