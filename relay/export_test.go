package relay

import (
	"context"
	"net"
)

// Tick does what Serve does once a minute.
func (s *Server) Tick(ctx context.Context) { s.tick(ctx) }

// Limit is how Serve limits its connections.
func Limit(l net.Listener, n int) net.Listener { return limit(l, n) }
