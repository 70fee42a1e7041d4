//go:build browser

package browser_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJourney is a day at the desk by hand: with the mouse on what can be seen,
// by the names that are read out. Each page on the way, those that say no too,
// is looked at like any other.
func TestJourney(t *testing.T) {
	p := ownPlay(t)
	b := newTab(t)
	page := func(path string) string { return originOf(p.desk) + path }
	step := func(name string, walk func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, func(t *testing.T) {
			before := b.t
			defer func() { b.t = before }()
			b.t = t
			walk(t)
		}) {
			t.FailNow() // each step stands on the one before
		}
	}
	look := func(status int64) {
		b.t.Helper()
		for _, s := range sights(true) {
			b.look(s)
			for _, fault := range b.examine(s, status) {
				b.t.Errorf("at %s: %s", s, fault)
			}
			b.picture("journey "+b.t.Name(), s)
		}
	}

	step("a stranger to the desk sees nothing", func(t *testing.T) {
		for _, path := range []string{"/", "/inbox", "/claims/border/closure", "/sign-in", "/nowhere", "/start?token=GUESS"} {
			b.open(page(path))
			b.wantsNo("PLOVER")
			if r := b.response(); r.Status != http.StatusForbidden {
				t.Errorf("%s answers %d", path, r.Status)
			}
		}
		look(http.StatusForbidden)
	})

	step("the printed address leads to a page to sign in", func(t *testing.T) {
		b.open(p.desk)
		look(http.StatusOK)
	})
	step("a wrong passphrase is refused in a sentence", func(t *testing.T) {
		b.fill("Your name at this desk", "first")
		b.fill("Passphrase", "not the one")
		b.press("Sign in")
		b.wantsNo("not the one")
		look(http.StatusForbidden)
	})
	signInAs := func(editor string) {
		b.t.Helper()
		b.open(page("/sign-in"))
		b.fill("Your name at this desk", editor)
		b.fill("Passphrase", p.passphrases[editor])
		b.press("Sign in")
		b.wants("Inbox")
	}
	step("the right one opens the inbox", func(t *testing.T) {
		signInAs("first")
		b.wants("Set apart")
		look(http.StatusOK)
	})

	step("an address that is not there is a page, too", func(t *testing.T) {
		b.open(page("/nowhere"))
		look(http.StatusNotFound)
	})

	step("fetching brings nothing twice", func(t *testing.T) {
		b.open(page("/inbox"))
		b.press("Fetch now")
		look(http.StatusOK)
	})
	step("a drive of long ago is refused, since the key to it is destroyed", func(t *testing.T) {
		drives, err := filepath.Glob(filepath.Join(p.dir, "sticks", "parcels", "*"))
		if err != nil || len(drives) == 0 {
			t.Fatalf("drives of the play: %q, %v", drives, err)
		}
		b.attach(drives[0])
		b.press("Bring it in")
		b.wants("Nothing of this is part of a parcel for this desk.")
		look(http.StatusUnprocessableEntity)
	})
	step("a file that is no parcel is refused in a sentence", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "letter.txt")
		if err := os.WriteFile(file, []byte("Dear desk,"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.open(page("/inbox"))
		b.attach(file)
		b.press("Bring it in")
		look(http.StatusUnprocessableEntity)
	})

	step("what came by voice is keyed in", func(t *testing.T) {
		b.open(page("/key-in"))
		b.fill("Code name of the source", "TALLY")
		b.fill("Report, in Markdown", "A survey has rice at [4,900](claim:prices/rice/hyesan@2021-06-11?value=4900&unit=KPW-per-kg&basis=published).")
		b.press("Keep the report")
		b.wants("4,900")
		look(http.StatusOK)
	})
	step("a statement leads to its claim", func(t *testing.T) {
		b.press("prices/rice/hyesan@2021-06-11")
		look(http.StatusOK)
	})

	step("a claim is signed", func(t *testing.T) {
		b.open(page("/claims/border/shoot-to-kill"))
		b.wants("Nobody has signed this.")
		b.press("Sign as first")
		b.wantsNo("Nobody has signed this.")
		look(http.StatusOK)
	})

	step("two reports are merged into one origin", func(t *testing.T) {
		b.open(page("/claims/border/closure"))
		b.wants("verified")
		b.tick("Merge the report of PLOVER of 2020-02-04")
		b.tick("Merge the report of WREN of 2020-02-03")
		b.tick("Merge the ticked reports into one origin")
		b.fill("Why they have one origin", "They heard it from one driver.")
		b.press("Merge")
		b.wants("They heard it from one driver.")
		b.wants("void: it changed since")
		look(http.StatusOK)
	})

	claims := ""
	step("a cut is shown before it is set", func(t *testing.T) {
		b.open(page("/claims"))
		claims = b.says()
		b.open(page("/sources"))
		b.press("CURLEW")
		b.fill("Not trusted since", "2020-09-01")
		b.press("Show what it would change")
		b.wants("Nothing is set yet.")
		look(http.StatusOK)
	})
	step("setting it regrades at once", func(t *testing.T) {
		b.press("Cut since 2020-09-01")
		b.wants("Everything received from 2020-09-01 on is quarantined.")
		look(http.StatusOK)
		b.open(page("/claims"))
		if b.says() == claims {
			t.Error("no claim stands otherwise")
		}
	})
	step("lifting it restores every claim", func(t *testing.T) {
		b.open(page("/sources"))
		b.press("CURLEW")
		b.press("Lift the cut")
		look(http.StatusOK)
		b.open(page("/claims"))
		if b.says() != claims {
			t.Errorf("claims were\n%s\nand are\n%s", claims, b.says())
		}
	})

	step("the gate holds back what repeats a report", func(t *testing.T) {
		b.open(page("/draft"))
		b.fill("Id", "B6")
		b.fill("Text, in Markdown", "# A notice at the river\n\nA notice says that anyone in the strip by the water [will be fired on](claim:border/shoot-to-kill).\n")
		b.press("Keep the draft and ask the gate")
		b.wants("The gate holds it back")
		b.wantsNo("Publish as")
		look(http.StatusOK)
	})
	override := func(reason string) {
		b.t.Helper()
		b.tick("Override")
		b.fill("Why it may go out all the same", reason)
	}
	step("one editor cannot override it", func(t *testing.T) {
		override("The notice hangs in public.")
		b.press("Override as first")
		b.wants("You have overridden this. Another editor must too.")
		b.wantsNo("Publish as")
		look(http.StatusOK)
	})
	step("two can", func(t *testing.T) {
		b.press("Sign out")
		signInAs("second")
		b.open(page("/bulletins/B6"))
		override("I have seen a photograph of it.")
		b.press("Override as second")
		b.wants("The gate lets it through")
		look(http.StatusOK)
	})
	step("another text voids the overrides", func(t *testing.T) {
		b.fill("Text, in Markdown", "# A notice at the river\n\nTwice we read that anyone in the strip by the water [will be fired on](claim:border/shoot-to-kill).\n")
		b.press("Keep the draft and ask the gate")
		b.wants("The gate holds it back")
		b.wants("void: the text changed since")
		look(http.StatusOK)
	})
	step("in words of its own it goes out", func(t *testing.T) {
		b.fill("Text, in Markdown", "# A notice at the river\n\nGuards have an order to [shoot](claim:border/shoot-to-kill) at whoever comes near the bank.\n")
		b.press("Keep the draft and ask the gate")
		b.wants("The gate lets it through")
		b.press("Publish as second")
		b.wants("published")
		look(http.StatusOK)
	})

	step("the site is built from the edition, and verifies", func(t *testing.T) {
		site := filepath.Join(p.dir, "site")
		p.run(t, 0, "site", "build", filepath.Join(p.dir, "desk", "edition"), "--out", site)
		p.run(t, 0, "verify", site)
		b.open(p.site)
		b.press("A notice at the river")
		b.wants("Guards have an order to shoot at whoever comes near the bank.")
		look(http.StatusOK)
	})
	step("a byte changed in it is named", func(t *testing.T) {
		file := filepath.Join(p.dir, "site", "index.html")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), "river", "rivet", 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		if said := p.run(t, 1, "verify", filepath.Join(p.dir, "site")); !strings.Contains(said, "index.html") {
			t.Errorf("verify does not name index.html: %s", said)
		}
	})

	step("whoever signed out sees nothing more", func(t *testing.T) {
		b.open(page("/inbox"))
		b.press("Sign out")
		b.wants("You are signed out.")
		look(http.StatusOK)
		b.open(page("/inbox"))
		b.wantsNo("PLOVER")
	})
}
