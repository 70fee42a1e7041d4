//go:build linux || darwin

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearsay/envelope"
	"hearsay/kit"
)

// TestADayLeavesNoTrace has a relay serve a day's traffic from an address that
// can be recognised, and then looks for the address, for sizes and for times in
// all that it printed, all that it tells its operator, and all its files.
func TestADayLeavesNoTrace(t *testing.T) {
	s := newStand(t)
	if err := s.relay.signal(syscall.SIGTERM, false); err != nil {
		t.Fatal(err)
	}
	if status, err := s.relay.end(); err != nil || status != exitDone {
		t.Fatalf("asked to stop, the relay ended with %d, %v", status, err)
	}
	socket := filepath.Join(s.dir, "monitor")
	config := fmt.Sprintf("# the operator's\nmonitor = unix:%s\nquota = 500MiB\n", socket)
	if err := os.WriteFile(filepath.Join(s.dir, "relay.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.startRelay(t, strings.TrimPrefix(s.at, "http://"), "configured", "relay.conf")

	const caller, agent, header = "127.0.0.77", "Canary-Browser/7.7", "canary-header"
	dialer := &net.Dialer{}
	if addr, err := net.ResolveTCPAddr("tcp", caller+":0"); err == nil {
		dialer.LocalAddr = addr
	}
	if c, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.at, "http://")); err == nil {
		c.Close()
	} else {
		dialer.LocalAddr = nil // a system whose loopback has one address only
	}
	var ports []string
	marked := &http.Transport{DialContext: dialer.DialContext}
	defer marked.CloseIdleConnections()
	client := roundTrip(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("User-Agent", agent)
		r.Header.Set("X-Forwarded-For", header)
		return marked.RoundTrip(r)
	})
	dial := marked.DialContext
	marked.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err == nil {
			_, port, _ := net.SplitHostPort(c.LocalAddr().String())
			ports = append(ports, ":"+port)
		}
		return c, err
	}
	session := unlock(t, s.kit(t, s.at, func(c *kit.Config) { c.Transport = client }))
	if err := session.Write("Nothing of this may be found."); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	desk := envelope.DeskIDOf(s.root)
	chunk, err := envelope.NewChunkDeposit(t.Context(), desk, envelope.EpochOf(s.now), envelope.FillChunk(), envelope.MinPuzzle)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct {
		method, path string
		body         []byte
		status       int
	}{
		{"POST", envelope.PathChunk, chunk, 200},
		{"POST", envelope.PathChunk, chunk[1:], 400},
		{"POST", envelope.PathDeposit, make([]byte, envelope.DepositSize), 400},
		{"GET", "/v1/canary-path", nil, 404},
		{"GET", envelope.PathRoster, nil, 200},
	} {
		r, err := http.NewRequestWithContext(t.Context(), call.method, s.at+call.path, bytes.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != call.status {
			t.Errorf("%s %s: status %d, want %d", call.method, call.path, response.StatusCode, call.status)
		}
	}

	words := append(ports, agent, header, "canary", "User-Agent", "/v1/deposit", "/v1/chunk", "POST", s.now.Format("15:04"), began.Format("15:04:"))
	if dialer.LocalAddr != nil {
		words = append(words, caller, string(net.ParseIP(caller).To4()))
	}
	lookAtFiles := func() (files int) {
		t.Helper()
		times := map[string]bool{}
		for at := began.Unix(); at <= time.Now().Unix(); at++ {
			times[string(binary.BigEndian.AppendUint32(nil, uint32(at)))] = true
			times[string(binary.LittleEndian.AppendUint32(nil, uint32(at)))] = true
			times[fmt.Sprint(at)] = true
		}
		err := filepath.WalkDir(filepath.Join(s.dir, "store"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, word := range words {
				if bytes.Contains(b, []byte(word)) && len(word) > 4 {
					t.Errorf("%s holds %q", path, word)
				}
			}
			if strings.HasPrefix(filepath.Base(path), "relay.db") { // the others are ciphertext, and hold any four bytes
				for at := range times {
					if bytes.Contains(b, []byte(at)) {
						t.Errorf("%s holds the time %x", path, at)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return files
	}
	if files := lookAtFiles(); files < 4 { // the database, its log, and the day's two
		t.Errorf("of the open day there are %d files", files)
	}

	var told strings.Builder
	ask := func(path string) string {
		t.Helper()
		monitor := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
		defer monitor.CloseIdleConnections()
		response, err := monitor.Get("http://relay" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%s: status %d, %v", path, response.StatusCode, err)
		}
		told.Write(b)
		return string(b)
	}
	open := ask("/metrics")
	s.nextDay(t)
	s.fetch(t) // the relay is asked, and its day turns
	if _, err := s.relay.hear(`msg="end of a day"`); err != nil {
		t.Fatal(err)
	}
	if closed := ask("/metrics"); !strings.Contains(closed, "closed_day_taken") || strings.Contains(open, "closed_day_taken") {
		t.Errorf("of the open day it tells\n%sand of the closed one\n%s", open, closed)
	}
	ask("/health")
	if err := s.relay.signal(syscall.SIGTERM, false); err != nil {
		t.Fatal(err)
	}
	if status, err := s.relay.end(); err != nil || status != exitDone {
		t.Fatalf("asked to stop, the relay ended with %d, %v", status, err)
	}

	printed := strings.Replace(s.relay.text(), s.at, "", 1) + told.String()
	for _, word := range append(words, fmt.Sprint(envelope.DepositSize), fmt.Sprint(envelope.PayloadSize), fmt.Sprint(envelope.ChunkDepositSize), fmt.Sprint(envelope.ChunkSize)) {
		if strings.Contains(printed, word) {
			t.Errorf("it said %q:\n%s", word, printed)
		}
	}
	if files := lookAtFiles(); files != 1 {
		t.Errorf("once the desk was done there are %d files", files)
	}
}
