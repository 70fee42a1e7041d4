package kit

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"

	"golang.org/x/net/proxy"
)

// TorPort is where Tor listens on the machine that it runs on.
const TorPort = "127.0.0.1:9050"

// TorTransport makes connections through Tor, or another SOCKS5 proxy, at an
// address. Names are resolved by the proxy and never by this machine. Each
// transport gives a name and a password of its own, by which Tor keeps its
// circuits apart from those of all others (IsolateSOCKSAuth, its default).
func TorTransport(address string) (http.RoundTripper, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("address of Tor: %w", ErrConfig)
	}
	socks, err := proxy.SOCKS5("tcp", address, &proxy.Auth{User: rand.Text(), Password: rand.Text()}, &net.Dialer{})
	if err != nil {
		return nil, fmt.Errorf("address of Tor: %w", ErrConfig)
	}
	dialer, ok := socks.(proxy.ContextDialer)
	if !ok {
		return nil, fmt.Errorf("address of Tor: %w", ErrConfig)
	}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, addr)
		},
		DisableCompression: true, MaxIdleConns: 1, IdleConnTimeout: idleTimeout,
	}, nil
}
