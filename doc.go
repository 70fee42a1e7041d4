// Package hearsay holds the nouns that may be published: claims, assessments
// as the public sees them, bulletins, series and the edition that carries them
// from the desk to the site; and the grammar in which reports assert and
// bulletins cite.
//
// Everything here could be printed in a newspaper. The package must never
// learn who reported, what a report said, or how many people could have: those
// nouns live in desk/internal/casebook, where the compiler keeps them.
package hearsay
