package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hearsay"
	"hearsay/envelope"
	"hearsay/kit"
	"hearsay/kit/strip"
)

// waitingFlag is where what a relay has not taken is kept, if at all.
type waitingFlag struct{ file string }

func addWaitingFlag(cmd *cobra.Command) *waitingFlag {
	w := &waitingFlag{}
	cmd.Flags().StringVar(&w.file, "waiting", "", "keep here, sealed, what the relay has not taken, and go on with it")
	return w
}

// read returns what waits from an earlier session; nothing if there is none.
func (w *waitingFlag) read(cmd *cobra.Command, l *kit.Load, today envelope.Epoch) (kit.Waiting, error) {
	empty := kit.Waiting{Desk: l.Roster.Desk, Day: today}
	if w.file == "" {
		return empty, nil
	}
	b, err := readBounded(w.file, kit.MaxWaitingSize)
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return empty, err
	}
	kept, err := kit.ParseWaiting(b)
	if err != nil {
		return empty, fmt.Errorf("%s: %w", w.file, err)
	}
	if kept.Desk != l.Roster.Desk {
		return empty, fmt.Errorf("%s is for %s: %w", w.file, kept.Desk.Fingerprint(), kit.ErrOtherDesk)
	}
	if !kept.StillOpens(today) {
		fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: what waits in %s was sealed on %s: the desk may have destroyed the keys for it by now. It is sent all the same; if it does not arrive, write it again\n", w.file, kept.Day)
	}
	return kept, nil
}

// keep writes what waits, or removes the file when nothing does.
func (w *waitingFlag) keep(was kit.Waiting, s *kit.Session) error {
	if w.file == "" {
		return nil
	}
	was.Sealed = s.Waiting()
	if len(was.Sealed) == 0 {
		if err := os.Remove(w.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b, err := was.Marshal()
	if err == nil {
		err = replaceFile(w.file, b)
	}
	if err != nil {
		return fmt.Errorf("keep what waits: %w", err)
	}
	return nil
}

// session is what every unlocked session of the command line does: it unlocks,
// lets something be written, keeps it, sends three deposits, and keeps what is
// left.
func (f *sourceFlags) session(cmd *cobra.Command, l *kit.Load, words envelope.Phrase, w *waitingFlag, write func(*kit.Session) error) (kit.Sent, []kit.State, error) {
	today, err := f.today()
	if err != nil {
		return kit.Sent{}, nil, err
	}
	was, err := w.read(cmd, l, today)
	if err != nil {
		return kit.Sent{}, nil, err
	}
	s, err := l.Unlock(words, was.Sealed...)
	if err != nil {
		return kit.Sent{}, nil, err
	}
	defer s.Close()
	if err := write(s); err != nil {
		return kit.Sent{}, nil, err
	}
	if err := w.keep(was, s); err != nil { // before anything is sent: an interrupt loses nothing
		return kit.Sent{}, nil, err
	}
	tellWatchers(cmd.ErrOrStderr(), s.ChunksAhead(), f.hurry)
	sent, err := s.Send(cmd.Context())
	err = errors.Join(err, w.keep(was, s))
	if sent.Waiting+sent.ChunksWaiting > 0 {
		what := fmt.Sprintf("%d deposits and %d pieces of files are not taken", sent.Waiting, sent.ChunksWaiting)
		if w.file != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %s; they wait, sealed, in %s: run this again to go on\n", what, w.file)
		} else {
			fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %s, and are not kept; --waiting FILE would keep them, sealed\n", what)
			if errors.Is(err, kit.ErrWaiting) { // which promises that it waits
				err = errNotTaken
			}
		}
	}
	return sent, s.States(), err
}

var errNotTaken = errors.New("the relay has not taken everything")

func (f *sourceFlags) today() (envelope.Epoch, error) {
	now, err := clock(*f.clock)
	if err != nil {
		return 0, err
	}
	return envelope.EpochOf(now()), nil
}

// tellWatchers says what others see of a session, before it sends.
func tellWatchers(w io.Writer, chunks int, hurry bool) {
	fmt.Fprintf(w, "The relay sees %d deposits of 24,640 bytes, as of everybody, and cannot tell whether one is a report.\n", kit.PerSession)
	if chunks > 0 {
		fmt.Fprintf(w, "It also sees %d pieces of files (64 kB each, rounded up to 1, 4, 16 or 64): that somebody sent files, and roughly how much. Whoever watches your line can see as much.\n", chunks)
	}
	if !hurry {
		least, most := 2*20+chunks*2, 2*90+chunks*10
		fmt.Fprintf(w, "This takes %s to %s. Whoever watches your line sees that it is in use that long.\n", roughly(least), roughly(most))
	}
}

func roughly(seconds int) string { return (time.Duration(seconds) * time.Second).String() }

func newSourceSend() *cobra.Command {
	var text, language string
	var attach []string
	var asks, asJSON bool
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Report to the desk",
		Long: `Report to the desk. The text comes from a file or standard input; at a terminal, or with
--ask, the desk's questions are asked first and then the text. There is no editor: editors
leave copies. Three parts of 3,290 bytes fit (1,096 Korean characters each), two beside files.

Files are cleaned before they are sealed: photos and screenshots are encoded anew, plain PDFs
and texts are cleaned, everything else is refused with the reason. Pieces of files go after
the three deposits. "Taken" means that the relay has it; only source fetch says that it
has arrived, a day later or two.
` + exits,
		Example: "  hearsay source send --kit kit.html --text report.md --attach photo.jpg --waiting unsent",
		Args:    none,
	}
	flags, from, waiting := addSourceFlags(cmd), addSecretFlags(cmd, "words", "your twelve words"), addWaitingFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return sourceResult(cmd, func() error {
			files, err := cleanFiles(cmd, attach)
			if err != nil {
				return err
			}
			d, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			report := ""
			switch {
			case text != "":
				b, err := readText(cmd, text)
				if err != nil {
					return err
				}
				report = string(b)
			case asks || interactive() && len(files) == 0:
				if report, err = interview(cmd, flags, d, language, len(files) > 0); err != nil {
					return err
				}
			}
			if report == "" && len(files) == 0 && waiting.file == "" {
				return misasked("there is nothing to send: give --text, --attach or --ask")
			}
			if room := kit.RoomFor(report, len(files) > 0); report != "" && !room.Fits {
				return misasked("the text does not fit: it has %d bytes too many, or is no UTF-8", max(0, -room.Left))
			}
			c, err := flags.client(cmd, d)
			if err != nil {
				return err
			}
			defer c.Close()
			l, err := flags.load(cmd, c, d, true)
			if err != nil {
				return err
			}
			words, err := readWords(cmd, from)
			if err != nil {
				return err
			}
			sent, states, err := flags.session(cmd, l, words, waiting, func(s *kit.Session) error {
				if report == "" && len(files) == 0 {
					return nil
				}
				return s.Report(report, files...)
			})
			if err != nil && sent == (kit.Sent{}) && states == nil {
				return err // nothing was tried
			}
			state, say := kit.Taken, fmt.Sprintf("taken: the relay has it. Whether it has arrived, source fetch can tell from %s on; an answer takes a day or more", l.NextDrop())
			if sent.Waiting+sent.ChunksWaiting > 0 {
				state, say = kit.NotYet, "not yet: the relay has not all of it"
			}
			return errors.Join(err, printResult(cmd, asJSON, map[string]any{
				"taken": sent.Taken, "waiting": sent.Waiting, "pieces_taken": sent.ChunksTaken, "pieces_waiting": sent.ChunksWaiting,
				"state": state.String(), "answer_from": l.NextDrop().String(),
			}, "%s", say))
		}())
	}
	cmd.Flags().StringVar(&text, "text", "", "the report's file, Markdown in which claim links assert; - reads standard input")
	cmd.Flags().StringArrayVar(&attach, "attach", nil, "a file to clean and attach; may be repeated, up to 16 files of 4 MB in all")
	cmd.Flags().BoolVar(&asks, "ask", false, "ask the desk's questions even where there is no terminal")
	cmd.Flags().StringVar(&language, "lang", "en", "language of the desk's questions: en, ko, zh or ru")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// cleanFiles cleans what is to be attached, and says what was taken out.
func cleanFiles(cmd *cobra.Command, names []string) ([]strip.Clean, error) {
	var files []strip.Clean
	for _, name := range names {
		b, err := readBounded(name, strip.MaxInput)
		if err != nil {
			return nil, err
		}
		c, err := strip.File(b)
		if errors.Is(err, strip.ErrRefused) {
			return nil, no(cmd, fmt.Errorf("%s: %w", name, err))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		said := fmt.Sprintf("%s: a %s of %d kB; ", name, c.Kind, (len(c.Data)+999)/1000)
		if len(c.Removed) == 0 {
			said += "nothing was found in it beside what it shows"
		} else {
			said += "taken out: " + strings.Join(c.Removed, ", ")
		}
		for _, changed := range c.Changed {
			said += "; " + changed
		}
		fmt.Fprintln(cmd.ErrOrStderr(), said)
		files = append(files, c)
	}
	if n := kit.Chunks(files...); n > envelope.MaxChunks || len(files) > envelope.MaxFiles {
		return nil, misasked("these are %d files of %d pieces; %d files of %d pieces go with one report", len(files), n, envelope.MaxFiles, envelope.MaxChunks)
	}
	return files, nil
}

// interview loads the desk's questions as any visitor does, and asks them. The
// report then goes in a session of its own, by another circuit: how long
// somebody thought about the answers must not be the gap between a load and its
// deposits.
func interview(cmd *cobra.Command, flags *sourceFlags, d chosenDesk, language string, withFiles bool) (string, error) {
	c, err := flags.client(cmd, d)
	if err != nil {
		return "", err
	}
	l, err := flags.load(cmd, c, d, true)
	c.Close()
	if err != nil {
		return "", err
	}
	today, err := flags.today()
	if err != nil {
		return "", err
	}
	var lines []string
	for n, q := range l.Questions {
		line, err := askQuestion(cmd, q, language, today, fmt.Sprintf("%d of %d", n+1, len(l.Questions)))
		if err != nil {
			return "", err
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	answers := strings.Join(lines, "\n")
	free, err := askText(cmd, answers, withFiles)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(answers + "\n\n" + free), nil
}

// bases are how somebody knows something, by the letter that says so.
var bases = map[string]string{"s": "seen", "t": "told", "h": "heard", "r": "published", "": ""}

// askQuestion asks one question until the answer fits, and returns its line; no
// line for an empty answer.
func askQuestion(cmd *cobra.Command, q kit.Question, language string, today envelope.Epoch, count string) (string, error) {
	hint := map[hearsay.ClaimType]string{
		hearsay.Number: "a number, or two with .. between them; about, nearly, over, under, at-least or at-most may stand before it",
		hearsay.Choice: strings.Join(q.Labels, ", "), hearsay.Truth: "yes or no", hearsay.Moment: "a date: 2020-01-31, 2020-01 or 2020", hearsay.Text: "a line of text",
	}[q.Type]
	if q.Unit != "" {
		hint += ", in " + q.Unit
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "\n%s. %s\n  (%s; ? for I don't know; empty to leave it out)\n", count, showable(q.Wording(language)), showable(hint))
	for {
		text, err := ask(cmd, "> ")
		if err != nil || text == "" {
			return "", err
		}
		a := kit.Answer{Text: text, Unknown: text == "?"}
		if first, rest, ok := strings.Cut(text, " "); ok && q.Type == hearsay.Number && slices.Contains(hearsay.Approxs, strings.ToLower(first)) {
			a.Approx, a.Text = strings.ToLower(first), strings.TrimSpace(rest)
		}
		if q.Series != "" {
			standard := today.String()[:map[string]int{"day": 10, "month": 7, "year": 4}[q.Series]]
			if a.Period, err = ask(cmd, fmt.Sprintf("of which %s? [%s] ", q.Series, standard)); err != nil {
				return "", err
			}
			if a.Period == "" {
				a.Period = standard
			}
		}
		letter, err := ask(cmd, "how do you know? s saw it, t was told by who knows, h heard it going round, r read it, empty: not said: ")
		if err != nil {
			return "", err
		}
		basis, ok := bases[strings.ToLower(letter)]
		if !ok {
			fmt.Fprintln(cmd.ErrOrStderr(), "it is one of s, t, h, r, or empty; once more")
			continue
		}
		a.Basis = basis
		line, err := q.Statement(a, language)
		if err == nil {
			return line, nil
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%v; once more\n", err)
	}
}

// askText reads lines up to a single point, and says what room is left.
func askText(cmd *cobra.Command, before string, withFiles bool) (string, error) {
	fmt.Fprintln(cmd.ErrOrStderr(), "\nNow in your own words; a line with a single point ends it.")
	var text strings.Builder
	for {
		r := kit.RoomFor(before+"\n\n"+text.String(), withFiles)
		line, err := ask(cmd, fmt.Sprintf("(%d bytes left, %d Korean characters) ", r.Left, r.Hangul()))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		if line == "." {
			break
		}
		text.WriteString(line + "\n")
	}
	return strings.TrimSpace(text.String()), nil
}
