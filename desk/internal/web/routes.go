package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// route is one thing that can be asked. A GET looks, a POST acts; what is
// refused is shown on the page that again gives.
type route struct {
	method, path string
	look         func(*visit) (page, error)
	give         func(*visit) error // sends a file
	act          func(*visit) (done, error)
	again        func(*visit) (page, error)
	to           string // leads elsewhere
	limit        int64  // of what is sent; formLimit where 0
	file         string // the field of a file, in an upload
}

// table lists every route but those that need no session: /start, the style
// sheet and the icon. doc.go tells what each takes.
var table = []route{
	{method: "GET", path: "/sign-in", look: signInPage},
	{method: "POST", path: "/sign-in", act: signIn, again: signInPage},
	{method: "POST", path: "/sign-out", act: signOut},
	{method: "GET", path: "/{$}", to: "/inbox"},

	{method: "GET", path: "/inbox", look: inboxPage},
	{method: "POST", path: "/pull", act: pull, again: inboxPage},
	{method: "POST", path: "/import", act: importParcel, again: inboxPage, limit: parcelLimit, file: "parcel"},
	{method: "GET", path: "/reports/{place}", look: reportPage},
	{method: "GET", path: "/files/{place}", look: filesPage},
	{method: "GET", path: "/files/{place}/{number}", give: giveFile},
	{method: "POST", path: "/lift", act: lift, again: filedAgain},
	{method: "POST", path: "/admit", act: admit, again: filedAgain},
	{method: "GET", path: "/key-in", look: keyInPage},
	{method: "POST", path: "/key-in", act: keyIn, again: keyInPage},

	{method: "GET", path: "/claims", look: claimsPage},
	{method: "GET", path: "/claims/{address...}", look: claimPage},
	{method: "POST", path: "/sign", act: sign, again: claimAgain},
	{method: "POST", path: "/merge", act: merge, again: claimAgain},

	{method: "GET", path: "/sources", look: sourcesPage},
	{method: "GET", path: "/sources/{handle}", look: sourcePage},
	{method: "POST", path: "/sources/{handle}/name", act: nameSource, again: sourcePage},
	{method: "POST", path: "/sources/{handle}/cut", act: cutSource, again: sourcePage},
	{method: "POST", path: "/sources/{handle}/lift", act: liftCut, again: sourcePage},
	{method: "GET", path: "/sources/{handle}/reply", look: replyPage},
	{method: "POST", path: "/sources/{handle}/reply", act: reply, again: replyPage},
	{method: "GET", path: "/replies", look: repliesPage},
	{method: "POST", path: "/replies/{place}/undo", act: undoReply, again: repliesPage},
	{method: "POST", path: "/replies/{place}/mean", act: meanReply, again: repliesPage},

	{method: "GET", path: "/cases", look: casesPage},
	{method: "POST", path: "/consent", act: consent, again: casesPage},

	{method: "GET", path: "/bulletins", look: bulletinsPage},
	{method: "GET", path: "/draft", look: draftPage},
	{method: "POST", path: "/draft", act: draft, again: draftAgain, limit: draftLimit},
	{method: "GET", path: "/bulletins/{id}", look: bulletinPage},
	{method: "POST", path: "/bulletins/{id}/override", act: override, again: bulletinPage},
	{method: "POST", path: "/bulletins/{id}/publish", act: publish, again: bulletinPage},

	{method: "GET", path: "/health", look: healthPage},
	{method: "POST", path: "/charter", act: renewCharter, again: healthPage},
}

// routes makes the mux. A path that is known but not in that way answers 405,
// and anything else 404, both as pages.
func (p *pages) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, rt := range table {
		methods[rt.path] = append(methods[rt.path], rt.method)
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) {
			v := r.Context().Value(visitKey{}).(*visit)
			v.w, v.r = w, r // the mux has put the path's values into its own request
			v.serve(rt)
		})
	}
	for _, path := range []string{startPath, stylePath, iconPath} { // the guard answers these
		methods[path] = []string{"GET"}
	}
	for _, path := range slices.Sorted(maps.Keys(methods)) {
		allow := strings.Join(methods[path], ", ")
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			r.Context().Value(visitKey{}).(*visit).refuse(errMethod)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.Context().Value(visitKey{}).(*visit).refuse(errNoPage)
	})
	return mux
}

func (v *visit) serve(rt route) {
	switch {
	case rt.to != "":
		http.Redirect(v.w, v.r, rt.to, http.StatusSeeOther)
		return
	case rt.look != nil:
		v.see(rt.look)
		return
	case rt.give != nil:
		if err := rt.give(v); err != nil {
			v.refuse(err)
		}
		return
	}
	var err error
	switch {
	case rt.file != "":
		v.files, err = v.readUpload(rt.limit, rt.file)
	case rt.limit != 0:
		err = v.readForm(rt.limit)
	default:
		err = v.readForm(formLimit)
	}
	if err != nil {
		v.refuse(err)
		return
	}
	v.act(rt.act, rt.again)
}
