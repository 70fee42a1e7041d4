package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hearsay/envelope"
	"hearsay/kit"
	"hearsay/kit/page"
)

func newSource() *cobra.Command {
	return group("source", "Report to a desk, and read what it answers",
		`The kit on a command line: for whoever reports. All that it keeps is twelve words, and
those not on this machine. It cannot hide that this machine ran it: the shell's history,
the program itself and this machine's memory say so. Read docs/sources-guide.md first.
`+exits,
		"hearsay source new\n  hearsay source send --kit kit.html --text report.md --attach photo.jpg\n  hearsay source fetch --kit kit.html",
		newSourceNew(), newSourceSend(), newSourceFetch(), newSourceRotate())
}

// sourceFlags say which desk is meant and how it is reached.
type sourceFlags struct {
	deskKey, relay, page, outbound, tor, state string
	days                                       int
	despite, hurry                             bool
	clock                                      *string
}

func addSourceFlags(cmd *cobra.Command) *sourceFlags {
	f := &sourceFlags{clock: clockFlag(cmd)}
	cmd.Flags().StringVar(&f.page, "kit", "", "take the desk's key and its relay from this page of a kit")
	cmd.Flags().StringVar(&f.outbound, "outbound", "", "take the desk's key, and drops, from what a courier brought: a folder with desk.bin, or that file; no relay is asked then unless --relay names it")
	cmd.Flags().StringVar(&f.deskKey, "desk-key", "", "the desk's root public key, 64 hex digits; beside --kit or --outbound its fingerprint will do")
	cmd.Flags().StringVar(&f.relay, "relay", "", "the relay's address, such as http://….onion")
	cmd.Flags().StringVar(&f.tor, "tor", "", "address of Tor's SOCKS port (default 127.0.0.1:9050 for an onion service)")
	cmd.Flags().StringVar(&f.state, "state", "", "remember here what the desk published, to notice forks; says that this desk is visited, and no more")
	cmd.Flags().IntVar(&f.days, "days", kit.Week, "days of drops to load, 7 or 28; a relay can see who asks for 28")
	cmd.Flags().BoolVar(&f.despite, "despite-alarm", false, "go on though the desk's keys or drops are not what others may see")
	cmd.Flags().BoolVar(&f.hurry, "hurry", false, "wait no time between deposits (for rehearsals)")
	_ = cmd.Flags().MarkHidden("hurry") // fails for a flag that is not there
	return f
}

// A chosenDesk is the desk that the flags name, its fingerprint compared.
type chosenDesk struct {
	root     ed25519.PublicKey
	relay    string
	serial   uint32
	memory   *kit.Memory
	outbound []byte   // the file of a drive
	drops    [][]byte // in it
}

// choose finds the desk's key. It comes from a flag, a kit or a drive; where
// several name it, all must agree, and agree with what was seen before.
func (f *sourceFlags) choose(cmd *cobra.Command) (chosenDesk, error) {
	if f.days != kit.Week && f.days != kit.Month {
		return chosenDesk{}, misasked("--days is %d or %d", kit.Week, kit.Month)
	}
	d := chosenDesk{relay: f.relay}
	if f.page != "" {
		b, err := readBounded(f.page, kit.MaxPageSize)
		if err != nil {
			return d, err
		}
		config, err := kit.ParsePage(b)
		if err != nil {
			return d, fmt.Errorf("%s: %w", f.page, err)
		}
		if code, err := page.Fingerprint(b); err == nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "page  %s\n", code)
		} else {
			fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %s is not a page as this program makes it: take the desk's key from it after comparing, and do not open it in a browser\n", f.page)
		}
		d.root, d.serial = config.Root, config.Serial
		if d.relay == "" && f.outbound == "" { // who reads a drive has perhaps no network, or must not use it
			d.relay = config.Relay
		}
	}
	if f.outbound != "" {
		file, o, err := readOutbound(f.outbound)
		if err != nil {
			return d, err
		}
		if d.root != nil && !d.root.Equal(o.Root) {
			return d, fmt.Errorf("--kit and --outbound: %w", kit.ErrOtherDesk)
		}
		d.root, d.outbound, d.drops = o.Root, file, o.Drops
	}
	named, err := f.named(&d)
	if err != nil {
		return d, err
	}
	known, err := f.remember(&d)
	if err != nil {
		return d, err
	}
	fingerprint := envelope.DeskIDOf(d.root).Fingerprint()
	fmt.Fprintf(cmd.ErrOrStderr(), "desk  %s\n", fingerprint)
	if f.tor == "" && isOpen(d.relay) {
		fmt.Fprintln(cmd.ErrOrStderr(), "hearsay: this goes without Tor: the relay and whoever runs your network see that you talk to it")
	}
	if named || known {
		return d, nil
	}
	if !interactive() {
		return d, misasked("say with --desk-key %s that this is the desk that you mean: compare that with a card or a person, not with what brought the kit", fingerprint)
	}
	answer, err := ask(cmd, "Compare this with one that you have from elsewhere. Is it the same? [y/N] ")
	if err == nil && !strings.HasPrefix(strings.ToLower(answer), "y") {
		err = no(cmd, kit.ErrOtherDesk)
	}
	return d, err
}

// isOpen reports whether an address is reached over a network that others run,
// and not through Tor.
func isOpen(relay string) bool {
	u, err := url.Parse(relay)
	if err != nil || u.Hostname() == "" || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".onion") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// named compares the desk with --desk-key, and reports whether that was given.
func (f *sourceFlags) named(d *chosenDesk) (bool, error) {
	switch id := envelope.DeskIDOf(d.root); {
	case f.deskKey == "" && d.root == nil:
		return false, misasked("say which desk: --kit FILE, --outbound FOLDER, or --desk-key KEY with --relay")
	case f.deskKey == "":
		return false, nil
	case len(f.deskKey) == 2*ed25519.PublicKeySize:
		root, err := parseDeskKey(f.deskKey)
		if err != nil {
			return false, err
		}
		if d.root != nil && !d.root.Equal(root) {
			return false, kit.ErrOtherDesk
		}
		d.root = root
		return true, nil
	case d.root == nil:
		return false, misasked("a fingerprint is for comparing: give --desk-key with all 64 hex digits, or --kit or --outbound beside it")
	default:
		plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "") }
		if plain(f.deskKey) != plain(id.Fingerprint()) {
			return false, fmt.Errorf("the fingerprint is %s: %w", id.Fingerprint(), kit.ErrOtherDesk)
		}
		return true, nil
	}
}

// remember reads what was seen before, if it is kept, and reports whether there
// was something.
func (f *sourceFlags) remember(d *chosenDesk) (bool, error) {
	if f.state == "" {
		return false, nil
	}
	b, err := readBounded(f.state, 1<<16)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m, err := kit.ParseMemory(b)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.state, err)
	}
	if m.Desk != envelope.DeskIDOf(d.root) {
		return false, fmt.Errorf("%s is of %s: %w", f.state, m.Desk.Fingerprint(), kit.ErrOtherDesk)
	}
	d.memory = &m
	return true, nil
}

// client makes a kit for the desk at its relay.
func (f *sourceFlags) client(cmd *cobra.Command, d chosenDesk) (*kit.Client, error) {
	if d.relay == "" {
		return nil, misasked("there is no relay to reach: give --relay, or carry the report with hearsay parcel pack")
	}
	now, err := clock(*f.clock)
	if err != nil {
		return nil, err
	}
	config := kit.Config{Relay: d.relay, Root: d.root, MinSerial: d.serial, Memory: d.memory, Now: now, Progress: newSendMeter(cmd.ErrOrStderr()).tell}
	if f.hurry {
		config.Gap = func(ctx context.Context) error { return ctx.Err() }
		config.ChunkGap = config.Gap
	}
	u, err := url.Parse(d.relay)
	if err != nil {
		return nil, misasked("--relay %q is no address", d.relay)
	}
	tor := f.tor
	if tor == "" && strings.HasSuffix(u.Hostname(), ".onion") {
		tor = kit.TorPort
	}
	if tor != "" {
		if config.Transport, err = kit.TorTransport(tor); err != nil {
			return nil, misasked("--tor %q is no address and port", tor)
		}
	}
	c, err := kit.New(config)
	if errors.Is(err, kit.ErrConfig) {
		return nil, misasked("%w", err)
	}
	return c, err
}

// load loads what everybody loads and adds what a courier brought. Alarms stop
// whoever wants to send something.
func (f *sourceFlags) load(cmd *cobra.Command, c *kit.Client, d chosenDesk, toSend bool) (*kit.Load, error) {
	l, err := c.Load(cmd.Context(), f.days)
	if err != nil {
		return nil, err
	}
	l.AddDrops(d.drops)
	return l, f.look(cmd, l, toSend)
}

// open reads what a courier brought, where there is no relay.
func (f *sourceFlags) open(cmd *cobra.Command, d chosenDesk) (*kit.Load, error) {
	now, err := clock(*f.clock)
	if err != nil {
		return nil, err
	}
	l, err := kit.OpenOutbound(kit.Config{Root: d.root, MinSerial: d.serial, Memory: d.memory, Now: now}, d.outbound)
	if err != nil {
		return nil, err
	}
	return l, f.look(cmd, l, false)
}

// look tells what is amiss with what was loaded, and remembers it where that was
// asked for.
func (f *sourceFlags) look(cmd *cobra.Command, l *kit.Load, toSend bool) error {
	for _, n := range l.Notices {
		fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %s\n", n)
	}
	if f.state != "" {
		b, err := l.Memory().Marshal()
		if err == nil {
			err = replaceFile(f.state, b)
		}
		if err != nil {
			return fmt.Errorf("remember what was seen: %w", err)
		}
	}
	if toSend && alarmed(l) && !f.despite {
		return stopped(cmd)
	}
	return nil
}

func alarmed(l *kit.Load) bool {
	return slices.ContainsFunc(l.Notices, func(n kit.Notice) bool { return n.Kind.Alarm() })
}

func stopped(cmd *cobra.Command) error {
	return no(cmd, errors.New("nothing was sent; --despite-alarm goes on all the same"))
}

// readWords asks for the twelve words.
func readWords(cmd *cobra.Command, from *secretFlags) (envelope.Phrase, error) {
	text, err := from.read(cmd, false)
	if err != nil {
		return envelope.Phrase{}, err
	}
	p, err := envelope.ParsePhrase(text)
	if err != nil {
		return envelope.Phrase{}, misasked("check the words") // and no more: what is wrong helps whoever guesses
	}
	return p, nil
}

// no says why the answer is no.
func no(cmd *cobra.Command, why error) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %v\n", why)
	return errNo
}

// sourceResult turns what is not to be trusted into an answer of no.
func sourceResult(cmd *cobra.Command, err error) error {
	if errors.Is(err, kit.ErrStop) || errors.Is(err, kit.ErrOtherDesk) {
		return no(cmd, err)
	}
	return err
}

func interactive() bool { return term.IsTerminal(int(os.Stdin.Fd())) }

// ask prompts for a line. Lines are read byte by byte, so that what follows is
// left to whoever asks next.
func ask(cmd *cobra.Command, prompt string) (string, error) {
	fmt.Fprint(cmd.ErrOrStderr(), prompt)
	var line []byte
	b := make([]byte, 1)
	for len(line) < maxAnswer {
		n, err := cmd.InOrStdin().Read(b)
		if n == 1 && b[0] == '\n' {
			return strings.TrimSpace(string(line)), nil
		}
		line = append(line, b[:n]...)
		if err == io.EOF && len(line) > 0 {
			return strings.TrimSpace(string(line)), nil
		}
		if err != nil {
			return "", fmt.Errorf("read an answer: %w", err)
		}
	}
	return "", misasked("an answer has more than %d bytes", maxAnswer)
}

const maxAnswer = 1 << 14

// readBounded reads a file of at most so many bytes; a larger one is refused.
func readBounded(name string, most int) ([]byte, error) {
	b, more, err := readUpTo(name, most)
	if err != nil {
		return nil, err
	}
	if more {
		return nil, misasked("%s has more than %d bytes", name, most)
	}
	return b, nil
}

// readUpTo reads a file, and not much of one that has more than so many bytes.
func readUpTo(name string, most int) (b []byte, more bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	b, err = io.ReadAll(io.LimitReader(f, int64(most)+1))
	return b, err == nil && len(b) > most, err
}

// readOutbound reads what a desk publishes on a drive.
func readOutbound(name string) (file []byte, o envelope.Outbound, err error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name = filepath.Join(name, "desk.bin")
	}
	if file, err = readBounded(name, envelope.MaxOutboundSize); err != nil {
		return nil, o, err
	}
	if o, err = envelope.ParseOutbound(file); err != nil {
		return nil, o, fmt.Errorf("%s: %w", name, err)
	}
	return file, o, nil
}

// replaceFile writes a file of this person alone, whole or not at all.
func replaceFile(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".hearsay-")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// showable leaves of a text what a terminal shows.
func showable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) || r == '\n' || r == '\t' {
			return r
		}
		return '\uFFFD'
	}, text)
}

// sendMeter shows how far it has come, on a terminal only.
type sendMeter struct {
	w        io.Writer
	terminal bool
}

func newSendMeter(w io.Writer) *sendMeter {
	f, ok := w.(interface{ Fd() uintptr })
	return &sendMeter{w, ok && term.IsTerminal(int(f.Fd()))}
}

func (m *sendMeter) tell(p kit.Progress) {
	if !m.terminal || p.Total == 0 {
		return
	}
	switch p.Stage {
	case kit.Loading:
		fmt.Fprintf(m.w, "\r\x1b[Kloading what everybody loads: %d of %d kB", p.Done/1000, p.Total/1000)
	case kit.Depositing:
		fmt.Fprintf(m.w, "\r\x1b[K%d of %d deposits, with 20 to 90 s between them", p.Done, p.Total)
	case kit.Chunking:
		fmt.Fprintf(m.w, "\r\x1b[K%d of %d pieces of files, with 2 to 10 s between them", p.Done, p.Total)
	}
	if p.Done == p.Total {
		fmt.Fprintln(m.w)
	}
}
