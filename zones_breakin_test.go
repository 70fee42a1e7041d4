package hearsay_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// house is a small tree with zones of its own, in which all is well.
var house = map[string]string{
	"go.mod":              "module hearsay\n\nrequire example.org/lib v1.0.0\n",
	"claim.go":            `package hearsay; import "errors"`,
	"envelope/seal.go":    `package envelope; import "example.org/lib/box"`,
	"weigh/weigh.go":      `package weigh; import "math"`,
	"weigh/weigh_test.go": `package weigh_test; import ("os"; "hearsay/weigh"; "example.org/rapid")`,
	"relay/relay.go":      `package relay; import ("net/http"; "hearsay/envelope")`,
	"relay/suite/s.go":    `package suite; import ("testing"; "hearsay/relay")`,
	"relay/relay_test.go": `package relay_test; import ("hearsay/relay/suite"; "hearsay/relay")`,
	"desk/desk.go":        `package desk; import ("hearsay"; "hearsay/envelope")`,
	"far/far_test.go":     `package far; import "hearsay"`,
}

const houseRules = `
	# a comment
	hearsay:
	envelope:    | example.org/lib/box
	weigh:
	weigh test:  | example.org/rapid
	weigh std:   math
	relay:       envelope
	relay test:  relay/suite
	relay/suite: relay
	desk:        hearsay envelope
	far test:    hearsay
`

var houseBans = []ban{
	{"hearsay/...", "unsafe", "all doors"},
	{"hearsay/relay/...", "hearsay/desk/...", "no path to a key"},
	{"hearsay/relay/...", "os/exec", "faces the network"},
}

// TestBreakIns changes the house in one way at a time and wants the change to
// be named. A law that refuses nothing passes every tree.
func TestBreakIns(t *testing.T) {
	if found := violations(tree(nil), houseRules, houseBans); found != nil {
		t.Fatalf("the house as it stands is refused: %q", found)
	}

	const gone = "\x00"
	for _, tt := range []struct {
		name  string
		files map[string]string
		rules string // added to houseRules
		want  string // part of one violation
	}{
		{
			name:  "a package of another zone",
			files: map[string]string{"relay/x.go": `package relay; import "hearsay"`},
			want:  "hearsay/relay imports hearsay, which its zone does not allow",
		}, {
			name:  "only where another system is built",
			files: map[string]string{"relay/x_windows.go": `package relay; import "hearsay/weigh"`},
			want:  "hearsay/relay imports hearsay/weigh",
		}, {
			name:  "only under a build tag that nobody sets",
			files: map[string]string{"relay/x.go": "//go:build never\n\npackage relay; import \"hearsay/weigh\""},
			want:  "hearsay/relay imports hearsay/weigh",
		}, {
			name:  "only in a test",
			files: map[string]string{"relay/x_test.go": `package relay; import "hearsay/weigh"`},
			want:  "a test of hearsay/relay imports hearsay/weigh",
		}, {
			name:  "only in a test of another package name",
			files: map[string]string{"relay/x_test.go": `package relay_test; import "hearsay/weigh"`},
			want:  "a test of hearsay/relay imports hearsay/weigh",
		}, {
			name:  "under another name",
			files: map[string]string{"relay/x.go": `package relay; import envelope "hearsay/weigh"`},
			want:  "hearsay/relay imports hearsay/weigh",
		}, {
			name:  "for its side effects",
			files: map[string]string{"relay/x.go": `package relay; import _ "hearsay/weigh"`},
			want:  "hearsay/relay imports hearsay/weigh",
		}, {
			name:  "in a raw string",
			files: map[string]string{"relay/x.go": "package relay; import `hearsay/weigh`"},
			want:  "hearsay/relay imports hearsay/weigh",
		}, {
			name:  "a package below an allowed one",
			files: map[string]string{"relay/x.go": `package relay; import "hearsay/envelope/open"`},
			want:  "hearsay/relay imports hearsay/envelope/open",
		}, {
			name:  "what only tests may",
			files: map[string]string{"relay/x.go": `package relay; import "hearsay/relay/suite"`},
			want:  "hearsay/relay imports hearsay/relay/suite",
		}, {
			name:  "a library of the tests",
			files: map[string]string{"weigh/x.go": `package weigh; import "example.org/rapid"`},
			want:  "hearsay/weigh imports example.org/rapid",
		}, {
			name:  "a library of another zone",
			files: map[string]string{"relay/x.go": `package relay; import "example.org/lib/box"`},
			want:  "hearsay/relay imports example.org/lib/box",
		}, {
			name:  "another package of an allowed module",
			files: map[string]string{"envelope/x.go": `package envelope; import "example.org/lib/net"`},
			want:  "hearsay/envelope imports example.org/lib/net",
		}, {
			name:  "a library whose name begins like an allowed one",
			files: map[string]string{"envelope/x.go": `package envelope; import "example.org/lib/boxes"`},
			want:  "hearsay/envelope imports example.org/lib/boxes",
		}, {
			name:  "a module whose name begins like ours",
			files: map[string]string{"relay/x.go": `package relay; import "hearsayer.org/lib"`},
			want:  "hearsay/relay imports hearsayer.org/lib",
		}, {
			name:  "a package without a zone",
			files: map[string]string{"back/door.go": `package door`},
			want:  "hearsay/back has no line",
		}, {
			name:  "a test without a zone",
			files: map[string]string{"back/door_test.go": `package door`},
			want:  "hearsay/back has no line",
		}, {
			name:  "a package where only tests have a line",
			files: map[string]string{"far/far.go": `package far`},
			want:  "hearsay/far has no line",
		}, {
			name:  "code among the test data",
			files: map[string]string{"relay/x.go": `package relay; import "hearsay/relay/testdata/x"`, "relay/testdata/x/x.go": `package x`},
			want:  "hearsay/relay imports hearsay/relay/testdata/x",
		}, {
			name:  "a clock where the standard library is limited",
			files: map[string]string{"weigh/x.go": `package weigh; import "time"`},
			want:  "hearsay/weigh imports time, which is not on its std line",
		}, {
			name:  "a ban on the standard library",
			files: map[string]string{"relay/x.go": `package relay; import "os/exec"`},
			want:  "hearsay/relay -> os/exec: faces the network",
		}, {
			name:  "a ban reached by another package",
			files: map[string]string{"envelope/x.go": `package envelope; import "os/exec"`},
			want:  "hearsay/relay -> hearsay/envelope -> os/exec: faces the network",
		}, {
			name:  "a ban that a line would allow",
			files: map[string]string{"relay/x.go": `package relay; import "hearsay/desk"`},
			rules: "relay: desk",
			want:  "hearsay/relay -> hearsay/desk: no path to a key",
		}, {
			name:  "a ban at the end of a path of allowed steps",
			files: map[string]string{"envelope/x.go": `package envelope; import "hearsay/weigh"`, "weigh/x.go": `package weigh; import "hearsay/desk"`},
			rules: "envelope: weigh\nweigh: desk",
			want:  "hearsay/relay -> hearsay/envelope -> hearsay/weigh -> hearsay/desk: no path to a key",
		}, {
			name:  "a ban broken by a test",
			files: map[string]string{"relay/x_test.go": `package relay; import "hearsay/far"`, "far/far.go": `package far; import "hearsay/desk"`},
			rules: "relay test: far\nfar: desk",
			want:  "hearsay/relay -> hearsay/far -> hearsay/desk: no path to a key",
		}, {
			name:  "a ban broken below the package it names",
			files: map[string]string{"relay/suite/x.go": `package suite; import "os/exec"`},
			want:  "hearsay/relay/suite -> os/exec: faces the network",
		}, {
			name:  "memory at will",
			files: map[string]string{"desk/x.go": `package desk; import "unsafe"`},
			want:  "hearsay/desk -> unsafe: all doors",
		}, {
			name:  "assembler",
			files: map[string]string{"relay/x_arm64.s": ""},
			want:  "relay/x_arm64.s: only Go is read",
		}, {
			name:  "an object without a source",
			files: map[string]string{"relay/x.syso": ""},
			want:  "relay/x.syso: only Go is read",
		}, {
			name:  "a library replaced",
			files: map[string]string{"go.mod": "module hearsay\n\nreplace example.org/lib => ./lib\n"},
			want:  "go.mod: replaced code",
		}, {
			name:  "a library replaced in a block",
			files: map[string]string{"go.mod": "module hearsay\n\nreplace(\n\texample.org/lib => ./lib\n)\n"},
			want:  "go.mod: replaced code",
		}, {
			name:  "a library kept in the tree",
			files: map[string]string{"vendor/example.org/lib/lib.go": "package lib"},
			want:  "vendor: vendored code",
		}, {
			name:  "a module in the tree",
			files: map[string]string{"relay/go.mod": "module evil"},
			want:  "relay/go.mod: a second module",
		}, {
			name:  "a workspace",
			files: map[string]string{"go.work": "use ."},
			want:  "go.work: a second module",
		}, {
			name:  "a file that cannot be read",
			files: map[string]string{"relay/x.go": `package relay; import hearsay/desk`},
			want:  "relay/x.go:1",
		}, {
			name:  "a line without its package",
			files: map[string]string{"desk/desk.go": gone},
			want:  "a line for hearsay/desk, which is not there",
		}, {
			name:  "a ban that watches nobody",
			files: map[string]string{"desk/desk.go": gone},
			want:  "never bans a path from hearsay/relay/... to hearsay/desk/..., of which one is not there",
		}, {
			name:  "nothing at all",
			files: map[string]string{"claim.go": gone, "envelope/seal.go": gone, "weigh/weigh.go": gone, "relay/relay.go": gone},
			want:  "a line for hearsay, which is not there",
		}, {
			name:  "leave that nobody takes",
			rules: "relay: weigh",
			want:  "lets hearsay/relay import hearsay/weigh, which it does not",
		}, {
			name:  "leave for a library that nobody takes",
			rules: "relay: | example.org/lib/box",
			want:  "lets hearsay/relay import example.org/lib/box, which it does not",
		}, {
			name:  "leave that only tests take",
			rules: "weigh: | example.org/rapid",
			want:  "lets hearsay/weigh import example.org/rapid, which it does not",
		}, {
			name:  "leave for tests that they have already",
			files: map[string]string{"relay/x_test.go": `package relay; import "hearsay/envelope"`},
			rules: "relay test: envelope",
			want:  "lets tests of hearsay/relay import hearsay/envelope, for which they need no line",
		}, {
			name:  "leave for the standard library that nobody takes",
			rules: "weigh std: os",
			want:  "lets hearsay/weigh import os, which it does not",
		}, {
			name:  "a line that cannot be read",
			rules: "relay envelope",
			want:  "cannot read the line",
		}, {
			name:  "a kind of line that there is not",
			rules: "relay tests: weigh",
			want:  "cannot read the line",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := tree(tt.files)
			maps.DeleteFunc(changed, func(_ string, f *fstest.MapFile) bool { return string(f.Data) == gone })
			found := violations(changed, houseRules+tt.rules, houseBans)
			if !slices.ContainsFunc(found, func(v string) bool { return strings.Contains(v, tt.want) }) {
				t.Errorf("found %q, none says %q", found, tt.want)
			}
		})
	}
}

// tree is the house with some files changed.
func tree(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for _, some := range []map[string]string{house, files} {
		for name, text := range some {
			all[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return all
}

func TestBreakInByLink(t *testing.T) {
	const want = "relay/x.go: a link gives one file two zones"
	changed := tree(map[string]string{"relay/x.go": "../desk/desk.go"})
	changed["relay/x.go"].Mode = fs.ModeSymlink
	if found := violations(changed, houseRules, houseBans); !slices.Contains(found, want) {
		t.Errorf("found %q, none says %q", found, want)
	}
}
