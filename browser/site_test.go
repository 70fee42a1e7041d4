//go:build browser

package browser_test

import (
	"net/http"
	"testing"
)

func TestSite(t *testing.T) {
	front := watchPlay(t).site
	pages := crawl(t, http.DefaultClient, front)
	if len(pages) < 20 {
		t.Fatalf("the site of the example has %d pages", len(pages))
	}
	for _, page := range pages {
		t.Run(page.path(), func(t *testing.T) {
			t.Parallel()
			for _, fault := range newTab(t).examineAll("site"+page.path(), page.address) {
				t.Error(fault)
			}
		})
	}
}
