package site

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"hearsay"
	"hearsay/ledger"
)

// The files of a site that are always there.
const (
	frontPage       = "index.html"
	claimsPage      = "claims.html"
	seriesPage      = "series.html"
	archivePage     = "archive.html"
	correctionsPage = "corrections.html"
	methodPage      = "method.html"
	verifyPage      = "verify.html"
	feedFile        = "feed.xml"
	styleFile       = "style.css"
	iconFile        = "icon.svg"

	// EditionFile is the edition itself, in the desk's edition directory and in
	// the site that is built from it.
	EditionFile = "edition.json"
)

func bulletinPlace(id string) string { return "bulletins/" + strings.ToLower(id) + ".html" }

// claimPlace returns where a claim's page lies. A key is segments of lower-case
// letters and makes a path as it is; of the period what a path cannot hold is
// written as an underscore and a letter. A path that the ledger refuses all the
// same, for its length or for the name of a device, becomes a hash.
func claimPlace(a hearsay.Address) string { return place("claims/", a.String(), ".html") }

func seriesPlace(key string) string { return place("series/", key, ".html") }

func seriesTable(key string) string { return place("series/", key, ".csv") }

var pathLetters = strings.NewReplacer("X", "x", "?", "_u", "~", "_a", "%", "_b")

func place(folder, name, extension string) string {
	key, period, _ := strings.Cut(name, "@")
	path := folder + key
	if period != "" {
		// A slash in a period, an interval, is no folder; one in a key is.
		path += "@" + strings.ReplaceAll(pathLetters.Replace(period), "/", "_s")
	}
	if path += extension; ledger.ValidPath(path) == nil {
		return path
	}
	return fmt.Sprintf("%s_%x%s", folder, sha256.Sum256([]byte(name)), extension)
}

// relative returns the link from one file of the site to another.
func relative(from, to string) string {
	return strings.Repeat("../", strings.Count(from, "/")) + to
}
