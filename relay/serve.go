package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of a connection. They let a deposit through a line of 200 bytes a
// second, and a page of an inbox through one of 3,000.
const (
	headerTime    = 30 * time.Second
	readTime      = 3 * time.Minute // header and body
	writeTime     = 6 * time.Minute // from the end of the header
	idleTime      = 2 * time.Minute
	headerBytes   = 4 << 10 // net/http adds 4 KiB of its own
	connections   = 512     // more wait in the system's queue
	shutdownGrace = 10 * time.Second
	tick          = time.Minute // how soon the day turns when nobody asks
)

// Serve answers calls that come through l until ctx ends; it then lets those
// that have begun go on for ten seconds, and returns nil. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := newHTTPServer(s)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limit(l, connections)) }()

	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.tick(ctx)
		case err := <-ended:
			return fmt.Errorf("serve relay: %w", err)
		case <-ctx.Done():
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
			defer cancel()
			if server.Shutdown(grace) != nil {
				server.Close() // too slow: what was not answered was not taken
			}
			if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve relay: %w", err)
			}
			return nil
		}
	}
}

// newHTTPServer returns a server that says nothing of its own accord.
func newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		// What net/http has to say names addresses.
		ErrorLog: log.New(io.Discard, "", 0),
		// "OPTIONS *" is for the handler to refuse, like all it does not know.
		DisableGeneralOptionsHandler: true,
	}
}

// tick does what must be done though nobody asks.
func (s *Server) tick(ctx context.Context) {
	err := s.watchClock(ctx)
	if err == nil {
		err = s.turn(ctx, s.view.Load().today) // does nothing unless it failed before
	}
	if err == nil {
		err = s.store.Check(ctx)
	}
	s.noteHealth(err)
}

// noteHealth keeps what the ticker found and tells the log when it changes:
// at times, then, that are the ticker's and no caller's.
func (s *Server) noteHealth(err error) {
	before := s.health.Load()
	if err == nil {
		s.health.Store(nil)
	} else {
		s.health.Store(&err)
	}
	switch {
	case err != nil && before == nil:
		s.log.Error("the store fails", "error", err)
	case err == nil && before != nil:
		s.log.Info("the store works again")
	}
}

// limit lets n connections of l be open at once. The system's queue holds the
// next; a relay that ran out of files could not keep what it has taken.
func limit(l net.Listener, n int) net.Listener {
	return &limitedListener{Listener: l, free: make(chan struct{}, n), closed: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	free   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &limitedConn{Conn: c, release: sync.OnceFunc(func() { <-l.free })}, nil
}

func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	release func()
}

func (c *limitedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
