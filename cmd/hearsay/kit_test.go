//go:build linux || darwin

package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"hearsay/envelope"
)

// TestKitOfADesk: a page learns its desk from what the desk published, and
// never from a file of another.
func TestKitOfADesk(t *testing.T) {
	s := newStand(t)
	resp, err := http.Get(s.at + envelope.PathRoster)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	roster, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	drive, err := envelope.MarshalOutbound(s.root, roster, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	rosterFile, driveFile, key := write("roster", roster), write("desk.bin", drive), hex.EncodeToString(s.root)
	build := func(status int, args ...string) string {
		t.Helper()
		out := filepath.Join(t.TempDir(), "kit")
		cmd := program(append([]string{"kit", "build", "--name", "D", "--json", "--clock-file", "clock", "--out", out}, args...)...)
		cmd.Dir = s.dir
		said, _ := cmd.Output() // the status tells more than the error
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Fatalf("%v ends with %d, want %d", args, got, status)
		}
		if status != exitDone {
			return ""
		}
		var built builtKit
		if err := json.Unmarshal(said, &built); err != nil {
			t.Fatal(err)
		}
		return built.Kit
	}
	t.Run("a drive says whose it is, and a roster under its key is as good", func(t *testing.T) {
		if a, b := build(exitDone, "--desk", driveFile), build(exitDone, "--desk", rosterFile, "--desk-key", key); a != b {
			t.Errorf("pages %s and %s", a, b)
		}
	})
	t.Run("a file of another desk is refused", func(t *testing.T) {
		other := hex.EncodeToString(make(ed25519.PublicKey, ed25519.PublicKeySize))
		build(exitMisasked, "--desk", driveFile, "--desk-key", other)
		build(exitCouldNot, "--desk", rosterFile, "--desk-key", other)
	})
	t.Run("a charter older than the one that was asked for is refused", func(t *testing.T) {
		build(exitCouldNot, "--desk", driveFile, "--serial", "4000000000")
	})
}
