package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hearsay/courier"
	"hearsay/courier/drive"
	"hearsay/desk"
	"hearsay/envelope"
	"hearsay/kit"
)

func newParcel() *cobra.Command {
	return group("parcel", "Report, read replies and hand on without a network",
		`Report, read replies and hand on without a network: by files on drives, which couriers
carry. Of the drives of one parcel the desk needs any two of three, or as many as you say;
fewer tell nobody anything, not even the desk. No name and no time on a drive says where it
comes from. That a file is a Hearsay file, whoever finds it can tell.
`+exits,
		"hearsay parcel open /media/from-desk\n  hearsay parcel pack --outbound /media/from-desk --text report.md --out /media/1 --out /media/2 --out /media/3",
		newParcelPack(), newParcelSplit(), newParcelJoin(), newParcelOpen(), newParcelInspect())
}

// offline opens what a courier brought of the desk that the flags name.
func (f *sourceFlags) offline(cmd *cobra.Command) (*kit.Load, error) {
	if f.outbound == "" {
		return nil, misasked("say with --outbound where the desk's drive is")
	}
	d, err := f.choose(cmd)
	if err != nil {
		return nil, err
	}
	now, err := clock(*f.clock)
	if err != nil {
		return nil, err
	}
	file := f.outbound
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, outboundName)
	}
	b, err := readBounded(file, envelope.MaxOutboundSize)
	if err != nil {
		return nil, err
	}
	l, err := kit.OpenOutbound(kit.Config{Root: d.root, MinSerial: d.serial, Memory: d.memory, Now: now}, b)
	if err != nil {
		return nil, err
	}
	for _, n := range l.Notices {
		fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %s\n", n)
	}
	return l, nil
}

// addOfflineFlags adds those of the source's flags that need no network.
func addOfflineFlags(cmd *cobra.Command) *sourceFlags {
	f := addSourceFlags(cmd)
	for _, name := range []string{"relay", "tor", "days", "despite-alarm"} {
		_ = cmd.Flags().MarkHidden(name) // fails for a flag that is not there
	}
	return f
}

// drivesFlags say where the files of drives go, and of how many how many are
// needed.
type drivesFlags struct {
	out          []string
	need, drives int
	whole        bool
}

func addDrivesFlags(cmd *cobra.Command) *drivesFlags {
	f := &drivesFlags{}
	cmd.Flags().StringArrayVar(&f.out, "out", nil, "the folder of a drive; give one for each drive, or one for all, to be told apart by hand")
	cmd.Flags().IntVar(&f.need, "need", kit.DrivesNeeded, "how many drives the desk shall need")
	cmd.Flags().IntVar(&f.drives, "drives", kit.Drives, "how many drives there are to be, up to 16")
	return f
}

func (f *drivesFlags) check() error {
	switch {
	case f.need < courier.MinNeed || f.need > f.drives || f.drives > courier.MaxDrives:
		return misasked("--need %d of --drives %d: %w", f.need, f.drives, courier.ErrShards)
	case len(f.out) == 0:
		return misasked("say with --out where the files go")
	case f.whole && len(f.out) != 1:
		return misasked("--whole writes one file: give one --out")
	case !f.whole && len(f.out) != 1 && len(f.out) != f.drives:
		return misasked("give one --out for each of %d drives, or one for all", f.drives)
	}
	return nil
}

// written is what pack and split print.
type written struct {
	Files  []string `json:"files"`
	Need   int      `json:"need"`
	Drives int      `json:"drives"`
}

// write spreads a parcel and writes it. If one file cannot be written, those
// before it are taken away again: half a parcel is of no use and says something.
func (f *drivesFlags) write(l *kit.Load, p courier.Parcel) (written, error) {
	w := written{Need: f.need, Drives: f.drives}
	drives := [][][]byte{nil}
	if f.whole {
		b, err := p.Marshal()
		if err != nil {
			return w, err
		}
		w.Need, w.Drives = 1, 1
		drives[0] = [][]byte{b}
	} else {
		var err error
		if drives, err = l.Spread(p, f.need, f.drives); err != nil {
			return w, err
		}
	}
	for i, files := range drives {
		folder := f.out[min(i, len(f.out)-1)]
		for _, b := range files {
			path, err := drive.Write(folder, b)
			if err != nil {
				errs := []error{fmt.Errorf("write a drive: %w", err)}
				for _, path := range w.Files {
					errs = append(errs, os.Remove(path))
				}
				return written{}, errors.Join(errs...)
			}
			w.Files = append(w.Files, path)
		}
	}
	return w, nil
}

func (w written) print(cmd *cobra.Command, asJSON, together bool) error {
	if asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(w)
	}
	for _, path := range w.Files {
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	if w.Drives > 1 {
		fmt.Fprintf(cmd.OutOrStdout(), "The desk needs any %d of these %d drives.\n", w.Need, w.Drives)
		if together {
			fmt.Fprintln(cmd.OutOrStdout(), "Put each file on a drive of its own: whoever finds them together can count them.")
		}
	}
	return nil
}

func newParcelPack() *cobra.Command {
	var text string
	var attach []string
	var rotate, asJSON bool
	cmd := &cobra.Command{
		Use:   "pack",
		Short: "Seal a report onto drives",
		Long: `Seal a report, with files if you like, onto drives. It needs no network: the desk's keys
come from a drive that the desk wrote. Compare the desk's fingerprint with one that you have
from elsewhere, on a card or from a person: whoever brought the drive could have brought
another desk's.

Nothing is overwritten, no folder is made, and the names of the files say nothing. What a
file system notes by itself (the moment at which a file was made) nobody can set on every
system: use a fresh drive.
` + exits,
		Example: "  hearsay parcel pack --outbound /media/from-desk --text report.md --attach photo.jpg --out /media/1 --out /media/2 --out /media/3",
		Args:    none,
	}
	flags, from, to := addOfflineFlags(cmd), addSecretFlags(cmd, "words", "your twelve words"), addDrivesFlags(cmd)
	next := addSecretFlags(cmd, "new-words", "the words by which you go from now on")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return sourceResult(cmd, func() error {
			if rotate == (text != "" || len(attach) > 0) {
				return misasked("say with --text what to report, with --attach what goes with it, or --rotate alone")
			}
			if err := to.check(); err != nil {
				return err
			}
			report := ""
			if text != "" {
				b, err := readText(cmd, text)
				if err != nil {
					return err
				}
				report = strings.TrimSpace(b)
			}
			files, err := cleanFiles(cmd, attach)
			if err != nil {
				return err
			}
			l, err := flags.offline(cmd)
			if err != nil {
				return err
			}
			words, err := readWords(cmd, from)
			if err != nil {
				return err
			}
			s, err := l.Unlock(words)
			if err != nil {
				return err
			}
			defer s.Close()
			var p courier.Parcel
			if rotate {
				successor, err := readWords(cmd, next)
				if err != nil {
					return err
				}
				p, err = s.RolloverParcel(successor)
				if err != nil {
					return err
				}
			} else if p, err = s.Parcel(report, files...); err != nil {
				return err
			}
			w, err := to.write(l, p)
			if err != nil {
				return err
			}
			return w.print(cmd, asJSON, len(to.out) == 1)
		}())
	}
	cmd.Flags().StringVar(&text, "text", "", "the file of the report; - reads it from standard input")
	cmd.Flags().StringArrayVar(&attach, "attach", nil, "a file to send along; it is cleaned of what it says beside what it shows")
	cmd.Flags().BoolVar(&rotate, "rotate", false, "tell the desk that you go by other words from now on, instead of a report")
	cmd.Flags().BoolVar(&to.whole, "whole", false, "write one file that is not split, for hearsay parcel split")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newParcelSplit() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "split SEALED",
		Short: "Spread a sealed parcel over drives",
		Long: `Spread a parcel that is sealed already, in one file, over drives. It needs no words: it can
be done by somebody who helps.
` + exits,
		Example: "  hearsay parcel split /media/stick/Q7M2K9XD --outbound /media/from-desk --out /media/1 --out /media/2 --out /media/3",
		Args:    exactly("the file of a sealed parcel"),
	}
	flags, to := addOfflineFlags(cmd), addDrivesFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return sourceResult(cmd, func() error {
			if err := to.check(); err != nil {
				return err
			}
			b, err := readBounded(args[0], courier.MaxSealed)
			if err != nil {
				return err
			}
			p, err := courier.ParseSealed(b)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			l, err := flags.offline(cmd)
			if err != nil {
				return err
			}
			w, err := to.write(l, p)
			if err != nil {
				return err
			}
			return w.print(cmd, asJSON, len(to.out) == 1)
		}())
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newParcelJoin() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "join FILE-or-FOLDER... --out FOLDER",
		Short: "Join drives with the desk's keys, into one sealed parcel",
		Long: `Join drives with the desk's keys, and write what they carried as one sealed parcel, for
hearsay desk import on this or another machine with the same keys. Nothing comes into this desk. Where too
few drives have come it says how many more are needed, writes nothing, and exits with 1.
` + exits,
		Example: "  hearsay parcel join /media/1 /media/2 --out /media/stick --dir desk",
		Args:    atLeastOne("drive files, or folders that hold them"),
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" {
			return misasked("say with --out which folder")
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			j, err := d.Joiner()
			if err != nil {
				return err
			}
			var seen courier.Seen
			whole := func(size int64) bool { return size == courier.DriveSize }
			found, err := drive.Walk(args, whole, func(_ string, b []byte) error {
				s, err := j.AddDrive(b)
				seen.Add(s)
				return err
			})
			if err != nil {
				return fmt.Errorf("join: %w", err)
			}
			if found.Read == 0 || len(j.Sets()) == 0 {
				return fmt.Errorf("join: %w", errNoParcel)
			}
			var p courier.Parcel
			missing := 0
			for _, s := range j.Sets() {
				if missing = max(missing, s.Missing()); s.Missing() > 0 {
					continue
				}
				part, err := s.Join()
				if err != nil {
					return fmt.Errorf("join: %w", err)
				}
				p.Payloads, p.Chunks = append(p.Payloads, part.Payloads...), append(p.Chunks, part.Chunks...)
			}
			if missing > 0 {
				return no(cmd, fmt.Errorf("%d %w of this set", missing, courier.ErrMissing))
			}
			b, err := p.Marshal()
			if err != nil {
				return fmt.Errorf("join: %w", err)
			}
			path, err := drive.Write(out, b)
			if err != nil {
				return fmt.Errorf("join: %w", err)
			}
			return printResult(cmd, asJSON, map[string]any{"file": path, "payloads": len(p.Payloads), "chunks": len(p.Chunks), "bad": seen.Bad},
				"%s: %d payloads and %d chunks", path, len(p.Payloads), len(p.Chunks))
		})
	}
	cmd.Flags().StringVar(&out, "out", "", "the folder for the sealed parcel")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// opened is what parcel open prints.
type opened struct {
	Desk      string   `json:"desk"`
	Published string   `json:"published"`
	Questions []string `json:"questions"`
	*fetched
}

func newParcelOpen() *cobra.Command {
	var asJSON, withWords bool
	cmd := &cobra.Command{
		Use:   "open FOLDER",
		Short: "Read what the desk has put on a drive",
		Long: `Read what the desk has put on a drive: its fingerprint, what it asks and, with --words, what
has arrived of yours and what it answers. Nothing leaves this machine. Compare the
fingerprint with one that you have from elsewhere.
` + exits,
		Example: "  hearsay parcel open /media/from-desk --words",
		Args:    exactly("the folder of the desk's drive, or the file " + outboundName),
	}
	flags, from := addOfflineFlags(cmd), addSecretFlags(cmd, "words", "your twelve words")
	_ = cmd.Flags().MarkHidden("outbound") // fails for a flag that is not there
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return sourceResult(cmd, func() error {
			flags.outbound = args[0]
			l, err := flags.offline(cmd)
			if err != nil {
				return err
			}
			o := opened{Desk: l.Roster.Desk.Fingerprint(), Published: l.Published().String(), Questions: []string{}}
			for _, q := range l.Questions {
				o.Questions = append(o.Questions, q.Key)
			}
			if withWords || from.file != "" || from.fd >= 0 {
				err := readOnly(cmd, l, from, func(l *kit.Load, s *kit.Session) error {
					f := gatherReplies(l, s, false, 0)
					o.fetched = &f
					return nil
				})
				if err != nil {
					return err
				}
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(o)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "desk       %s\npublished  %s\nquestions  %d\n", o.Desk, o.Published, len(o.Questions))
			if o.fetched == nil {
				return nil
			}
			return printFetched(cmd, false, *o.fetched)
		}())
	}
	cmd.Flags().BoolVar(&withWords, "words", false, "ask for the twelve words and read what is for you")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}
