//go:build unix

package example

import (
	"errors"
	"testing"
	"time"
)

// TestClaim: one play at a time, and a play is not over before all that it
// started has ended.
func TestClaim(t *testing.T) {
	s := Stage{t.TempDir()}
	claim, err := s.Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	child := Program{Path: "/bin/sh", Name: "sh", Claim: claim}.command("-c", "read line")
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	claim.Close() // as if the play had been killed
	if _, err := s.Claim(t.Context()); !errors.Is(err, ErrInUse) {
		t.Errorf("beside a child that goes on, Claim = %v", err)
	}
	time.AfterFunc(time.Millisecond, func() { stdin.Close() })
	again, err := s.Claim(t.Context()) // it waits for a child that is ending
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	_ = child.Wait() // it read no line
}
