//go:build tor && linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A torNet is a Tor network of this machine's own: three authorities, which
// are relays too, three relays beside them, and a client. It has Debian's tor
// and the options that Tor gives for tests (TestingTorNetwork in tor(1)), and
// reaches nothing outside of loopback.
type torNet struct {
	dir         string
	authorities []string // a DirAuthority line each
	socks       string
}

// votes are how long the authorities take for a consensus: the least that Tor
// allows a network of tests, and no hour.
const votes = `TestingTorNetwork 1
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
TestingV3AuthVotingStartOffset 0
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
`

const (
	torAuthorities = 3
	torRelays      = 3
)

// newTorNet starts a network and an onion service in front of a local address,
// and returns once the onion service has published where it is.
func newTorNet(t *testing.T, target string) (n *torNet, onion string) {
	t.Helper()
	n = &torNet{dir: t.TempDir()}
	type node struct {
		name, torrc string
		ready       string
	}
	var nodes []node
	for i := range torAuthorities {
		name := fmt.Sprint("authority", i)
		or, dir := freePort(t), freePort(t)
		n.authorities = append(n.authorities, n.authority(t, name, or, dir))
		nodes = append(nodes, node{name: name, torrc: fmt.Sprintf("AuthoritativeDirectory 1\nV3AuthoritativeDirectory 1\nORPort 127.0.0.1:%d\nDirPort 127.0.0.1:%d\n", or, dir)})
	}
	for i := range torRelays {
		nodes = append(nodes, node{name: fmt.Sprint("relay", i), torrc: fmt.Sprintf("ORPort 127.0.0.1:%d\n", freePort(t))})
	}
	hidden := filepath.Join(n.dir, "onion", "service")
	n.socks = fmt.Sprint("127.0.0.1:", freePort(t))
	nodes = append(nodes,
		// As in the operator's guide.
		node{name: "onion", ready: `Bootstrapped 100%`, torrc: fmt.Sprintf("HiddenServiceDir %s\nHiddenServicePort 80 %s\n"+
			"HiddenServiceExportCircuitID none\nHiddenServicePoWDefensesEnabled 1\n", hidden, target)},
		node{name: "client", torrc: "SocksPort " + n.socks + "\n", ready: `Bootstrapped 100%`})

	var started []*running
	for _, node := range nodes {
		torrc := votes + strings.Join(n.authorities, "\n") + "\n" + node.torrc +
			fmt.Sprintf("Nickname %s\nDataDirectory %s\nLog notice stdout\nExitRelay 0\nVanguardsLiteEnabled 0\nUseEntryGuards 0\n", node.name, n.folder(t, node.name)) +
			"Address 127.0.0.1\nContactInfo nobody\n"
		if node.name != "client" {
			torrc += "SocksPort 0\n"
		}
		file := filepath.Join(n.dir, node.name+".torrc")
		if err := os.WriteFile(file, []byte(torrc), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := begin(exec.Command("tor", "-f", file, "--defaults-torrc", n.empty(t)))
		if err != nil {
			t.Fatalf("start tor (install the package tor): %v", err)
		}
		t.Cleanup(r.abandon)
		started = append(started, r)
	}
	for i, node := range nodes {
		if node.ready == "" {
			continue
		}
		if _, err := started[i].hear(node.ready); err != nil {
			t.Fatalf("%s: %v\nand an authority:\n%s", node.name, err, started[0].text())
		}
	}
	name, err := os.ReadFile(filepath.Join(hidden, "hostname"))
	if err != nil {
		t.Fatal(err)
	}
	return n, strings.TrimSpace(string(name))
}

// folder returns a folder that only tor may enter.
func (n *torNet) folder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(n.dir, name)
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// empty returns a file without any options, for the place of the system's.
func (n *torNet) empty(t *testing.T) string {
	t.Helper()
	file := filepath.Join(n.dir, "empty")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// authority makes the keys of a directory authority and returns the line by
// which others know it.
func (n *torNet) authority(t *testing.T, name string, or, dir int) string {
	t.Helper()
	folder := n.folder(t, name)
	keys := exec.Command("tor-gencert", "--create-identity-key", "-m", "12", "-a", fmt.Sprint("127.0.0.1:", dir), "--passphrase-fd", "0")
	keys.Dir = filepath.Join(folder, "keys")
	keys.Stdin = strings.NewReader("\n")
	if out, err := keys.CombinedOutput(); err != nil {
		t.Fatalf("tor-gencert: %v\n%s", err, out)
	}
	certificate, err := os.ReadFile(filepath.Join(keys.Dir, "authority_certificate"))
	if err != nil {
		t.Fatal(err)
	}
	identity := regexp.MustCompile(`(?m)^fingerprint ([0-9A-F]{40})$`).FindSubmatch(certificate)
	list := exec.Command("tor", "--list-fingerprint", "--DataDirectory", folder, "--ORPort", fmt.Sprint("127.0.0.1:", or), "--Nickname", name,
		"-f", n.empty(t), "--defaults-torrc", n.empty(t), "--Log", "err stderr")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("tor --list-fingerprint: %v\n%s", err, out)
	}
	fingerprint := regexp.MustCompile(`(?m)^` + name + ` (.*)$`).FindSubmatch(out)
	if identity == nil || fingerprint == nil {
		t.Fatalf("no fingerprints in %q and %q", certificate, out)
	}
	return fmt.Sprintf("DirAuthority %s orport=%d no-v2 v3ident=%s 127.0.0.1:%d %s", name, or, identity[1], dir, bytes.ReplaceAll(fingerprint[1], []byte(" "), nil))
}

// freePort returns a port of loopback that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// patiently calls f each second until it succeeds or the patience of a test is
// over.
func patiently(t *testing.T, f func() error) {
	t.Helper()
	late, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	each := time.NewTicker(time.Second)
	defer each.Stop()
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-each.C:
		case <-late.Done():
			t.Fatal(err)
		}
	}
}
