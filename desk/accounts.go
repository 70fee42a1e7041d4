package desk

import (
	"context"

	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
)

// Errors of editors' accounts.
var (
	ErrSecond     = casebook.ErrSecond
	ErrFormer     = casebook.ErrFormer
	ErrEnrolled   = casebook.ErrEnrolled
	ErrLastEditor = casebook.ErrLastEditor
	ErrUnknown    = casebook.ErrUnknown
)

// Editors returns the names of those who have accounts.
func (d *Desk) Editors() []string { return d.book.Editors() }

// AddEditor gives somebody an account, on the word of one editor, or of two
// where there are two. All of them must have signed in.
func (d *Desk) AddEditor(ctx context.Context, by, second string, e Editor) error {
	verifier, err := keyring.NewVerifier(keyring.NewPassphrase(e.Passphrase), keyring.DefaultVerifierParams)
	if err != nil {
		return err
	}
	return d.book.AddEditor(ctx, by, second, e.Name, verifier)
}

// RemoveEditor takes an account away, on the word of one editor, or of two where
// two are left.
func (d *Desk) RemoveEditor(ctx context.Context, by, second, name string) error {
	return d.book.RemoveEditor(ctx, by, second, name)
}
