//go:build linux || darwin

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// today is the day on which the tests' own desks live: their clocks stand.
var today = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const smallClaims = `{"claims": [
 {"key": "border/closure", "type": "choice", "labels": ["open", "closed"], "question": "Is the border open?", "could_know": "many"},
 {"key": "prices/rice", "type": "number", "unit": "KPW-per-kg", "series": "day", "question": "What does rice cost?", "could_know": "many"},
 {"key": "border/gate", "type": "choice", "labels": ["guarded", "left"], "question": "Is the north gate guarded?", "could_know": 3}
]}`

// smallDesk makes a desk once: the editors ana and min, and memory for Argon2id
// that no real desk would have. Everything of it lies in one folder, in which
// hearsay's defaults hold.
var smallDesk = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(workspace, "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"vault": "a small vault\n", "ana": "ana's own\n", "min": "min's own\n", "wrong": "something else\n",
		"clock": today.Format(time.RFC3339) + "\n", "claims.json": smallClaims,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	cmd := program("desk", "init", "--name", "A Small Desk", "--passphrase-file", "vault", "--editor", "ana=ana", "--editor", "min=min",
		"--claims", "claims.json", "--memory-kib", "256", "--clock-file", "clock", "--json")
	cmd.Dir = dir
	made, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("make a small desk: %w", err)
	}
	return dir, os.WriteFile(filepath.Join(dir, "made.json"), made, 0o600)
})

func copyDesk(ts *testscript.TestScript, args []string) error {
	from, err := smallDesk()
	if err != nil {
		return err
	}
	to := ts.MkAbs(args[0])
	made, err := madeIn(from)
	if err != nil {
		return err
	}
	ts.Setenv("DESK_KEY", made.RootKey)
	return copyTree(from, to)
}

// made is what desk init --json printed.
type made struct {
	RootKey string `json:"root_key"`
}

func madeIn(dir string) (m made, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "made.json"))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	return m, err
}

// deskCopy is a copy of the small desk for one test.
func deskCopy(t *testing.T) (dir string, m made) {
	t.Helper()
	from, err := smallDesk()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "d")
	if err := copyTree(from, dir); err != nil {
		t.Fatal(err)
	}
	if m, err = madeIn(dir); err != nil {
		t.Fatal(err)
	}
	return dir, m
}
