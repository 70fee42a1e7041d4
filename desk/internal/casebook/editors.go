package casebook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hearsay"
)

// Errors of coming and going.
var (
	ErrSecond     = errors.New("two editors do this together where there are two: a second one signs in as well")
	ErrFormer     = errors.New("an editor of that name was removed: take another name, so that nobody answers for what they did")
	ErrEnrolled   = errors.New("there is an editor of that name")
	ErrLastEditor = errors.New("an editor is removed by another: the last one stays")
)

type removedData struct {
	Name   string `json:"name"`
	Second string `json:"second,omitempty"`
}

func (b *Book) applyRemoved(_ Record, d removedData) error {
	b.editors = slices.DeleteFunc(b.editors, func(e Editor) bool { return e.Name == d.Name })
	b.former = append(b.former, d.Name)
	if b.lowerer == d.Name {
		b.lowering, b.lowerer = floorData{}, ""
	}
	return nil
}

// second checks who stands beside an editor in what two do together, where so
// many could: a stranger beside one is none.
func (b *Book) second(by, second string, others int) error {
	if others == 0 && second == "" {
		return nil
	}
	if second == "" || second == by {
		return ErrSecond
	}
	return b.known(second)
}

// AddEditor gives somebody an account. Where there are two editors already, two
// do it together: whoever could do it alone could be two editors alone, and so
// pass the gate. The name of an editor who was removed is not given again.
// Errors: ErrUnknown, ErrSecond, ErrFormer, ErrEnrolled, ErrEditorName.
func (c *Casebook) AddEditor(ctx context.Context, by, second, name, verifier string) error {
	return c.asEditor(ctx, by, func(ch *change) error {
		if err := ch.second(by, second, len(ch.editors)-1); err != nil {
			return err
		}
		switch {
		case !hearsay.ValidSlug(name) || strings.ToLower(name) != name:
			return ErrEditorName
		case slices.Contains(ch.former, name):
			return ErrFormer
		case ch.known(name) == nil:
			return ErrEnrolled
		}
		return ch.add(Record{Kind: kindEditor, Editor: by, Data: encode(editorData{Name: name, Verifier: verifier, Second: second})})
	})
}

// RemoveEditor takes an editor's account away. What they did stays; their
// overrides of drafts that are not published, and a lower floor that they alone
// wanted, count no more. Where two others are left, two do it together. Errors:
// ErrUnknown, ErrSecond, ErrLastEditor.
func (c *Casebook) RemoveEditor(ctx context.Context, by, second, name string) error {
	return c.asEditor(ctx, by, func(ch *change) error {
		if err := ch.known(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if by == name || second == name {
			return ErrLastEditor
		}
		if err := ch.second(by, second, len(ch.editors)-2); err != nil {
			return err
		}
		return ch.add(Record{Kind: kindRemoved, Editor: by, Data: encode(removedData{name, second})})
	})
}
