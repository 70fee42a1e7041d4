package kit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearsay/envelope"
)

var (
	// ErrConfig is returned for a configuration that no kit can be made of.
	ErrConfig = errors.New("not a usable configuration of a kit")

	// ErrRelay is returned when the relay cannot be reached or does not answer
	// in form.
	ErrRelay = errors.New("the relay did not answer as it should")

	// ErrStop is returned when the roster is not one that the desk signed for
	// today. Nothing may be sealed or sent then.
	ErrStop = errors.New("stop: the relay's list of the desk's keys cannot be trusted, so nothing was sent and nothing can be sent safely")

	// ErrOtherDesk is returned where a desk's key is not the one that was known
	// before. It is never taken silently.
	ErrOtherDesk = errors.New("this is another desk than before: its key has changed; compare the fingerprint with one that you have from elsewhere, and go on only with the one that is right")
)

// A Config is what a kit is built with for one desk.
type Config struct {
	Relay     string            // such as http://….onion; a scheme and a host
	Root      ed25519.PublicKey // the desk's, pinned
	MinSerial uint32            // least serial of a charter that is taken: built in, or seen before

	Now func() time.Time // nil is the machine's clock

	// Gap waits between two deposits until the next may go, or returns the
	// context's error. Nil waits 20 to 90 s at random, as it must in earnest:
	// only a play may do without.
	Gap func(context.Context) error

	// ChunkGap is Gap between two chunks of attached files. Nil waits 2 to 10 s.
	ChunkGap func(context.Context) error

	// Memory is what an earlier load has seen, if that was kept: see
	// [Load.Memory]. Nil if nothing was.
	Memory *Memory

	// Progress is told what goes on, in the goroutine of the caller. It may be
	// nil.
	Progress func(Progress)

	// Transport makes the connections: over Tor, in earnest; see [TorTransport].
	// Nil connects directly, and leaves the environment's proxies alone. An
	// onion address is then refused: to ask the system's resolver for it would
	// tell whoever runs that.
	Transport http.RoundTripper
}

// A Stage is what a [Progress] counts.
type Stage int

const (
	Loading    Stage = iota // bytes; what is loaded is the same for everybody
	Depositing              // deposits that were tried, of three
	Chunking                // chunks that were tried
)

// Progress says how far a load or a session has come. Total is known once the
// roster is verified, and 0 before.
type Progress struct {
	Stage       Stage
	Done, Total int
}

// A Client speaks to one relay for one desk.
type Client struct {
	relay     string
	root      ed25519.PublicKey
	desk      envelope.DeskID
	minSerial uint32
	now       func() time.Time
	gap       func(context.Context) error
	chunkGap  func(context.Context) error
	progress  func(Progress)
	memory    *Memory
	http      *http.Client
}

// New makes a client. It speaks to nobody yet.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Relay)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" ||
		u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("relay address: %w", ErrConfig)
	}
	if len(c.Root) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("root key: %w", ErrConfig)
	}
	if c.Transport == nil && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), ".onion") {
		return nil, fmt.Errorf("relay address: an onion service is reached through Tor only: %w", ErrConfig)
	}
	if c.Memory != nil && c.Memory.Desk != envelope.DeskIDOf(c.Root) {
		return nil, fmt.Errorf("what was seen before: %w", ErrOtherDesk)
	}
	k := &Client{
		relay:     u.Scheme + "://" + u.Host,
		root:      bytes.Clone(c.Root),
		desk:      envelope.DeskIDOf(c.Root),
		minSerial: c.MinSerial,
		now:       c.Now,
		gap:       c.Gap,
		chunkGap:  c.ChunkGap,
		progress:  c.Progress,
		memory:    c.Memory,
		http: &http.Client{
			Transport: c.Transport,
			Timeout:   requestTimeout,
			// A redirect is one more thing by which a relay could tell
			// clients apart. It is an answer like any other: not in form.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if k.now == nil {
		k.now = time.Now
	}
	if k.gap == nil {
		k.gap = wait(leastGap, mostGap)
	}
	if k.chunkGap == nil {
		k.chunkGap = wait(leastChunkGap, mostChunkGap)
	}
	if k.progress == nil {
		k.progress = func(Progress) {}
	}
	if k.memory != nil {
		k.minSerial = max(k.minSerial, k.memory.Serial)
	}
	if k.http.Transport == nil {
		k.http.Transport = &http.Transport{DisableCompression: true, MaxIdleConns: 1, IdleConnTimeout: idleTimeout}
	}
	return k, nil
}

const (
	requestTimeout = 3 * time.Minute // a week of drops takes a poor line less
	idleTimeout    = 2 * time.Minute // longer than a gap
)

// Close lets go of the connection.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) today() envelope.Epoch { return envelope.EpochOf(c.now()) }

// get fetches a file of a size that is known beforehand.
func (c *Client) get(ctx context.Context, path string, size int) ([]byte, error) {
	status, body, err := c.do(ctx, http.MethodGet, path, nil, size)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK || len(body) != size {
		return nil, fmt.Errorf("fetch %s: %w", path, ErrRelay)
	}
	return body, nil
}

// post sends a deposit and returns the relay's answer.
func (c *Client) post(ctx context.Context, path string, deposit []byte) (envelope.AnswerCode, error) {
	status, body, err := c.do(ctx, http.MethodPost, path, deposit, envelope.AnswerSize)
	if err != nil {
		return 0, err
	}
	code, err := envelope.ParseAnswer(body)
	if err != nil || (status == http.StatusOK) != (code == envelope.Taken) {
		return 0, fmt.Errorf("send deposit: %w", ErrRelay)
	}
	return code, nil
}

// do makes one request that looks like any other kit's: no cookie, no name of
// the client, no offer of compression. It reads one byte more than limit, so
// that a longer answer is seen to be one.
func (c *Client) do(ctx context.Context, method, path string, body []byte, limit int) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.relay+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, ErrRelay)
	}
	req.Header["User-Agent"] = nil
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, unreachable(ctx, method, path)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		return 0, nil, unreachable(ctx, method, path)
	}
	return resp.StatusCode, answer, nil
}

// unreachable leaves out what net/http says, which has addresses in it.
func unreachable(ctx context.Context, method, path string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%s %s: %w: %w", method, path, errUnreachable, ErrRelay)
}

// errUnreachable tells a call without an answer from one that was refused.
var errUnreachable = errors.New("unreachable")

func isUnreachable(err error) bool { return errors.Is(err, errUnreachable) }
