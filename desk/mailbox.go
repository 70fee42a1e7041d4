package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"hearsay/envelope"
)

// Relay errors.
var (
	// ErrAddress tells that a text is no address of a relay.
	ErrAddress = errors.New("not a relay's address, such as http://127.0.0.1:8700")
	// ErrRelay tells that the relay could not be reached or did not answer as
	// PROTOCOL.md section 7 has it.
	ErrRelay = errors.New("the relay does not answer as it should")
	// ErrRefused tells that the relay refused what the desk sent.
	ErrRefused = errors.New("the relay refuses")
)

// authorize signs one call to the relay.
type authorize func(method, path string, body []byte) (string, error)

// mailbox is the desk's side of the relay's API.
type mailbox struct {
	address   string
	authorize authorize
	client    *http.Client
}

func newMailbox(address string, auth authorize) (*mailbox, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return nil, fmt.Errorf("%q: %w", address, ErrAddress)
	}
	return &mailbox{address: u.Scheme + "://" + u.Host, authorize: auth, client: &http.Client{
		Timeout:       time.Minute,
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (m *mailbox) close() { m.client.CloseIdleConnections() }

// call makes one request and returns the answer's body, at most size bytes.
func (m *mailbox) call(ctx context.Context, method, path string, body []byte, size int, authorized bool) (status int, answer []byte, err error) {
	fail := func(why error) (int, []byte, error) {
		return 0, nil, fmt.Errorf("%s %s: %w: %w", method, path, ErrRelay, why)
	}
	request, err := http.NewRequestWithContext(ctx, method, m.address+path, bytes.NewReader(body))
	if err != nil {
		return fail(err)
	}
	if authorized {
		header, err := m.authorize(method, path, body)
		if err != nil {
			return 0, nil, err
		}
		request.Header.Set("Authorization", header)
	}
	request.Header["User-Agent"] = nil
	response, err := m.client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		return fail(nameless(err))
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, int64(size)+1))
	if err != nil {
		return fail(nameless(err))
	}
	if len(answer) > size {
		return fail(errors.New("its answer is too long"))
	}
	return response.StatusCode, answer, nil
}

// nameless keeps of an error of the network what went wrong, and leaves out the
// addresses: it goes into the log.
func nameless(err error) error {
	var lookup *net.DNSError
	var connection *net.OpError
	var request *url.Error
	switch {
	case errors.As(err, &lookup):
		return errors.New("there is no host of that name")
	case errors.As(err, &connection):
		return connection.Err
	case errors.As(err, &request):
		return request.Err
	}
	return err
}

// post sends and expects taken.
func (m *mailbox) post(ctx context.Context, path string, body []byte, authorized bool) error {
	_, answer, err := m.call(ctx, http.MethodPost, path, body, envelope.AnswerSize, authorized)
	if err != nil {
		return err
	}
	code, err := envelope.ParseAnswer(answer)
	if err != nil {
		return fmt.Errorf("POST %s: %w: %w", path, ErrRelay, err)
	}
	if code != envelope.Taken {
		return fmt.Errorf("POST %s: %w: %s", path, ErrRefused, code)
	}
	return nil
}

func (m *mailbox) status(ctx context.Context) (envelope.Status, error) {
	code, answer, err := m.call(ctx, http.MethodGet, envelope.PathStatus, nil, envelope.StatusSize, false)
	if err != nil {
		return envelope.Status{}, err
	}
	status, err := envelope.ParseStatus(answer)
	if err != nil || code != http.StatusOK {
		return envelope.Status{}, fmt.Errorf("GET %s: %w", envelope.PathStatus, ErrRelay)
	}
	return status, nil
}

// inbox yields the payloads of one day, page by page, without what fills them.
func (m *mailbox) inbox(ctx context.Context, epoch envelope.Epoch, yield func(payloads [][]byte) error) error {
	path := func(page int) string { return envelope.InboxPath(epoch, page) }
	return m.pages(ctx, path, envelope.MaxDeposits, envelope.InboxPage, envelope.PayloadSize, yield)
}

// chunks yields the pieces of files of one day, likewise. A relay that knows no
// such calls has none.
func (m *mailbox) chunks(ctx context.Context, epoch envelope.Epoch, yield func(chunks [][]byte) error) error {
	path := func(page int) string { return envelope.ChunksPath(epoch, page) }
	return m.pages(ctx, path, envelope.MaxChunkDeposits, envelope.ChunkPage, envelope.ChunkSize, yield)
}

// pages yields things of one size, so many to a page, until the relay has no
// more. Zeros end nothing: a page is filled with them, but anyone may also have
// deposited some, to hide from the desk what stands behind them.
func (m *mailbox) pages(ctx context.Context, pathOf func(page int) string, most, perPage, size int, yield func([][]byte) error) error {
	pageSize := perPage * size
	for page := 0; page < (most+perPage-1)/perPage; page++ {
		path := pathOf(page)
		code, answer, err := m.call(ctx, http.MethodGet, path, nil, pageSize, true)
		if err != nil {
			return err
		}
		if code == http.StatusNotFound {
			return nil
		}
		if code != http.StatusOK || len(answer) != pageSize {
			reason, err := envelope.ParseAnswer(answer)
			if err != nil {
				return fmt.Errorf("GET %s: %w", path, ErrRelay)
			}
			return fmt.Errorf("GET %s: %w: %s", path, ErrRefused, reason)
		}
		if err := yield(slices.DeleteFunc(slices.Collect(slices.Chunk(answer, size)), isFill)); err != nil {
			return err
		}
	}
	return nil
}

// isFill tells zeros from a payload, whose every envelope begins with a
// ciphertext of ML-KEM, and from a chunk.
func isFill(payload []byte) bool {
	for _, b := range payload {
		if b != 0 {
			return false
		}
	}
	return true
}
