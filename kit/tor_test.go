package kit_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"hearsay/kit"
)

// socks is a proxy that leads every call to one address, whatever was asked for,
// and remembers that.
type socks struct {
	net.Listener
	to string

	mu    sync.Mutex
	asked []string // hosts; an address that was resolved by the caller has "!" before it
	users map[string]bool
}

func newSocks(t *testing.T, to string) *socks {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s := &socks{Listener: l, to: to, users: map[string]bool{}}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return s
}

// serve speaks SOCKS5 (RFC 1928, RFC 1929), as far as is needed.
func (s *socks) serve(c net.Conn) {
	defer c.Close()
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(c, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	read(int(read(2)[1]))
	c.Write([]byte{5, 2}) // name and password
	user := read(int(read(2)[1]))
	read(int(read(1)[0]))
	c.Write([]byte{1, 0})
	host := ""
	switch head := read(4); head[3] {
	case 3:
		host = string(read(int(read(1)[0])))
	default:
		host = "!" + net.IP(read(4)).String()
	}
	port := binary.BigEndian.Uint16(read(2))
	s.mu.Lock()
	s.asked = append(s.asked, host)
	s.users[string(user)] = true
	s.mu.Unlock()
	d, err := net.Dial("tcp", s.to)
	if err != nil || port != 80 {
		return
	}
	defer d.Close()
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	var both sync.WaitGroup
	both.Go(func() { io.Copy(d, c); d.(*net.TCPConn).CloseWrite() })
	io.Copy(c, d)
	c.Close()
	both.Wait()
}

func TestTor(t *testing.T) {
	d := newDesk(t, 1)
	r := newRelay(t, d)
	s := newSocks(t, strings.TrimPrefix(r.URL, "http://"))
	const onion = "exampleexampleexampleexampleexampleexampleexampleexampl.onion"
	for range 2 {
		transport, err := kit.TorTransport(s.Addr().String())
		check(t, err)
		c, err := kit.New(kit.Config{Relay: "http://" + onion, Root: d.public(), Now: day.Time, Gap: noGap, Transport: transport})
		check(t, err)
		l, err := c.Load(t.Context(), kit.Week)
		check(t, err)
		session, err := l.Unlock(newPhrase(t))
		check(t, err)
		_, err = session.Send(t.Context())
		check(t, err)
		c.Close()
	}
	t.Run("names go to the proxy as names", func(t *testing.T) {
		for _, host := range s.asked {
			if host != onion {
				t.Errorf("asked for %s", host)
			}
		}
		if len(r.deposits) != 6 {
			t.Errorf("%d deposits", len(r.deposits))
		}
	})
	t.Run("each client has circuits of its own", func(t *testing.T) {
		if len(s.users) != 2 {
			t.Errorf("%d names", len(s.users))
		}
	})
	t.Run("an onion service without a proxy is refused", func(t *testing.T) {
		for _, relay := range []string{"http://" + onion, "http://" + onion + ":8700", "https://" + strings.ToUpper(onion)} {
			if _, err := kit.New(kit.Config{Relay: relay, Root: d.public()}); !errors.Is(err, kit.ErrConfig) {
				t.Errorf("%s: %v", relay, err)
			}
		}
	})
	t.Run("an address without a port is none", func(t *testing.T) {
		if _, err := kit.TorTransport("127.0.0.1"); !errors.Is(err, kit.ErrConfig) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a proxy that is not there is no relay", func(t *testing.T) {
		transport, err := kit.TorTransport(s.Addr().String())
		check(t, err)
		s.Close()
		c, err := kit.New(kit.Config{Relay: "http://" + onion, Root: d.public(), Now: day.Time, Transport: transport})
		check(t, err)
		if _, err := c.Load(t.Context(), kit.Week); !errors.Is(err, kit.ErrRelay) {
			t.Errorf("%v", err)
		}
	})
}
