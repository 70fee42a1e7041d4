package example

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// ErrDesk tells that the desk refused what an editor of the play did.
var ErrDesk = errors.New("the desk refuses")

// editor works at the desk as somebody at a browser does: through its start
// link, with a passphrase, and by its forms. It asks for JSON, which every page
// of the desk also speaks.
type editor struct {
	name   string
	base   string
	csrf   string
	client *http.Client
}

const csrfHeader = "X-Hearsay-CSRF"

// signIn opens the desk by its start link and signs an editor in.
func signIn(ctx context.Context, start, name, passphrase string) (*editor, error) {
	u, err := url.Parse(start)
	if err != nil {
		return nil, fmt.Errorf("the desk's start link: %w", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	e := &editor{name: name, base: u.Scheme + "://" + u.Host, client: &http.Client{
		Jar: jar, Timeout: time.Minute, Transport: &http.Transport{},
	}}
	if _, err := e.do(ctx, http.MethodGet, u.RequestURI(), "", nil); err != nil {
		return nil, err
	}
	return e, e.post(ctx, "/sign-in", url.Values{"name": {name}, "passphrase": {passphrase}}, nil)
}

func (e *editor) close() { e.client.CloseIdleConnections() }

// get reads a page into a view.
func (e *editor) get(ctx context.Context, path string, view any) error {
	b, err := e.do(ctx, http.MethodGet, path, "", nil)
	if err == nil && view != nil {
		err = json.Unmarshal(b, view)
	}
	if err != nil {
		return fmt.Errorf("%s reads %s: %w", e.name, path, err)
	}
	return nil
}

// post sends a form and reads what the desk answers.
func (e *editor) post(ctx context.Context, path string, form url.Values, answer any) error {
	b, err := e.do(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err == nil && answer != nil {
		err = json.Unmarshal(b, answer)
	}
	if err != nil {
		return fmt.Errorf("%s at %s: %w", e.name, path, err)
	}
	return nil
}

// upload sends a file in a form.
func (e *editor) upload(ctx context.Context, path, field string, file []byte, answer any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, field)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return err
	}
	b, err := e.do(ctx, http.MethodPost, path, form.FormDataContentType(), body.Bytes())
	if err == nil {
		err = json.Unmarshal(b, answer)
	}
	if err != nil {
		return fmt.Errorf("%s at %s: %w", e.name, path, err)
	}
	return nil
}

func (e *editor) do(ctx context.Context, method, path, kind string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, e.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", kind)
		request.Header.Set("Origin", e.base)
		request.Header.Set(csrfHeader, e.csrf)
	}
	response, err := e.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if token := response.Header.Get(csrfHeader); token != "" {
		e.csrf = token
	}
	const most = 16 << 20
	b, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		var refused struct {
			Error    string
			Findings []Finding
		}
		if err := json.Unmarshal(b, &refused); err != nil || refused.Error == "" {
			return nil, fmt.Errorf("status %d: %w", response.StatusCode, ErrDesk)
		}
		return nil, &refusal{strings.TrimRight(refused.Error, "."), refused.Findings}
	}
	return b, nil
}

// Finding is what the gate says, as far as the play tells it on.
type Finding struct {
	Rule   string `json:"rule"`
	Blocks bool   `json:"blocks"`
	Claim  string `json:"claim"`
	Risk   string `json:"risk"`
}

// refusal is a sentence of the desk, with the gate's findings where it blocked.
type refusal struct {
	sentence string
	findings []Finding
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %s", ErrDesk, r.sentence) }

// Is makes a refusal an ErrDesk.
func (r *refusal) Is(target error) bool { return target == ErrDesk }
