package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"hearsay/desk/internal/casebook"
)

// visit is one request and what answering it needs.
type visit struct {
	*pages
	session
	in    bool // whether there is a session
	w     http.ResponseWriter
	r     *http.Request
	form  url.Values // what was sent
	files iter.Seq2[io.Reader, error]

	problem string // where a page is shown again: the sentence of what went wrong
	looked  bool   // where a page is shown again because somebody only wants to look
}

type visitKey struct{}

func withVisit(ctx context.Context, v *visit) context.Context {
	return context.WithValue(ctx, visitKey{}, v)
}

// upload is a file on its way in. It fails with errTooLarge when the files are
// longer than they may be, and not before: whoever reads it all knows that it is whole.
type upload struct {
	from io.Reader
	left *int64 // of all files
}

func (u *upload) Read(b []byte) (int, error) {
	if *u.left == 0 {
		n, err := io.ReadFull(u.from, make([]byte, 1))
		if n > 0 {
			return 0, errTooLarge
		}
		return 0, tooLarge(err)
	}
	n, err := u.from.Read(b[:min(int64(len(b)), *u.left)])
	*u.left -= int64(n)
	return n, tooLarge(err)
}

// tooLarge gives an editor the sentence for a body beyond its bound.
func tooLarge(err error) error {
	if beyond := (*http.MaxBytesError)(nil); errors.As(err, &beyond) {
		return errTooLarge
	}
	return err
}

// page is what looking at something answers: a view, which a client that asks
// for JSON gets as it is, and the template that shows it.
type page struct {
	template string
	title    string
	place    string // where it stands in the navigation
	view     any
	show     any // what the template gets, where that is more than the view
}

// done is what an action answers.
type done struct {
	next   string         // the page to see next
	notice string         // a sentence for that page
	body   map[string]any // further fields for a client that asks for JSON
}

// wantsJSON reports whether the client asks for JSON rather than for a page.
func wantsJSON(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func (v *visit) json(status int, body any) {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(body); err != nil {
		v.failed()
		status = http.StatusInternalServerError
		b.Reset()
		b.WriteString(`{"error":"` + asSentence(errFailed.Error()) + `"}` + "\n")
	}
	v.write(status, "application/json", b.Bytes())
}

func (v *visit) write(status int, kind string, body []byte) {
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	v.w.WriteHeader(status)
	_, _ = v.w.Write(body) // a browser that went away is no failure
}

// see answers a look.
func (v *visit) see(look func(*visit) (page, error)) {
	p, err := look(v)
	switch {
	case err != nil:
		v.refuse(err)
	case wantsJSON(v.r):
		v.json(http.StatusOK, p.view)
	default:
		v.html(http.StatusOK, p)
	}
}

// act answers an action: with where to go next or, where it was refused, with
// the page it was asked from, the form as it was filled in, and the reason.
func (v *visit) act(act func(*visit) (done, error), again func(*visit) (page, error)) {
	d, err := act(v)
	if err == nil {
		if wantsJSON(v.r) {
			body := map[string]any{"ok": true, "next": d.next}
			for name, value := range d.body {
				body[name] = value
			}
			v.json(http.StatusOK, body)
			return
		}
		v.sessions.leave(v.key, d.notice)
		http.Redirect(v.w, v.r, d.next, http.StatusSeeOther)
		return
	}
	if errors.Is(err, errLook) {
		v.looked = true
		v.see(again)
		return
	}
	status, sentence, ok := told(err)
	if again == nil || wantsJSON(v.r) {
		v.refuse(err)
		return
	}
	if !ok {
		v.failed()
	}
	v.problem = sentence
	p, againErr := again(v)
	if againErr != nil {
		v.refuse(err)
		return
	}
	v.wait(err)
	v.html(status, p)
}

func (v *visit) wait(err error) {
	if wait := errWait(0); errors.As(err, &wait) {
		v.w.Header().Set("Retry-After", strconv.Itoa(wait.seconds()))
	}
}

// refuse answers no, in one sentence.
func (v *visit) refuse(err error) {
	status, sentence, ok := told(err)
	if !ok {
		v.failed()
	}
	v.wait(err)
	if wantsJSON(v.r) {
		body := map[string]any{"error": sentence}
		if blocked := (*casebook.Blocked)(nil); errors.As(err, &blocked) {
			body["findings"] = blocked.Findings
		}
		v.json(status, body)
		return
	}
	if errors.Is(err, errSignIn) {
		p, _ := signInPage(v)
		v.html(status, p)
		return
	}
	v.html(status, page{template: "refused", title: titleOf(status), view: refusedView{sentence, v.in, errors.Is(err, errNoSession)}})
}

type refusedView struct {
	Sentence string
	In       bool // whether there is a session, and so a way on
	Locked   bool
}

func titleOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Not here"
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return "Not this way"
	case http.StatusInternalServerError:
		return "That went wrong"
	}
	return "Not done"
}
