package casebook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"hearsay"
)

// Manifest names the files that a source sent with a report, or by themselves.
// The files are not part of the book: they are put together from chunks that
// come on their own, and the store keeps them.
type Manifest struct {
	filing
	Seq      int64
	Source   *Source
	Received hearsay.Day
	Channel  Channel
	Flag     Flag
	Report   [16]byte // the message that they belong to, zero for none
	Files    []*File
}

// File is one file of a manifest.
type File struct {
	FileKeys
	State FileState
}

// FileState says how far a file has come.
type FileState string

// The states of a file.
const (
	Coming  FileState = ""        // parts of it are missing
	Whole   FileState = "whole"   // the store keeps it
	Damaged FileState = "damaged" // its parts are there and are not the file that was announced
)

// Format prints the placeholder, whatever the verb.
func (Manifest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[manifest]") }

// LogValue logs the placeholder.
func (Manifest) LogValue() slog.Value { return slog.StringValue("[manifest]") }

// MarshalJSON refuses, so that no JSON carries the secret by accident.
func (Manifest) MarshalJSON() ([]byte, error) { return nil, ErrStaysInDesk }

// Format prints the placeholder, whatever the verb.
func (FileKeys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[file]") }

// LogValue logs the placeholder.
func (FileKeys) LogValue() slog.Value { return slog.StringValue("[file]") }

// MarshalJSON refuses, so that no JSON carries the secret by accident.
func (FileKeys) MarshalJSON() ([]byte, error) { return nil, ErrStaysInDesk }

// settle says anew whose files they are, and how they are filed.
func (m *Manifest) settle() { m.Source, m.Flag = m.base.whole(), m.flag(m.Received) }

// unreadKey names a message of another version, or a part of one.
type unreadKey struct {
	messageKey
	kind, part uint8
}

func (b *Book) applyManifest(r Record, d manifestData) error {
	if err := about(r); err != nil {
		return err
	}
	b.taken[messageKey{d.Author, d.Message}] = true
	m := &Manifest{Seq: r.Seq, Received: d.Received, Channel: d.Channel, Report: d.Report}
	for _, f := range d.Files {
		m.Files = append(m.Files, &File{FileKeys: FileKeys(f)})
	}
	var changes bool
	m.filing, changes = b.filed(r, d.arrivalData)
	m.settle()
	b.alarm(m.Source, m.Flag)
	b.manifests[r.Seq] = m
	b.enclosing = append(b.enclosing, m)
	if m.Report != [16]byte{} {
		with := sentKey{m.base, m.Report}
		b.with[with] = append(b.with[with], m)
	}
	b.unsettled = b.unsettled || changes
	return nil
}

func (b *Book) applyFile(r Record, d fileData) error {
	m := b.manifests[d.Manifest]
	if m == nil || d.File < 0 || d.File >= len(m.Files) || d.State == Coming {
		return fmt.Errorf("record %d tells of a file that no manifest names: %w", r.Seq, ErrRecord)
	}
	m.Files[d.File].State = d.State
	return nil
}

func (b *Book) applyUnread(r Record, d unreadData) error {
	if err := about(r); err != nil {
		return err
	}
	b.unread[unreadKey{messageKey{d.Author, d.Message}, d.Type, d.Part}] = true
	_, changes := b.filed(r, d.arrivalData)
	b.unsettled = b.unsettled || changes
	return nil
}

// sentKey names a message of a source.
type sentKey struct {
	by      *Source
	message [16]byte
}

// reportOf returns the report that a manifest's files belong to, nil where the
// desk has none, or not yet.
func (b *Book) reportOf(m *Manifest) *Report { return b.sent[sentKey{m.base, m.Report}] }

// FilePlace names a file at the desk.
type FilePlace struct {
	Manifest int64 // its manifest's place
	File     int   // counted from 0
}

// WantedFile is a file and what it takes to put it together.
type WantedFile struct {
	Place FilePlace
	State FileState
	FileKeys
}

// Files returns every file that a manifest names.
func (c *Casebook) Files() []WantedFile {
	v, _ := view(c, func(b *Book, _ *Grades) ([]WantedFile, error) {
		var all []WantedFile
		for _, m := range b.enclosing {
			for i, f := range m.Files {
				all = append(all, WantedFile{FilePlace{m.Seq, i}, f.State, f.FileKeys})
			}
		}
		return all, nil
	})
	return v
}

// File returns one file by its place.
func (c *Casebook) File(at FilePlace) (WantedFile, error) {
	return view(c, func(b *Book, _ *Grades) (WantedFile, error) {
		m := b.manifests[at.Manifest]
		if m == nil || at.File < 0 || at.File >= len(m.Files) {
			return WantedFile{}, ErrNoSuch
		}
		return WantedFile{at, m.Files[at.File].State, m.Files[at.File].FileKeys}, nil
	})
}

// Filed records what became of a file, once the store keeps it or it turned out
// to be another than was announced.
func (c *Casebook) Filed(ctx context.Context, at FilePlace, state FileState) error {
	return c.do(ctx, func(ch *change) error {
		m := ch.manifests[at.Manifest]
		if m == nil || at.File < 0 || at.File >= len(m.Files) {
			return ErrNoSuch
		}
		if m.Files[at.File].State != Coming {
			return nil
		}
		return ch.add(Record{Kind: kindFile, Source: m.base.ID, Data: encode(fileData{at.Manifest, at.File, state})})
	})
}

// Unread returns how many messages are kept that this version cannot read.
func (c *Casebook) Unread() int {
	v, _ := view(c, func(b *Book, _ *Grades) (int, error) { return len(b.unread), nil })
	return v
}

// ManifestView is the files that a source sent together.
type ManifestView struct {
	Place    int64       `json:"place"`
	Received hearsay.Day `json:"received"`
	Channel  Channel     `json:"channel"`
	Source   SourceLine  `json:"source"`
	Flag     Flag        `json:"flag,omitempty"`
	Report   int64       `json:"report,omitempty"` // the place of the report that they belong to
	Files    []FileView  `json:"files"`
}

// FileView is one file.
type FileView struct {
	Number int       `json:"number"` // counted from 1
	Name   string    `json:"name"`
	Size   int64     `json:"size"`  // bytes
	Parts  int       `json:"parts"` // that it comes in
	Have   int       `json:"have"`  // of them, while it is coming
	State  FileState `json:"state"`
}

func (b *Book) manifestView(m *Manifest) ManifestView {
	v := ManifestView{Place: m.Seq, Received: m.Received, Channel: m.Channel, Source: b.sourceLine(m.Source), Flag: m.Flag}
	if r := b.reportOf(m); r != nil {
		v.Report = r.Seq
	}
	for i, f := range m.Files {
		v.Files = append(v.Files, FileView{Number: i + 1, Name: f.Name, Size: f.Size, Parts: f.Chunks, State: f.State})
	}
	return v
}

// enclosed are the manifests that belong to a report.
func (b *Book) enclosed(r *Report) []*Manifest { return b.with[sentKey{r.base, r.message}] }

func (b *Book) manifestViews(manifests []*Manifest) []ManifestView {
	var views []ManifestView
	for _, m := range manifests {
		views = append(views, b.manifestView(m))
	}
	return views
}

// Manifest shows the files that came together, by their place.
func (c *Casebook) Manifest(place int64) (ManifestView, error) {
	return view(c, func(b *Book, _ *Grades) (ManifestView, error) {
		m := b.manifests[place]
		if m == nil {
			return ManifestView{}, ErrNoSuch
		}
		return b.manifestView(m), nil
	})
}

// loose lists the manifests whose files belong to no report that is kept, newest
// first; of one source where it is not nil.
func (b *Book) loose(of *Source) []ManifestView {
	var views []ManifestView
	for _, m := range slices.Backward(b.enclosing) {
		if (of == nil || m.Source == of) && b.reportOf(m) == nil {
			views = append(views, b.manifestView(m))
		}
	}
	return views
}
