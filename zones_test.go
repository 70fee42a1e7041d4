package hearsay_test

import (
	"os"
	"testing"
)

// zoneRules is policy, not a description: a package, then all that it may
// import from this module, then after "|" all that it may import from others
// (a module, or a package and all below it).
//
// "name test" adds what the test files of a package may import beside that,
// from this module and from others; of the standard library they may import
// anything. "name std" lists, where it is there, all that the package may
// import from the standard library; without it see never.
//
// A line that nothing needs is refused like an import that no line allows. Do
// not edit a line to make a build pass: move the code, or argue for the line
// in docs/decisions/0001-zones.md.
const zoneRules = `
	# open: anyone may read it, it holds no secret
	hearsay:                    | github.com/yuin/goldmark
	hearsay test:               | golang.org/x/net/html pgregory.net/rapid
	envelope:                   envelope/authpsk | github.com/gtank/ristretto255 golang.org/x/crypto/chacha20poly1305
	envelope test:              | pgregory.net/rapid
	envelope/authpsk:           | golang.org/x/crypto/chacha20poly1305
	envelope/authpsk test:      | github.com/cloudflare/circl
	courier:                    envelope | github.com/klauspost/reedsolomon golang.org/x/crypto/chacha20poly1305
	courier std:                bytes context crypto/rand crypto/sha256 encoding/binary errors fmt math/rand/v2 slices
	courier test:               | pgregory.net/rapid
	courier/drive:
	courier/drive std:          crypto/rand errors fmt io io/fs os path/filepath syscall time
	ledger:                     | golang.org/x/mod/sumdb
	ledger test:                | github.com/transparency-dev/merkle pgregory.net/rapid
	weigh:
	weigh test:                 weigh/synth | pgregory.net/rapid
	weigh std:                  cmp context errors fmt math math/bits runtime slices sync sync/atomic
	weigh/synth:                weigh
	weigh/synth std:            errors fmt math math/rand/v2 slices
	weigh/plot:                 weigh
	weigh/plot std:             bytes cmp encoding/xml fmt io math slices strconv strings unicode unicode/utf8
	weigh/sheet:                weigh
	weigh/sheet test:           hearsay
	weigh/sheet std:            bufio bytes cmp compress/gzip context encoding/binary errors fmt hash/maphash io math
	weigh/sheet std:            slices sort strconv strings time unicode/utf8

	# source: one person's keys, on one person's machine
	kit:                        hearsay envelope courier kit/strip | golang.org/x/net/proxy
	kit test:                   relay relay/relaytest | pgregory.net/rapid
	kit/page:
	kit/page std:               bytes crypto/ed25519 crypto/sha256 embed encoding/base32 encoding/base64 encoding/binary
	kit/page std:               encoding/hex encoding/json errors fmt net/netip net/url regexp strings unicode unicode/utf8
	kit/strip:
	kit/strip std:              bytes compress/zlib encoding/binary encoding/hex errors fmt image image/color image/draw
	kit/strip std:              image/jpeg image/png io maps slices strconv strings unicode unicode/utf8
	kit/strip test:             | github.com/bep/imagemeta pgregory.net/rapid rsc.io/pdf

	# relay: ciphertext only; it cannot even name a Claim
	relay:                      envelope
	relay test:                 relay/relaytest | github.com/prometheus/common pgregory.net/rapid
	relay/relaytest:            relay envelope
	relay/sqlite:               relay envelope | github.com/ncruces/go-sqlite3
	relay/sqlite test:          relay/relaytest | pgregory.net/rapid

	# desk: the one zone that opens envelopes and names sources
	desk/internal/casebook:     hearsay weigh
	desk/internal/casebook std: cmp context crypto/rand crypto/sha256 encoding/hex encoding/json errors fmt io
	desk/internal/casebook std: log/slog math regexp slices strconv strings sync unicode unicode/utf8 unique
	desk/internal/casebook test: | pgregory.net/rapid
	desk/internal/keyring:      envelope | filippo.io/age golang.org/x/crypto/argon2 golang.org/x/crypto/chacha20poly1305 golang.org/x/mod/sumdb/note
	desk/internal/keyring test: | pgregory.net/rapid
	desk/internal/store:        hearsay desk/internal/casebook | github.com/ncruces/go-sqlite3
	desk/internal/store test:   | pgregory.net/rapid
	desk/internal/web:          hearsay desk/internal/casebook
	desk:                       hearsay courier envelope ledger
	desk:                       desk/internal/casebook desk/internal/keyring desk/internal/store desk/internal/web
	desk test:                  | github.com/gtank/ristretto255 golang.org/x/crypto/chacha20poly1305 pgregory.net/rapid

	# site: published things only
	site:                       hearsay ledger | golang.org/x/sys/unix
	site test:                  | golang.org/x/mod/sumdb/note golang.org/x/net/html

	# above the zones
	example:                    hearsay envelope kit
	cmd/hearsay:                hearsay courier courier/drive envelope ledger relay relay/sqlite desk site example kit kit/page kit/strip weigh weigh/plot weigh/sheet | github.com/spf13/cobra golang.org/x/term rsc.io/qr
	cmd/hearsay test:           | github.com/makiuchi-d/gozxing github.com/rogpeppe/go-internal/testscript
	bench/crash:                envelope
	bench/crash/forgetful:      | github.com/hanwen/go-fuse
	bench/relay:                envelope relay relay/sqlite
	bench/truth:                weigh weigh/synth | golang.org/x/sys/unix
	kit/interop test:           hearsay envelope courier | pgregory.net/rapid
	browser test:               | github.com/chromedp golang.org/x/net/html
`

// never holds however long the path between the two, whatever zoneRules
// allows, and says why. A pattern is an import path, with "/..." for it and
// all below it.
var never = []ban{
	{"hearsay/...", "C", "what another compiler builds, nothing here can read"},
	{"hearsay/...", "unsafe", "it opens every door that the others shut"},
	{"hearsay/...", "plugin", "what is loaded later, nothing here can read"},
	{"hearsay/...", "math/rand", "its chance can be guessed; math/rand/v2 takes a source"},

	{"hearsay/relay/...", "hearsay/desk/...", "relay code must have no path to a key"},
	{"hearsay/relay/...", "hearsay", "a relay cannot even name a claim"},
	{"hearsay/relay/...", "os/exec", "the relay faces the network"},

	{"hearsay/desk/...", "hearsay/relay/...", "between relay and desk go bytes, not calls"},
	{"hearsay/desk/...", "hearsay/example/...", "the desk sees what reached it, never the script of the play"},
	{"hearsay/desk/...", "os/exec", "the desk starts nothing"},
	{"hearsay/desk/internal/casebook/...", "os", "what the desk makes of a report depends on its records alone"},
	{"hearsay/desk/internal/casebook/...", "net/http", "private nouns have no line out"},
	{"hearsay/desk/internal/keyring/...", "hearsay", "keys do not know what they open"},
	{"hearsay/desk/internal/keyring/...", "net/http", "keys have no line out"},
	{"hearsay/desk/internal/store/...", "net/http", "stored reports have no line out"},
	{"hearsay/desk/internal/web/...", "hearsay/desk/internal/keyring/...", "no page comes near a key"},
	{"hearsay/desk/internal/web/...", "hearsay/desk/internal/store/...", "no page comes near the database"},

	{"hearsay/site/...", "hearsay/desk/...", "a site can be rebuilt from public files alone"},
	{"hearsay/site/...", "hearsay/envelope/...", "a site holds nothing that is sealed"},
	{"hearsay/ledger/...", "hearsay/desk/...", "whoever verifies a copy need not trust the desk"},
	{"hearsay/kit/...", "hearsay/desk/...", "a source's machine may be seized"},
	{"hearsay/example/...", "hearsay/desk/...", "the play goes through the doors, like everybody"},
	{"hearsay/example/...", "hearsay/relay/...", "the play goes through the doors, like everybody"},

	{"hearsay/courier/...", "hearsay", "whoever carries a drive may be searched"},
	{"hearsay/courier/...", "hearsay/desk/...", "whoever carries a drive may be searched"},
	{"hearsay/courier/...", "net/http", "what is carried has no line out"},

	{"hearsay/envelope/...", "os", "a format has no files"},
	{"hearsay/envelope/...", "net/http", "a format has no line out"},
}

// TestZones holds the tree to the law. It reads the files itself and does not
// ask "go list": go test keeps a pass until a file that the test opened
// changes, and cannot see what a child process opened; and "go list" sees one
// operating system and one set of build tags.
func TestZones(t *testing.T) {
	for _, v := range violations(os.DirFS("."), zoneRules, never) {
		t.Error(v)
	}
}
