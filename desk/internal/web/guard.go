package web

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// policy is the one of STYLE.md. Nothing inline, nothing from elsewhere.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// csrfHeader carries a session's token: in every answer to a session, and back
// in a request that does not send it as the form field csrf.
const csrfHeader = "X-Hearsay-CSRF"

const (
	startPath  = "/start"
	signInPath = "/sign-in"
	stylePath  = "/desk.css"
	iconPath   = "/icon.svg"
)

// ServeHTTP answers a request once it has passed every guard. The order matters:
// whoever has no session learns nothing, not even which pages there are.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")

	v := &visit{pages: p, w: w, r: r}
	defer func() {
		// net/http would log what a panic says, and that may quote a report.
		if recover() != nil {
			p.failed()
			v.refuse(errFailed)
		}
	}()
	switch {
	case !slices.Contains(p.hosts, strings.ToLower(r.Host)):
		// A name that an outside page lets point here (DNS rebinding).
		v.refuse(errElsewhere)
		return
	case !sameOrigin(r):
		v.refuse(errElsewhere)
		return
	case r.URL.Path == stylePath && isGet(r):
		v.write(http.StatusOK, "text/css; charset=utf-8", styleSheet)
		return
	case r.URL.Path == iconPath && isGet(r):
		v.write(http.StatusOK, "image/svg+xml", icon)
		return
	case r.URL.Path == startPath && isGet(r):
		p.start(v)
		return
	}
	cookie, err := r.Cookie(p.cookie)
	if err == nil {
		v.session, v.in = p.sessions.find(cookie.Value)
	}
	if v.in && v.editor != "" && !slices.Contains(p.Casebook.Editors(), v.editor) { // was removed meanwhile
		p.sessions.end(v.key)
		v.in = false
	}
	if !v.in {
		v.refuse(errNoSession)
		return
	}
	h.Set(csrfHeader, v.csrf)
	if v.editor == "" && r.URL.Path != signInPath {
		v.refuse(errSignIn)
		return
	}
	p.mux.ServeHTTP(w, r.WithContext(withVisit(r.Context(), v)))
}

func isGet(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// sameOrigin refuses what another origin sends. What changes something must
// prove where it comes from; since our pages send no referrer, browsers give
// the origin of their forms as null and Sec-Fetch-Site alone tells.
func sameOrigin(r *http.Request) bool {
	sites, origins := r.Header.Values("Sec-Fetch-Site"), r.Header.Values("Origin")
	if len(sites) > 1 || len(origins) > 1 {
		return false
	}
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	switch {
	case site != "" && site != "same-origin" && (site != "none" || !isGet(r)):
		return false
	case origin == "null":
		return site == "same-origin"
	case origin != "":
		return strings.EqualFold(origin, "http://"+r.Host)
	}
	return isGet(r) || site == "same-origin"
}

// start lets in whoever has the address that the desk printed, and takes the
// token out of the address bar.
func (p *pages) start(v *visit) {
	if !same(p.StartToken, v.r.URL.Query().Get("token")) {
		v.refuse(errNoSession)
		return
	}
	v.begin("")
	http.Redirect(v.w, v.r, signInPath, http.StatusSeeOther)
}

// begin opens a session and gives the browser its cookie. A cookie from before
// is worth nothing afterwards.
func (v *visit) begin(editor string) {
	if v.in {
		v.sessions.end(v.key)
	}
	cookie, s := v.sessions.begin(editor)
	v.session, v.in = s, true
	http.SetCookie(v.w, &http.Cookie{Name: v.cookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	v.w.Header().Set(csrfHeader, s.csrf)
}

// Bounds of what is sent.
const (
	formLimit   = 64 << 10
	draftLimit  = 1 << 20 // the casebook takes texts of 256 KiB, and percent-encoding triples them
	parcelLimit = 32 << 20
	keyInLimit  = 16 << 10
)

// readForm bounds, reads and authenticates what a form sent.
func (v *visit) readForm(limit int64) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return errForm
	}
	if err := v.r.ParseForm(); errors.Is(tooLarge(err), errTooLarge) {
		return errTooLarge
	} else if err != nil {
		return errForm
	}
	v.form = v.r.PostForm
	return v.checkCSRF(v.form.Get("csrf"))
}

func (v *visit) checkCSRF(field string) error {
	if field == "" {
		field = v.r.Header.Get(csrfHeader)
	}
	if !same(v.csrf, field) {
		return errCSRF
	}
	return nil
}

// readUpload finds the files of an upload form. The token comes before them, and
// nothing is kept on disk or read ahead: each file is read before the next.
func (v *visit) readUpload(limit int64, name string) (iter.Seq2[io.Reader, error], error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit+formLimit)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, errForm
	}
	field := ""
	for range 4 {
		part, err := parts.NextPart()
		if err != nil {
			return nil, errForm
		}
		switch part.FormName() {
		case "csrf":
			b, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return nil, errForm
			}
			field = string(b)
		case name:
			if err := v.checkCSRF(field); err != nil {
				return nil, err
			}
			return uploads(parts, part, name, limit), nil
		}
	}
	return nil, errForm
}

// uploads are the files of one field, of limit bytes together.
func uploads(parts *multipart.Reader, first *multipart.Part, name string, limit int64) iter.Seq2[io.Reader, error] {
	return func(yield func(io.Reader, error) bool) {
		left, part := limit, first
		for yield(&upload{from: part, left: &left}, nil) {
			var err error
			if part, err = parts.NextPart(); err == io.EOF {
				return
			}
			if err != nil || part.FormName() != name {
				yield(nil, cmp.Or(tooLarge(err), errForm))
				return
			}
		}
	}
}
