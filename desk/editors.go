package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
)

// What the command line does as an editor goes through the same functions of
// the casebook that the pages call.

type (
	// Finding is one answer of the gate.
	Finding = casebook.Finding
	// Blocked is the refusal of a bulletin by the gate, with its findings.
	Blocked = casebook.Blocked
)

// Errors of acting as an editor.
var (
	ErrSignIn      = errors.New("that name and that passphrase do not go together")
	ErrSource      = errors.New("the desk has no source of that code name")
	ErrFrontMatter = errors.New("a bulletin begins with front matter, lines such as \"id: b7\" between two lines of three hyphens")
)

// Errors of the casebook that come of what it was given.
var (
	ErrBulletin   = casebook.ErrBulletin
	ErrCites      = casebook.ErrCites
	ErrCorrection = casebook.ErrCorrection
	ErrText       = casebook.ErrText
	ErrEditorName = casebook.ErrEditorName
)

// SignIn checks an editor's own passphrase.
func (d *Desk) SignIn(editor, passphrase string) error {
	verifier := d.book.Verifier(editor)
	if verifier == "" || !keyring.CheckVerifier(verifier, keyring.NewPassphrase(passphrase)) {
		return ErrSignIn
	}
	return nil
}

// KeyIn keeps a report that came by voice or paper.
func (d *Desk) KeyIn(ctx context.Context, editor, codeName, text string) error {
	_, err := d.book.KeyIn(ctx, editor, codeName, text)
	return err
}

// CutEffect is what a cut changed, in words.
type CutEffect struct {
	Reports   int      `json:"reports"`
	Regrades  []Change `json:"regrades"`
	Bulletins []string `json:"bulletins"` // published, that cite a claim it regrades
}

// Change is one claim before and after.
type Change struct {
	Claim  string `json:"claim"`
	Change string `json:"change"`
}

// Captured sets a source's cut, or lifts it, and says what that changed.
func (d *Desk) Captured(ctx context.Context, editor, codeName string, since hearsay.Day, lift bool) (CutEffect, error) {
	id, err := d.source(codeName)
	if err != nil {
		return CutEffect{}, err
	}
	var view casebook.SourceView
	if lift {
		// What lifting restores is what the cut took: ask while it is in force.
		if view, err = d.book.Source(ctx, id, nil); err == nil {
			err = d.book.LiftCut(ctx, editor, id)
		}
	} else if err = d.book.Cut(ctx, editor, id, since); err == nil {
		view, err = d.book.Source(ctx, id, nil)
	}
	if err != nil {
		return CutEffect{}, err
	}
	effect := CutEffect{Regrades: []Change{}, Bulletins: []string{}}
	if e := view.Effect; e != nil {
		effect.Reports = e.Reports
		effect.Bulletins = append(effect.Bulletins, e.Bulletins...)
		for _, r := range e.Regrades {
			from, to := r.Before, r.After
			if lift {
				from, to = to, from
			}
			effect.Regrades = append(effect.Regrades, Change{r.Claim, held(from) + " -> " + held(to)})
		}
	}
	return effect, nil
}

func held(c casebook.ClaimLine) string {
	if c.Says == "" {
		return string(c.Standing)
	}
	return string(c.Standing) + ", " + c.Says
}

func (d *Desk) source(codeName string) (casebook.SourceID, error) {
	for _, s := range d.book.Sources() {
		if s.CodeName == codeName {
			return d.book.FindSource(s.Handle)
		}
	}
	return casebook.SourceID{}, ErrSource
}

// bulletinFile is a bulletin as it lies in a file.
type bulletinFile struct {
	id, corrects, text string
	kind               hearsay.BulletinKind
}

// parseBulletin reads front matter and text. Fields that it does not know have
// no effect.
func parseBulletin(file string) (bulletinFile, error) {
	file = strings.ReplaceAll(file, "\r\n", "\n")
	b := bulletinFile{kind: hearsay.News, text: file}
	rest, ok := strings.CutPrefix(file, "---\n")
	if !ok {
		return b, nil
	}
	head, text, ok := strings.Cut(rest, "\n---\n")
	if !ok {
		return b, ErrFrontMatter
	}
	b.text = text
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch name {
		case "id":
			b.id = value
		case "kind":
			b.kind = hearsay.BulletinKind(value)
		case "corrects":
			b.corrects = value
		}
	}
	return b, nil
}

// Gate answers what publishing a text would give away. Nothing is kept.
func (d *Desk) Gate(ctx context.Context, file string) ([]Finding, error) {
	b, err := parseBulletin(file)
	if err != nil {
		return nil, err
	}
	return d.book.TryGate(ctx, b.kind, b.text, b.corrects)
}

// PublishText keeps a bulletin from its file and publishes it. It returns its
// id, and a *Blocked where the gate stops it; the draft is then kept.
func (d *Desk) PublishText(ctx context.Context, editor, file string) (id string, err error) {
	b, err := parseBulletin(file)
	if err != nil {
		return "", err
	}
	if b.id == "" {
		return "", fmt.Errorf("it has no id: %w", ErrFrontMatter)
	}
	// A draft that is unchanged keeps the overrides that it has.
	if kept, err := d.book.Bulletin(ctx, b.id); err != nil || kept.Text != b.text || kept.Kind != b.kind || kept.Corrects != b.corrects {
		if err := d.book.Draft(ctx, editor, b.id, b.kind, b.text, b.corrects); err != nil {
			return b.id, err
		}
	}
	return b.id, d.Publish(ctx, editor, b.id)
}
