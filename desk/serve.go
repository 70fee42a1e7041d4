package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"iter"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"hearsay"
	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
	"hearsay/ledger"
)

// ErrNotLoopback tells that the desk was asked to listen where others can reach
// it. Editors elsewhere come by SSH or an onion service, to the loopback.
var ErrNotLoopback = errors.New("the desk listens on loopback only")

// Listen opens the address for the editors' pages.
func Listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if at, ok := listener.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		return nil, errors.Join(ErrNotLoopback, listener.Close())
	}
	return listener, nil
}

// Start draws the token that opens the pages, and returns it with their link.
func Start(listener net.Listener) (token, link string) {
	token = rand.Text()
	return token, "http://" + listener.Addr().String() + "/start?token=" + token
}

// Serve serves the editors' pages until ctx ends; it closes the listener.
func (d *Desk) Serve(ctx context.Context, listener net.Listener, token string) error {
	stranger, err := keyring.NewVerifier(keyring.NewPassphrase(rand.Text()), keyring.DefaultVerifierParams)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: web.New(web.Options{
			Casebook: d.book,
			Works:    works{d},
			CheckPassphrase: func(editor, passphrase string) bool {
				verifier := d.book.Verifier(editor)
				if verifier == "" {
					verifier = stranger // so that a name costs as much to try as a passphrase
				}
				return keyring.CheckVerifier(verifier, keyring.NewPassphrase(passphrase))
			},
			Rows:       d.config.Rows,
			Clock:      d.now,
			StartToken: token,
			Addr:       listener.Addr().String(),
			Log:        d.log,
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it would write addresses
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		done <- server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}

// works lends the desk's errands to its pages.
type works struct{ *Desk }

func (w works) Pull(ctx context.Context) (web.PullResult, error) {
	if !w.errand.TryLock() { // it pulls by itself just now, perhaps over a slow line
		return web.PullResult{}, web.ErrBusy
	}
	defer w.errand.Unlock()
	pulled, err := w.pull(ctx)
	return web.PullResult(pulled), unreachable(err)
}

func (w works) Import(ctx context.Context, files iter.Seq2[io.Reader, error]) (web.ImportResult, error) {
	return w.Desk.Import(ctx, files)
}

func (w works) Waiting() []int { return w.Desk.Waiting() }

func (w works) Publish(ctx context.Context, editor, bulletin string) error {
	return w.Desk.Publish(ctx, editor, bulletin)
}

func (w works) RenewCharter(ctx context.Context, rootKey, passphrase string) error {
	return unreachable(w.Desk.RenewCharter(ctx, RootKey{rootKey, passphrase}))
}

// unreachable gives an editor the sentence for a relay that does not answer.
func unreachable(err error) error {
	if errors.Is(err, ErrRelay) || errors.Is(err, ErrRefused) || errors.Is(err, ErrNoRelay) {
		return errors.Join(web.ErrUnreachable, err)
	}
	return err
}

// Health looks after the desk.
func (w works) Health(ctx context.Context) (web.Health, error) {
	var h web.Health
	charter, _, err := w.charter()
	if err != nil {
		return h, err
	}
	h.Charter = web.Charter{Serial: charter.Serial, From: hearsay.Day(charter.From), To: hearsay.Day(charter.To)}
	for _, b := range w.keys.Live() {
		h.Bundles = append(h.Bundles, web.Bundle{
			From: hearsay.Day(b.Epoch), To: hearsay.Day(b.UseUntil), Destroys: hearsay.Day(b.DestroyAfter), Courier: b.Class == envelope.Courier,
		})
	}
	if pulled := w.book.PulledThrough(); pulled != 0 {
		h.LastPull = &pulled
	}
	if state := w.book.NextDrop(0, 0); state.Epoch != 0 {
		h.LastDrop = &state.Epoch
	}
	if entries, err := ledger.Open(os.DirFS(w.ledgerDir())); err == nil {
		h.Ledger = entries.Size()
	}
	h.Unread = w.book.Unread()
	h.Relay.Address = w.relay
	switch {
	case w.mail == nil:
		h.Relay.Why = ErrNoRelay.Error()
	default:
		_, err := w.mail.status(ctx)
		h.Relay.Answers = err == nil
		if err != nil {
			h.Relay.Why = "it did not answer just now"
		}
	}
	warnings, err := w.Warnings()
	if err != nil {
		return h, err
	}
	for _, warning := range warnings {
		if warning.About != "charter" { // which the page tells by itself
			h.Warnings = append(h.Warnings, web.Warning(warning))
		}
	}
	return h, nil
}

var _ web.Works = works{}
