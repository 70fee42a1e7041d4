package web

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// Options is what the pages stand on. All but Elapsed and Idle must be given.
type Options struct {
	Casebook *casebook.Casebook
	Works    Works

	// CheckPassphrase reports whether a passphrase is an editor's. It should
	// take as long for a stranger as for an editor. It is called one at a time.
	CheckPassphrase func(editor, passphrase string) bool

	// Rows is how many rows each of the desk's drops has.
	Rows int

	// Clock tells the day. It may jump.
	Clock func() time.Time

	// Elapsed tells how long the process has run; nil takes its own measure.
	// Sessions and the brake on wrong passphrases go by it and never by Clock,
	// which may be set.
	Elapsed func() time.Duration

	// StartToken opens the door: it stands in the address that is printed when
	// the desk starts. An empty one opens nothing.
	StartToken string

	// Addr is the listener's address, host:port. Requests for any other port, or
	// for a name that is not loopback's, are refused.
	Addr string

	// Idle is how long an editor stays signed in without doing anything; 0 is
	// half an hour.
	Idle time.Duration

	// Log takes counts only.
	Log *slog.Logger
}

// Works are the errands that reach beyond the casebook. Errors wrap a sentinel
// of this package or of casebook, or are told to nobody. Each call returns when
// what it did would survive a loss of power.
type Works interface {
	// Pull fetches what waits at the relay, keeps it, and tells the relay.
	Pull(ctx context.Context) (PullResult, error)
	// Import keeps what the files of a parcel bring, and keeps aside what waits
	// for others.
	Import(ctx context.Context, files iter.Seq2[io.Reader, error]) (ImportResult, error)
	// Waiting returns, for each set of which drives have come but not enough, how
	// many more are needed.
	Waiting() []int
	// Parts returns how many parts of each file of a manifest are there.
	Parts(ctx context.Context, manifest int64) (have []int, err error)
	// File returns one file of a manifest, counted from 1; ErrNotWhole until it is
	// whole.
	File(ctx context.Context, manifest int64, number int) (name string, body []byte, err error)
	// Publish puts a draft through casebook.Publish, into the edition, the
	// ledger and the site.
	Publish(ctx context.Context, editor, bulletin string) error
	// RenewCharter signs the next charter with the root key, given as the text
	// of its file, and the passphrase under which that may be. Neither is kept.
	RenewCharter(ctx context.Context, rootKey, passphrase string) error
	// Health looks after the desk. What cannot be found out is part of the
	// answer; an error is for a desk that cannot be looked at.
	Health(ctx context.Context) (Health, error)
}

// PullResult counts what one pull brought.
type PullResult struct {
	Deposits int `json:"deposits"` // fetched, cover included
	Reports  int `json:"reports"`  // new
	Files    int `json:"files"`    // newly named
	Whole    int `json:"whole"`    // files put together
}

// Health is how the desk fares.
type Health struct {
	Charter  Charter      `json:"charter"`
	Bundles  []Bundle     `json:"bundles"`
	LastPull *hearsay.Day `json:"last_pull,omitempty"`
	LastDrop *hearsay.Day `json:"last_drop,omitempty"`
	Ledger   int64        `json:"ledger"` // leaves
	Unread   int          `json:"unread"` // messages kept for a version that can read them
	Relay    RelayReach   `json:"relay"`
	Warnings []Warning    `json:"warnings,omitempty"`
}

// Warning is something that somebody has to do.
type Warning struct {
	About  string `json:"about"`
	Urgent bool   `json:"urgent"`
	Text   string `json:"text"`
}

// Charter is the desk's charter as it stands.
type Charter struct {
	Serial uint32      `json:"serial"`
	From   hearsay.Day `json:"from"`
	To     hearsay.Day `json:"to"` // the last day on which kits take it
}

// Bundle is a set of keys that sources seal to.
type Bundle struct {
	From     hearsay.Day `json:"from"`
	To       hearsay.Day `json:"to"`       // the last day of its use
	Destroys hearsay.Day `json:"destroys"` // when its private half goes
	Courier  bool        `json:"courier"`  // for what is carried, not sent
}

// RelayReach tells whether the relay answered.
type RelayReach struct {
	Address string `json:"address"`
	Answers bool   `json:"answers"`
	Why     string `json:"why,omitempty"` // in one sentence, where it does not
}

// pages is the handler.
type pages struct {
	Options
	mux      *http.ServeMux
	hosts    []string
	cookie   string // the session cookie's name
	sessions *sessions
	brake    *brake
	failures atomic.Int64 // pages that failed for reasons that nobody is told
}

// New returns the desk's pages. They are to be served on loopback only.
func New(o Options) http.Handler {
	if o.Elapsed == nil {
		start := time.Now()
		o.Elapsed = func() time.Duration { return time.Since(start) }
	}
	if o.Idle == 0 {
		o.Idle = 30 * time.Minute
	}
	_, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		port = "" // no Host has an empty port, so nothing is served
	}
	p := &pages{
		Options:  o,
		hosts:    loopback(port),
		sessions: newSessions(o.Elapsed, o.Idle),
		brake:    newBrake(o.Elapsed),
		// Cookies know no ports: two desks on one machine must not take each
		// other's.
		cookie: "hearsay_desk_" + port,
	}
	p.mux = p.routes()
	return p
}

func loopback(port string) []string {
	if port == "" {
		return nil
	}
	var hosts []string
	for _, name := range []string{"127.0.0.1", "::1", "localhost"} {
		hosts = append(hosts, net.JoinHostPort(name, port))
	}
	if port == "80" {
		hosts = append(hosts, "127.0.0.1", "[::1]", "localhost")
	}
	return hosts
}

func (p *pages) today() hearsay.Day { return hearsay.DayOf(p.Clock()) }

// failed counts what went wrong for reasons that nobody is told.
func (p *pages) failed() { p.Log.Error("a page failed", "failures", p.failures.Add(1)) }
