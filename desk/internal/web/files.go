package web

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"hearsay/desk/internal/casebook"
)

// Files come from strangers. They are handed over to be saved, never shown: a
// picture or a document that is opened here would run where everything is in
// the clear.

// filePolicy keeps what a browser opens all the same from doing anything.
const filePolicy = "default-src 'none'; sandbox"

// withParts fills in how many parts of each file are there.
func (v *visit) withParts(manifests []casebook.ManifestView) error {
	for _, m := range manifests {
		have, err := v.Works.Parts(v.r.Context(), m.Place)
		if err != nil {
			return err
		}
		for i := range m.Files {
			if i < len(have) {
				m.Files[i].Have = have[i]
			}
		}
	}
	return nil
}

func filesPage(v *visit) (page, error) {
	place, err := strconv.ParseInt(v.r.PathValue("place"), 10, 64)
	if err != nil {
		return page{}, casebook.ErrNoSuch
	}
	m, err := v.Casebook.Manifest(place)
	if err != nil {
		return page{}, err
	}
	if err := v.withParts([]casebook.ManifestView{m}); err != nil {
		return page{}, err
	}
	return page{template: "files", title: "Files of " + m.Received.String(), place: "inbox", view: m}, nil
}

// giveFile sends a file to be saved.
func giveFile(v *visit) error {
	place, err := strconv.ParseInt(v.r.PathValue("place"), 10, 64)
	if err != nil {
		return casebook.ErrNoSuch
	}
	number, err := strconv.Atoi(v.r.PathValue("number"))
	if err != nil {
		return casebook.ErrNoSuch
	}
	name, body, err := v.Works.File(v.r.Context(), place, number)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.write(http.StatusOK, "application/octet-stream", body)
	return nil
}

// size says a number of bytes as people do.
func size(bytes int64) string {
	switch {
	case bytes >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1000:
		return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
	}
	return count(int(bytes), "byte", "bytes")
}
