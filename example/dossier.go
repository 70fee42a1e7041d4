package example

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"hearsay"
)

//go:embed dossier
var embedded embed.FS

// ErrDossier tells that a file of the dossier is not in its form.
var ErrDossier = errors.New("not in the form of the dossier")

// Dossier is the worked example as its files tell it.
type Dossier struct {
	Claims    json.RawMessage // claims.json whole: what the desk is set up with
	Reports   []Report        // by the day they are sent, then by id
	Bulletins map[string]Bulletin
	Desk      DeskDiary
}

// Report is a report of the dossier, with what its front matter says of it. The
// front matter is for the play alone; only Body is ever sealed or keyed in.
type Report struct {
	ID, Source string
	Day        hearsay.Day
	Channel    string // relay, parcel or desk
	Forced     bool   // sent as PROTOCOL.md has it for who is forced
	Body       string
}

// Bulletin is a bulletin of the dossier.
type Bulletin struct {
	ID, Kind, Corrects string
	Day                hearsay.Day
	Text               string
}

// DeskDiary is what the editors do, and when.
type DeskDiary struct {
	Editors  []string
	Captured []struct {
		Source         string
		Since, Decided hearsay.Day
	}
	Merges []struct {
		Claim       string
		Reports     []string
		Editor, Why string
		On          hearsay.Day
	}
	Signatures []struct {
		Editor, Claim string
		Claims        []string
		On            hearsay.Day
		ByRecord      bool `json:"by_record"`
	} `json:"signs_off"`
	Consents []struct {
		Case, By, Public string
		On               hearsay.Day
	} `json:"consent"`
	Overrides []struct {
		Bulletin, Claim, Why string
		Editors              []string
		On                   hearsay.Day
	}
	Publishes []string
}

// Load reads the worked example.
func Load() (*Dossier, error) {
	dossier, err := fs.Sub(embedded, "dossier")
	if err != nil {
		return nil, err
	}
	return Read(dossier)
}

// Read reads a dossier in the form of the worked example.
func Read(dossier fs.FS) (*Dossier, error) {
	d := &Dossier{Bulletins: map[string]Bulletin{}}
	claims, err := fs.ReadFile(dossier, "claims.json")
	if err != nil {
		return nil, fmt.Errorf("read dossier: %w", err)
	}
	d.Claims = claims
	diary, err := fs.ReadFile(dossier, "desk.json")
	if err != nil {
		return nil, fmt.Errorf("read dossier: %w", err)
	}
	if err := json.Unmarshal(diary, &d.Desk); err != nil {
		return nil, fmt.Errorf("read desk.json: %w: %w", ErrDossier, err)
	}
	err = each(dossier, "reports", func(name string, head map[string]string, body string) error {
		day, err := hearsay.ParseDay(head["received"])
		if err != nil || head["id"] == "" || head["source"] == "" || !slices.Contains([]string{"relay", "parcel", "desk"}, head["channel"]) {
			return fmt.Errorf("%s: %w", name, ErrDossier)
		}
		d.Reports = append(d.Reports, Report{head["id"], head["source"], day, head["channel"], head["sent_as"] == "duress", strings.TrimRight(body, "\n")})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(d.Reports, func(a, b Report) int { return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.ID, b.ID)) })
	err = each(dossier, "bulletins", func(name string, head map[string]string, text string) error {
		day, err := hearsay.ParseDay(head["published"])
		if err != nil || head["id"] == "" {
			return fmt.Errorf("%s: %w", name, ErrDossier)
		}
		d.Bulletins[head["id"]] = Bulletin{head["id"], head["kind"], head["corrects"], day, text}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range d.Desk.Publishes {
		if _, ok := d.Bulletins[id]; !ok {
			return nil, fmt.Errorf("desk.json publishes %q, which is not there: %w", id, ErrDossier)
		}
	}
	return d, nil
}

// each reads the Markdown files of a folder with their front matter: lines of
// name: value between two lines of three hyphens.
func each(dossier fs.FS, folder string, visit func(name string, head map[string]string, body string) error) error {
	files, err := fs.Glob(dossier, path.Join(folder, "*.md"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s holds no Markdown file: %w", folder, ErrDossier)
	}
	for _, name := range files {
		b, err := fs.ReadFile(dossier, name)
		if err != nil {
			return fmt.Errorf("read dossier: %w", err)
		}
		parts := bytes.SplitN(b, []byte("---\n"), 3)
		if len(parts) != 3 || len(parts[0]) != 0 {
			return fmt.Errorf("%s has no front matter: %w", name, ErrDossier)
		}
		head := map[string]string{}
		for line := range strings.Lines(string(parts[1])) {
			if key, value, ok := strings.Cut(line, ":"); ok {
				head[key] = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
		if err := visit(name, head, string(parts[2])); err != nil {
			return err
		}
	}
	return nil
}

// Days returns the days on which something happens, and the last seven up to
// the last of them, in order.
func (d *Dossier) Days() []hearsay.Day {
	var days []hearsay.Day
	for _, r := range d.Reports {
		days = append(days, r.Day)
	}
	for _, b := range d.Bulletins {
		days = append(days, b.Day)
	}
	for _, c := range d.Desk.Captured {
		days = append(days, c.Decided)
	}
	for _, m := range d.Desk.Merges {
		days = append(days, m.On)
	}
	for _, s := range d.Desk.Signatures {
		days = append(days, s.On)
	}
	for _, c := range d.Desk.Consents {
		days = append(days, c.On)
	}
	for _, o := range d.Desk.Overrides {
		days = append(days, o.On)
	}
	last := slices.Max(days)
	for i := range hearsay.Day(lastDays) {
		days = append(days, last-i)
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// lastDays is how many days of drops a kit loads: the play has the desk publish
// one on each of the last seven, as a real desk does on every day.
const lastDays = 7
