package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hearsay"
	"hearsay/envelope"
	"hearsay/kit"
)

// fetched is what source fetch prints.
type fetched struct {
	Replies []fetchedReply `json:"replies"`
	Arrived []fetchedDay   `json:"arrived"`
	Files   []fetchedDay   `json:"files"`   // announced; no kit can fetch them
	Notices []string       `json:"notices"` // what is amiss
	State   string         `json:"state,omitempty"`
}

type fetchedReply struct {
	Editor int    `json:"editor"`
	Day    string `json:"day"`
	Text   string `json:"text"`
}

type fetchedDay struct {
	Editor int    `json:"editor"`
	Day    string `json:"day"`
}

func newSourceFetch() *cobra.Command {
	var since string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "See whether reports have arrived, and read replies",
		Long: `See whether reports have arrived, and read replies. It prints them, and then sends three
deposits as every session does, so that nobody can tell who reads from who writes; to stop
it before they are sent tells one from the other.

The desk says once a day what it has opened. --days 28 looks back further; the relay sees
who asks for that. With --outbound and without a relay it reads what a courier brought, and
sends nothing; nor does it after an alarm, as nobody does who meant to report.
` + exits,
		Example: "  hearsay source fetch --kit kit.html --since 2020-02-04",
		Args:    none,
	}
	flags, from, waiting := addSourceFlags(cmd), addSecretFlags(cmd, "words", "your twelve words"), addWaitingFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return sourceResult(cmd, func() error {
			var day envelope.Epoch
			if since != "" {
				d, err := hearsay.ParseDay(since)
				if err != nil {
					return misasked("--since %w", err)
				}
				day = envelope.EpochOf(d.Time())
			}
			d, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			show := func(l *kit.Load, s *kit.Session) error {
				return printFetched(cmd, asJSON, gatherReplies(l, s, since != "", day))
			}
			if d.relay == "" && d.outbound != nil {
				l, err := flags.open(cmd, d)
				if err != nil {
					return err
				}
				return readOnly(cmd, l, from, show)
			}
			c, err := flags.client(cmd, d)
			if err != nil {
				return err
			}
			defer c.Close()
			l, err := flags.load(cmd, c, d, false)
			if err != nil {
				return err
			}
			if alarmed(l) && !flags.despite {
				// Who wanted to report stops here (see load). If readers went on, a
				// relay that raises an alarm could tell one from the other.
				if err := readOnly(cmd, l, from, show); err != nil {
					return err
				}
				return stopped(cmd)
			}
			words, err := readWords(cmd, from)
			if err != nil {
				return err
			}
			_, _, err = flags.session(cmd, l, words, waiting, func(s *kit.Session) error { return show(l, s) })
			return err
		}())
	}
	cmd.Flags().StringVar(&since, "since", "", "say whether something that was sent on this day or later has arrived, as 2006-01-02")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// readOnly opens a load with the words, shows what is there, and sends nothing.
func readOnly(cmd *cobra.Command, l *kit.Load, from *secretFlags, show func(*kit.Load, *kit.Session) error) error {
	words, err := readWords(cmd, from)
	if err != nil {
		return err
	}
	s, err := l.Unlock(words)
	if err != nil {
		return err
	}
	defer s.Close()
	return show(l, s)
}

// gatherReplies reads all that is there for a source.
func gatherReplies(l *kit.Load, s *kit.Session, since bool, day envelope.Epoch) fetched {
	f := fetched{Replies: []fetchedReply{}, Arrived: []fetchedDay{}, Files: []fetchedDay{}, Notices: []string{}}
	for _, r := range s.Replies() {
		f.Replies = append(f.Replies, fetchedReply{r.Slot + 1, r.Day.String(), r.Text})
	}
	for _, a := range s.Arrivals() {
		f.Arrived = append(f.Arrived, fetchedDay{a.Slot + 1, a.Day.String()})
	}
	for _, a := range s.Files() {
		f.Files = append(f.Files, fetchedDay{a.Slot + 1, a.Day.String()})
	}
	for _, n := range l.Notices {
		f.Notices = append(f.Notices, n.String())
	}
	if since {
		f.State = s.Since(day).String()
	}
	return f
}

func printFetched(cmd *cobra.Command, asJSON bool, f fetched) error {
	if asJSON {
		return printResult(cmd, true, f, "")
	}
	out := cmd.OutOrStdout()
	for _, r := range f.Replies {
		fmt.Fprintf(out, "reply of editor %d, %s:\n%s\n\n", r.Editor, r.Day, showable(r.Text))
	}
	for _, a := range f.Arrived {
		fmt.Fprintf(out, "arrived: editor %d had opened something from you by %s\n", a.Editor, a.Day)
	}
	for _, a := range f.Files {
		fmt.Fprintf(out, "the desk sent a file that this kit cannot fetch (editor %d, %s)\n", a.Editor, a.Day)
	}
	if f.State != "" {
		fmt.Fprintf(out, "since then: %s\n", f.State)
	}
	if len(f.Arrived)+len(f.Replies) == 0 {
		fmt.Fprintln(out, kit.Unconfirmed)
	}
	return nil
}
