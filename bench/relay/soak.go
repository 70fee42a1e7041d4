package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hearsay/envelope"
	"hearsay/relay"
)

// soak loads the program itself for so long, with deposits and chunks, and
// prints each minute what memory its process holds. The days are as full as
// the protocol lets them be, so that most of what comes takes the place of
// something; at a third and at two thirds of the time a day ends.
func (b *bench) soak(hearsay string, length time.Duration) error {
	if err := errors.Join(b.solve(), b.solveChunks()); err != nil {
		return err
	}
	clock := filepath.Join(b.dir, "clock")
	setDay := func(day envelope.Epoch) error {
		if err := os.WriteFile(clock+".new", []byte(day.Time().Add(12*time.Hour).Format(time.RFC3339)), 0o600); err != nil {
			return err
		}
		return os.Rename(clock+".new", clock)
	}
	if err := setDay(today - 1); err != nil {
		return err
	}
	cmd := exec.Command(hearsay, "relay", "serve", "--create", "--store", "sqlite:"+filepath.Join(b.dir, "store"), "--listen", "127.0.0.1:0",
		"--desk-key", hex.EncodeToString(b.root), "--puzzle", fmt.Sprint(envelope.MinPuzzle), "--clock-file", clock, "--with-parent", "--json")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer stdin.Close() // and it ends
	var said struct{ Relay string }
	if err := json.NewDecoder(bufio.NewReader(stdout)).Decode(&said); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	posted, failed := b.postUntil(ctx, strings.TrimPrefix(said.Relay, "http://"))

	began, every := time.Now(), time.NewTicker(min(time.Minute, length/6))
	defer every.Stop()
	for day := today - 1; ; {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			fmt.Printf("end      %9d posted, %s\n", posted.Load(), memory(cmd.Process.Pid))
			return nil
		case <-every.C:
			fmt.Printf("%-8s %9d posted, %s\n", time.Since(began).Round(time.Second), posted.Load(), memory(cmd.Process.Pid))
			if due := today - 1 + envelope.Epoch(3*time.Since(began)/length); due > day {
				day = due
				if err := setDay(day); err != nil {
					return err
				}
			}
		}
	}
}

// postUntil has all posters post the deposits, over and over, until ctx ends.
func (b *bench) postUntil(ctx context.Context, address string) (posted *atomic.Int64, failed <-chan error) {
	posted = new(atomic.Int64)
	errs := make(chan error, b.posters)
	for p := range b.posters {
		go func() {
			c, err := newPoster(address)
			if err != nil {
				errs <- err
				return
			}
			defer c.Close()
			for n := p; ctx.Err() == nil; n += b.posters {
				if err := c.post(b.deposits[n%len(b.deposits)]); err != nil {
					if ctx.Err() == nil {
						errs <- err
					}
					return
				}
				posted.Add(1)
			}
		}()
	}
	return posted, errs
}

// solveChunks makes chunks beside the deposits, one for each eight.
func (b *bench) solveChunks() error {
	desk := envelope.DeskIDOf(b.root)
	chunks := make([][]byte, b.count/8)
	errs := make([]error, len(chunks))
	var wg sync.WaitGroup
	for n := range chunks {
		wg.Go(func() {
			chunk := make([]byte, relay.Chunk.Size())
			rand.Read(chunk)
			chunks[n], errs[n] = envelope.NewChunkDeposit(context.Background(), desk, today, chunk, envelope.MinPuzzle)
		})
	}
	wg.Wait()
	for n, chunk := range chunks {
		b.deposits = append(b.deposits, nil)
		at := n * 9
		copy(b.deposits[at+1:], b.deposits[at:])
		b.deposits[at] = chunk
	}
	return errors.Join(errs...)
}

// memory is what the system says that a process holds.
func memory(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "this system does not tell its memory"
	}
	var told []string
	for line := range strings.Lines(string(b)) {
		for _, key := range []string{"VmRSS:", "RssAnon:", "VmHWM:"} {
			if value, ok := strings.CutPrefix(line, key); ok {
				told = append(told, key[:len(key)-1]+" "+strings.TrimSpace(value))
			}
		}
	}
	return strings.Join(told, ", ")
}
