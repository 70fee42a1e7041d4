package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed desk.css
var styleSheet []byte

//go:embed icon.svg
var icon []byte

// templates has one set a page: the frame, the shared parts and the page.
var templates = parseTemplates()

func parseTemplates() map[string]*template.Template {
	sets := map[string]*template.Template{}
	frame := template.Must(template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html"))
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic("web: the embedded templates cannot be listed: " + err.Error())
	}
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), ".html"); name != "layout" && name != "parts" {
			set := template.Must(frame.Clone())
			sets[name] = template.Must(set.ParseFS(templateFiles, path.Join("templates", f.Name())))
		}
	}
	return sets
}

// shell is what every template gets.
type shell struct {
	Template, Title, Place string
	Nav                    []navItem
	Editor                 string
	CSRF                   string
	Notice, Problem        string
	Today                  hearsay.Day
	Old                    url.Values // a refused form, as it was filled in
	View                   any
}

type navItem struct{ Place, Path, Name string }

var navigation = []navItem{
	{"inbox", "/inbox", "Inbox"},
	{"keyin", "/key-in", "Key in"},
	{"claims", "/claims", "Claims"},
	{"sources", "/sources", "Sources"},
	{"replies", "/replies", "Replies"},
	{"cases", "/cases", "Cases"},
	{"bulletins", "/bulletins", "Bulletins"},
	{"health", "/health", "Health"},
}

// functions are what templates may call.
var functions = template.FuncMap{
	"args":       args,
	"asked":      asked,
	"change":     change,
	"claimPath":  claimPath,
	"count":      count,
	"draftOf":    draftOf,
	"has":        func(fields []string, place int64) bool { return slices.Contains(fields, strconv.FormatInt(place, 10)) },
	"join":       strings.Join,
	"likelihood": hearsay.Likelihood,
	"meaning":    hearsay.Standing.Meaning,
	"mini":       mini,
	"minus":      func(a, b int) int { return a - b },
	"people":     people,
	"percent":    func(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) },
	"plus":       func(a, b int) int { return a + b },
	"size":       size,
	"slug":       func(s hearsay.Standing) string { return strings.ReplaceAll(string(s), " ", "-") },
	"unit":       func(s string) string { return strings.ReplaceAll(s, "-", " ") },
}

// args makes the argument of a shared part from names and values.
func args(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("argument %d of a part has no name", i)
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// people says a reach in words.
func people(reach string) string {
	switch reach {
	case "public":
		return "anybody"
	case "1":
		return "one person"
	case "many":
		return "many people"
	}
	return reach + " people"
}

// asked is what a claim is about, in words, with its period if it has one.
func asked(question, address string) string {
	if question == "" {
		return address
	}
	if _, period, ok := strings.Cut(address, "@"); ok {
		return question + " (" + period + ")"
	}
	return question
}

func mini(c any) (miniMark, error) {
	switch c := c.(type) {
	case casebook.ClaimLine:
		return miniMarkOf(c), nil
	case *casebook.ClaimLine:
		return miniMarkOf(*c), nil
	}
	return miniMark{}, fmt.Errorf("no claim to mark: %T", c)
}

// draftOf fills the form of a new bulletin with what was refused, if anything.
func draftOf(s shell, published []string) draftForm {
	return draftForm{s.Old.Get("id"), s.Old.Get("kind"), s.Old.Get("text"), s.Old.Get("corrects"), published, false}
}

// html renders a page and sends it. What fails half way is never sent.
func (v *visit) html(status int, p page) {
	s := shell{
		Template: p.template, Title: p.title, Place: p.place, Nav: navigation,
		Editor: v.editor, CSRF: v.csrf, Problem: v.problem, Today: v.today(), Old: v.form, View: p.view,
	}
	if p.show != nil {
		s.View = p.show
	}
	if v.in {
		s.Notice = v.sessions.take(v.key)
	}
	if v.problem == "" && !v.looked {
		s.Old = nil
	}
	var b bytes.Buffer
	if err := templates[p.template].ExecuteTemplate(&b, "layout.html", s); err != nil {
		v.failed()
		v.write(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(asSentence(errFailed.Error())+"\n"))
		return
	}
	v.write(status, "text/html; charset=utf-8", visible(b.Bytes()))
}

// visible writes out characters that would hide or turn round what stands
// beside them: a report could otherwise show an editor another text than the
// one that is weighed. Our own templates have none of them, so the whole page
// can be gone through at once and nothing can be forgotten.
func visible(html []byte) []byte {
	var out []byte
	for i := 0; i < len(html); {
		r, n := utf8.DecodeRune(html[i:])
		if !conceals(r) && (r != utf8.RuneError || n > 1) {
			if out != nil {
				out = append(out, html[i:i+n]...)
			}
			i += n
			continue
		}
		if out == nil {
			out = append(make([]byte, 0, len(html)+64), html[:i]...)
		}
		out = fmt.Appendf(out, "‹U+%04X›", r)
		i += n
	}
	if out == nil {
		return html
	}
	return out
}

func conceals(r rune) bool {
	switch {
	case r < ' ':
		return r != '\n' && r != '\t' && r != '\r'
	case r < 0x7f:
		return false
	case r <= 0x9f, // DEL and C1
		r == 0x061c, r == 0x180e, r == 0x200b, r == 0xfeff, // marks without width
		r >= 0x2028 && r <= 0x202e,   // separators, embeddings and overrides
		r >= 0x2060 && r <= 0x206f,   // invisible operators, isolates
		r >= 0xfff9 && r <= 0xfffb,   // annotations
		r >= 0xe0000 && r <= 0xe0fff: // tags
		return true
	}
	return false
}
