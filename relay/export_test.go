package relay

import (
	"context"
	"net"
)

// Tick does what Serve does once a minute.
func (s *Server) Tick(ctx context.Context) { s.tick(ctx) }

// Limit is how Serve limits its connections.
func Limit(l net.Listener, n int) net.Listener { return limit(l, n) }

// Rounded is how counts are rounded before they are told.
func (s *Server) Rounded(n int64) int64 { return s.rounded(n) }

// BodyMemory is what all bodies together may take.
const BodyMemory = bodyMemory
