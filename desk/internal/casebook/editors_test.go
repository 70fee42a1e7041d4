package casebook_test

import (
	"slices"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

func TestEditorsComeAndGo(t *testing.T) {
	t.Run("two add a third together, and one alone does not", func(t *testing.T) {
		d := newDesk(t)
		d.refused(d.AddEditor(t.Context(), "first", "", "third", "x"), casebook.ErrSecond)
		d.refused(d.AddEditor(t.Context(), "first", "first", "third", "x"), casebook.ErrSecond)
		d.refused(d.AddEditor(t.Context(), "first", "eve", "third", "x"), casebook.ErrUnknown)
		d.refused(d.AddEditor(t.Context(), "eve", "first", "third", "x"), casebook.ErrUnknown)
		d.refused(d.AddEditor(t.Context(), "first", "second", "Third", "x"), casebook.ErrEditorName)
		d.refused(d.AddEditor(t.Context(), "first", "second", "second", "x"), casebook.ErrEnrolled)
		d.must(d.AddEditor(t.Context(), "first", "second", "third", "x"))
		d.reopen()
		if got := d.Editors(); !slices.Equal(got, []string{"first", "second", "third"}) || d.Verifier("third") != "x" {
			t.Errorf("%q", got)
		}
	})
	t.Run("who was removed can do nothing more, and nobody takes the name", func(t *testing.T) {
		d := newDesk(t)
		d.refused(d.RemoveEditor(t.Context(), "first", "", "first"), casebook.ErrLastEditor)
		d.refused(d.RemoveEditor(t.Context(), "first", "", "eve"), casebook.ErrUnknown)
		d.must(d.RemoveEditor(t.Context(), "first", "", "second"))
		d.reopen()
		if got := d.Editors(); !slices.Equal(got, []string{"first"}) || d.Verifier("second") != "" {
			t.Errorf("%q", got)
		}
		d.refused(d.Word(t.Context(), "second", testClaims...), casebook.ErrUnknown)
		d.refused(d.AddEditor(t.Context(), "first", "", "second", "x"), casebook.ErrFormer)
		d.must(d.AddEditor(t.Context(), "first", "", "third", "x"))
	})
	t.Run("two of three remove the third", func(t *testing.T) {
		d := newDesk(t)
		d.must(d.AddEditor(t.Context(), "first", "second", "third", "x"))
		d.refused(d.RemoveEditor(t.Context(), "first", "", "third"), casebook.ErrSecond)
		d.refused(d.RemoveEditor(t.Context(), "first", "third", "third"), casebook.ErrLastEditor)
		d.must(d.RemoveEditor(t.Context(), "first", "second", "third"))
	})
	t.Run("the overrides of who was removed count no more, and their history stays", func(t *testing.T) {
		d := newDesk(t)
		d.must(d.AddEditor(t.Context(), "first", "second", "third", "x"))
		d.must(d.Draft(t.Context(), "first", "b1", hearsay.News, "# A camp\n\nIt is [guarded](claim:camp).", ""))
		d.must(d.override("first", "b1", "camp"))
		d.must(d.override("second", "b1", "camp"))
		d.must(d.RemoveEditor(t.Context(), "first", "third", "second"))
		d.refused(d.publish("b1"), casebook.ErrBlocked)
		d.must(d.override("third", "b1", "camp"))
		d.must(d.publish("b1"))
		view, err := d.Bulletin(t.Context(), "b1")
		d.must(err)
		if len(view.Overrides) != 3 {
			t.Errorf("%d overrides are told", len(view.Overrides))
		}
	})
	t.Run("a lower floor that they alone wanted is wanted by nobody", func(t *testing.T) {
		d := newDesk(t)
		d.must(d.AddEditor(t.Context(), "first", "second", "third", "x"))
		before := d.Floor()
		d.must(d.SetFloor(t.Context(), "second", before-5))
		d.must(d.RemoveEditor(t.Context(), "first", "third", "second"))
		d.must(d.SetFloor(t.Context(), "first", before-5))
		if d.Floor() != before {
			t.Errorf("the floor is %v after one wanted it lower", d.Floor())
		}
	})
}
