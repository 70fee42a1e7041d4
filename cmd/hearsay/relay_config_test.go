package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRelaySettings(t *testing.T) {
	settings, err := parseSettings("# a relay\n\nstore = sqlite:/var/lib/a b\n  listen=unix:/run/x=y \r\n\t# more\npuzzle = 20")
	want := []setting{{3, "store", "sqlite:/var/lib/a b"}, {4, "listen", "unix:/run/x=y"}, {6, "puzzle", "20"}}
	if err != nil || !slices.Equal(settings, want) {
		t.Errorf("read %v, %v; want %v", settings, err, want)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"an unknown name", "store = a\nquotas = 6GiB", `line 2: there is no setting "quotas"`},
		{"a name that is no flag of a file", "create = true", `line 1: there is no setting "create"`},
		{"a name twice", "puzzle = 18\n\npuzzle = 20", "line 3: puzzle stands in line 1 already"},
		{"no value", "listen =", "line 1: listen has no value"},
		{"no equals sign", "listen 127.0.0.1:1", `line 1 is not "name = value"`},
		{"a comment after a value is part of it", "puzzle = 18 # bits", ""},
		{"bytes that are no text", "listen = \xff", "not UTF-8"},
		{"a file that is no configuration", strings.Repeat("#\n", 40<<10), "more than 64 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseSettings(tt.text)
			var misasked *misaskedError
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &misasked)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzRelaySettings reads any text. What it accepts it reads again from what
// it understood.
func FuzzRelaySettings(f *testing.F) {
	for _, text := range []string{"", "# x", "store = a", "store=a\nlisten = unix:/b=c\r\n", "puzzle = 18\npuzzle = 19", "=", "a = b", "\xff", "listen = \x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		settings, err := parseSettings(text)
		if err != nil {
			return
		}
		var again strings.Builder
		for i, s := range settings {
			settings[i].line = i + 1
			fmt.Fprintf(&again, "%s = %s\n", s.name, s.value)
		}
		if got, err := parseSettings(again.String()); err != nil || !slices.Equal(got, settings) {
			t.Errorf("%q reads as %v, and that as %v, %v", text, settings, got, err)
		}
	})
}

func TestRelayConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "relay.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("flags win", func(t *testing.T) {
		write("store = sqlite:a\nlisten = 127.0.0.1:1\npuzzle = 20\nquota = 3GiB")
		cmd := newRelayServe()
		if err := cmd.ParseFlags([]string{"--listen", "127.0.0.1:2", "--puzzle", "18"}); err != nil {
			t.Fatal(err)
		}
		if err := configure(cmd, file); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"store": "sqlite:a", "listen": "127.0.0.1:2", "puzzle": "18", "quota": "3GiB", "monitor": ""} {
			if got := cmd.Flag(name).Value.String(); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
	t.Run("a value that a flag would refuse is refused with its line", func(t *testing.T) {
		write("store = sqlite:a\n\nquota = much")
		want := file + `: line 3: `
		if err := configure(newRelayServe(), file); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want it to begin %q", err, want)
		}
	})
	t.Run("a file that is not there is an error", func(t *testing.T) {
		if err := configure(newRelayServe(), file+"x"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v", err)
		}
	})
}

func TestBytesValue(t *testing.T) {
	for text, want := range map[string]int64{"500MiB": 500 << 20, "6GiB": 6 << 30, "1024MiB": 1 << 30} {
		var v bytesValue
		if err := v.Set(text); err != nil || int64(v) != want {
			t.Errorf("%s is %d, %v", text, v, err)
		}
		var again bytesValue
		if err := again.Set(v.String()); err != nil || again != v {
			t.Errorf("%s prints as %s", text, v.String())
		}
	}
	for _, text := range []string{"", "6", "6G", "-1GiB", "0MiB", "1.5GiB", "99999999GiB", "6 GiB", "GiB"} {
		var v bytesValue
		if err := v.Set(text); err == nil {
			t.Errorf("%q is taken for %d bytes", text, v)
		}
	}
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "relay.sock")
	l, err := listenOn("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
	if got := listenAddress(l); got != "unix:"+path {
		t.Errorf("it says it is at %s", got)
	}
	if _, err := listenOn("unix:" + path); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a socket on which another listens: %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as if it had been killed
	l.Close()
	l, err = listenOn("unix:" + path)
	if err != nil {
		t.Fatalf("a socket that is left over: %v", err)
	}
	l.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenOn("unix:" + path); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: %v", err)
	}
	for address, want := range map[string]bool{
		"0.0.0.0:0": false, "[::]:0": false, ":0": false, "192.0.2.1:80": false, "localhost:0": false, "example.org:80": false, "127.0.0.1": false,
		"127.0.0.1:0": true, "[::1]:8702": true, "unix:/run/x": true, "": true,
	} {
		if err := onlyOurs(address); (err == nil) != want {
			t.Errorf("a monitor on %q: %v", address, err)
		}
	}
}
