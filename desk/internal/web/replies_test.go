package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hearsay/desk/internal/casebook"
)

func TestReplyForm(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	path := "/sources/" + d.handle("PLOVER") + "/reply"
	t.Run("looking at how it fits queues nothing", func(t *testing.T) {
		before := len(d.book.Replies(4, casebook.SourceID{}).Waiting)
		w := b.post(path, []string{"text", strings.Repeat("가", 1500), "look", "yes"})
		page := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(page, "It takes 2 parts of three") || !strings.Contains(page, "bytes would still fit") || !strings.Contains(page, "가가") {
			t.Errorf("%d %s", w.Code, page)
		}
		if after := len(d.book.Replies(4, casebook.SourceID{}).Waiting); after != before {
			t.Errorf("%d wait, %d before", after, before)
		}
		if v := decode[replyView](t, b.post(path, []string{"text", "short", "look", "yes"}, asJSON)); v.Fit.Parts != 1 || v.Goes == nil || *v.Goes != d.today {
			t.Errorf("%+v", v)
		}
		if page := b.post(path, []string{"text", strings.Repeat("x", 9872), "look", "yes"}).Body.String(); !strings.Contains(page, "It is 2 bytes too long for three parts") {
			t.Errorf("too long: %s", page)
		}
	})
	t.Run("what is queued waits, says when it goes, and can be undone", func(t *testing.T) {
		w := b.post(path, []string{"text", "Thank you."}, asJSON)
		a := decode[struct {
			Place int64
			Parts int
			Goes  string
			Next  string
		}](t, w)
		if w.Code != http.StatusOK || a.Place == 0 || a.Parts != 1 || a.Goes != d.today.String() || a.Next != "/replies" {
			t.Errorf("%d %+v", w.Code, a)
		}
		if page := b.get("/inbox").Body.String(); !strings.Contains(page, "2 replies wait") {
			t.Error("the inbox does not say so")
		}
		b.do(fmt.Sprintf("/replies/%d/undo", a.Place))
		b.fail(http.StatusConflict, "was undone", fmt.Sprintf("/replies/%d/undo", a.Place))
		if v := view[casebook.RepliesView](b, "/replies"); len(v.Waiting) != 1 || len(v.Past) != 1 || !v.Past[0].Undone {
			t.Errorf("%+v", v)
		}
	})
	t.Run("to who may be forced it needs a word more", func(t *testing.T) {
		path := "/sources/" + d.handle("HERON") + "/reply"
		if page := b.get(path).Body.String(); !strings.Contains(page, "Assume that whoever forces it reads every answer") {
			t.Error("the form does not warn")
		}
		b.fail(http.StatusConflict, "may be forced", path, "text", "x")
		w := b.post(path, []string{"text", "typed by hand"})
		if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "typed by hand") {
			t.Errorf("what was refused is gone: %d", w.Code)
		}
		b.do(path, "text", "x", "meant", "yes")
	})
	t.Run("one that is held goes when somebody means it", func(t *testing.T) {
		b.do(path, "text", "Held.")
		b.do("/sources/"+d.handle("PLOVER")+"/cut", "since", "2021-01-01")
		v := view[casebook.RepliesView](b, "/replies")
		held := int64(0)
		for _, r := range v.Waiting {
			if r.Held {
				held = r.Place
			}
		}
		if held == 0 || !strings.Contains(b.get("/replies").Body.String(), "held: the source may be forced") {
			t.Fatalf("%+v", v.Waiting)
		}
		b.do(fmt.Sprintf("/replies/%d/mean", held))
		for _, r := range view[casebook.RepliesView](b, "/replies").Waiting {
			if r.Held {
				t.Error("it is still held")
			}
		}
	})
	b.fail(http.StatusUnprocessableEntity, "three parts", path, "text", strings.Repeat("x", 9871), "meant", "yes")
	b.fail(http.StatusUnprocessableEntity, "three parts", path, "text", " ", "meant", "yes")
	b.fail(http.StatusNotFound, "no such thing", "/sources/00/reply", "text", "x")
	b.fail(http.StatusNotFound, "no such thing", "/replies/x/undo")
	b.fail(http.StatusNotFound, "no such thing", "/replies/1/mean")
	t.Run("a source of voice alone has no form", func(t *testing.T) {
		b.do("/key-in", "code_name", "TALLY", "text", "By voice.")
		path := "/sources/" + d.handle("TALLY") + "/reply"
		if page := b.get(path).Body.String(); !strings.Contains(page, "has no inbox") || strings.Contains(page, "<textarea") {
			t.Error(page)
		}
		b.fail(http.StatusConflict, "has no inbox", path, "text", "x")
	})
}

func TestFilesOfASource(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	path := fmt.Sprintf("/files/%d", d.places["files"])
	t.Run("a whole file is handed over to be saved, and nothing else", func(t *testing.T) {
		w := b.get(path + "/2")
		h := w.Header()
		if w.Code != http.StatusOK || w.Body.String() != "rice 5400\n" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
		for name, want := range map[string]string{
			"Content-Disposition": "attachment; filename=list.txt", "Content-Type": "application/octet-stream",
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
	t.Run("one that is not whole says how far it is", func(t *testing.T) {
		if w := b.get(path+"/1", asJSON); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "parts of it are missing") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		page := b.get(fmt.Sprintf("/reports/%d", d.places["R27"])).Body.String()
		for _, part := range []string{"1 of 2 parts", "120 kB", "photo-1.jpg", path + "/2"} {
			if !strings.Contains(page, part) {
				t.Errorf("the report's page lacks %q", part)
			}
		}
		if strings.Contains(page, path+"/1\"") {
			t.Error("it links a file that is not whole")
		}
	})
	for _, missing := range []string{path + "/0", path + "/3", path + "/x", "/files/1", "/files/1/1", "/files/x", "/files/99999999999999999999"} {
		if w := b.get(missing, asJSON); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", missing, w.Code)
		}
	}
	t.Run("a name from a stranger cannot leave its place", func(t *testing.T) {
		for _, name := range []string{`a"; filename=evil.exe`, "국경.jpg", "a\u00a0b", "<script>.svg"} {
			in := casebook.Incoming{Channel: casebook.ByRelay, Received: d.today, Endorsed: true, Parts: 1, Message: [16]byte([]byte(fmt.Sprintf("%-16.16s", name))), Manifest: &casebook.IncomingManifest{
				Files: []casebook.FileKeys{{Size: 4, Chunks: 1, Name: name}},
			}}
			copy(in.Fingerprint[:], "inbox of WREN")
			copy(in.Author[:], "WREN")
			must(d.book.Receive(t.Context(), []casebook.Incoming{in}))(t)
			files := d.book.Files()
			at := files[len(files)-1].Place
			ok(t, d.book.Filed(t.Context(), at, casebook.Whole))
			d.works.files[name] = []byte("<script>alert(1)</script>")
			w := b.get(fmt.Sprintf("/files/%d/1", at.Manifest))
			if h := w.Header().Get("Content-Disposition"); w.Code != http.StatusOK || !strings.HasPrefix(h, "attachment; filename") || strings.Contains(h, `; filename=evil`) && !strings.Contains(h, `\"; filename=evil`) {
				t.Errorf("%q: %d %s", name, w.Code, h)
			}
			if page := b.get(fmt.Sprintf("/files/%d", at.Manifest)).Body.String(); strings.Contains(page, "<script>") {
				t.Errorf("%q is markup", name)
			}
		}
	})
}

func TestLiftAndAdmitForms(t *testing.T) {
	d := newDesk(t)
	first, second := d.signIn("first"), d.signIn("second")
	duress := fmt.Sprint(d.places["R22"])
	first.fail(http.StatusUnprocessableEntity, "needs a reason", "/lift", "place", duress)
	first.do("/lift", "place", duress, "why", "she told me of the slip")
	first.fail(http.StatusConflict, "needs two editors", "/lift", "place", duress, "why", "again")
	if page := second.get("/reports/" + duress).Body.String(); !strings.Contains(page, "she told me of the slip") || !strings.Contains(page, "File this order as normal, as second") {
		t.Errorf("the second editor does not see the first's word: %s", page)
	}
	if a := second.do("/lift", "place", duress, "why", "heard it too"); a.Next != "/reports/"+duress {
		t.Errorf("it leads to %s", a.Next)
	}
	if r := view[casebook.ReportView](first, "/reports/"+duress); r.Flag != "" || len(r.Lifts) != 2 {
		t.Errorf("%q, %+v", r.Flag, r.Lifts)
	}
	first.fail(http.StatusConflict, "order of its words", "/lift", "place", fmt.Sprint(d.places["R27"]), "why", "x")
	first.fail(http.StatusNotFound, "no such thing", "/lift", "place", "x", "why", "x")
	first.fail(http.StatusNotFound, "no such thing", "/admit", "place", "1", "why", "x")
	first.fail(http.StatusConflict, "not held back", "/admit", "place", fmt.Sprint(d.places["R27"]), "why", "x")
	t.Run("a report under changed words is let in with a reason", func(t *testing.T) {
		send := func(words string, change func(*casebook.Incoming)) int64 {
			in := casebook.Incoming{Channel: casebook.ByRelay, Received: d.today, Endorsed: true, Parts: 1, Body: casebook.NewText("late")}
			copy(in.Fingerprint[:], "inbox of "+words)
			copy(in.Author[:], words)
			copy(in.Message[:], words+"'s message")
			change(&in)
			must(d.book.Receive(t.Context(), []casebook.Incoming{in}))(t)
			return d.book.Inbox().Reports[0].Place
		}
		next := &casebook.Successor{Fingerprint: [32]byte{9}, Author: [32]byte{8}}
		send("WREN", func(in *casebook.Incoming) { in.Successor = next; in.Received -= 3; in.Message[15] = 1 })
		late := fmt.Sprint(send("WREN", func(*casebook.Incoming) {}))
		if page := first.get("/reports/" + late).Body.String(); !strings.Contains(page, "under words that the source had changed") || !strings.Contains(page, `action="/admit"`) {
			t.Error(page)
		}
		if page := first.get("/sources/" + d.handle("WREN")).Body.String(); !strings.Contains(page, "changed on") || !strings.Contains(page, "It is answered under the new words alone") {
			t.Error(page)
		}
		if w := first.post("/admit", []string{"place", late, "why", ""}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "It needs a reason") {
			t.Errorf("%d", w.Code)
		}
		first.do("/admit", "place", late, "why", "long on its way")
		if r := view[casebook.ReportView](first, "/reports/"+late); r.Flag != "" {
			t.Errorf("%q", r.Flag)
		}
	})
}
