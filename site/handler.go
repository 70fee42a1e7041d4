package site

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

// Policy is the Content-Security-Policy of every page, as the handler sends it.
// The pages carry the same in a meta element, but for frame-ancestors, which
// counts in a header only.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// contentTypes are the only kinds of files that a site has. Everything else is
// sent as bytes that no browser shows.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".xml":  "application/atom+xml; charset=utf-8",
	".csv":  "text/csv; charset=utf-8",
	".json": "application/json",
	".txt":  "text/plain; charset=utf-8",
}

// maxInMemory is the largest file that is hashed for its ETag.
const maxInMemory = 8 << 20

// Handler serves the site in dir. It answers GET and HEAD of files that are
// there, lists nothing, follows no link out of the folder and says nothing of
// when a file was written. The folder is opened anew for each request, so that
// a build that takes its place is served at once.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		name, ok := fileOf(r.URL.Path)
		if !ok {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		switch err := serveFile(w, r, dir, name); {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoFile):
			http.Error(w, "not found", http.StatusNotFound)
		case err != nil:
			http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		}
	})
}

var errNoFile = errors.New("not a plain file")

// fileOf returns the file that a path asks for: the front page for the root,
// and nothing for a folder, a hidden name or a path that is not in its plain
// form.
func fileOf(urlPath string) (string, bool) {
	name, ok := strings.CutPrefix(urlPath, "/")
	if name == "" {
		return frontPage, ok
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return "", false
		}
	}
	return name, ok && fs.ValidPath(name) && !strings.ContainsAny(name, "\\\x00")
}

func serveFile(w http.ResponseWriter, r *http.Request, dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	// Looked at before it is opened: opening a pipe would wait for ever.
	info, err := root.Lstat(name)
	if err != nil {
		return fs.ErrNotExist
	}
	if !info.Mode().IsRegular() {
		return errNoFile
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", cacheControl(name))
	if info.Size() > maxInMemory {
		http.ServeContent(w, r, name, time.Time{}, f)
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(f, maxInMemory))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(b)))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
	return nil
}

func contentType(name string) string {
	switch {
	case name == "ledger/checkpoint", name == "ledger/key":
		return "text/plain; charset=utf-8"
	case strings.HasPrefix(name, "ledger/tile/"):
		return "application/octet-stream"
	}
	if t, ok := contentTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

// cacheControl lets full tiles be kept for good, as C2SP tlog-tiles asks, and
// has everything else asked for again, which costs a line where it is the same.
func cacheControl(name string) string {
	if strings.HasPrefix(name, "ledger/tile/") && !strings.Contains(name, ".p/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}
