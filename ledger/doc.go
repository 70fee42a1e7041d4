// Package ledger is the public append-only log of a desk: what was published,
// when, and every withdrawal and change of method, roster or key. Anyone who
// holds a copy of a site can check it against its ledger without trusting who
// publishes, hosts or carries it.
//
// The package stands in the open zone. It signs through a [note.Signer] that it
// is handed and must never know a private key, a report or who reported; all
// that it reads and writes is public.
//
// # The folder
//
// A ledger is a folder, named ledger in a published site:
//
//	key                  the verifier key, one line
//	checkpoint           the signed size and root of the log
//	tile/L/N[.p/W]       the hashes of the tree
//	tile/entries/N[.p/W] the leaves
//	manifest/000001.txt  the manifest of edition 1, and so on for every edition
//	salts/000007.txt     the salts of the newest edition
//
// Tiles, entry bundles and checkpoint follow C2SP tlog-tiles and
// tlog-checkpoint; hashing is that of RFC 6962. The origin line of the
// checkpoint is the name in the key. Of the partial tiles only those of the
// current size are kept, so that for every log there is exactly one right set
// of files and a stray one can be named.
//
// # The manifest
//
// A manifest lists every file of an edition but the ledger itself:
//
//	hearsay manifest 1
//	edition 7
//	<64 hex digits> bulletins/b1.html
//
// Files stand in the order of the bytes of their paths. The digits are
//
//	SHA-256(T("hs1-page") || salt || bytes)    T(s) = u8(len s) || s
//
// with a salt of 32 random bytes for each file, so that a digest alone confirms
// no guess at a text. A file that did not change keeps its salt from edition to
// edition. Salts stand in a file of their own, which ends in a sum of itself so
// that a changed salt is not taken for a changed page:
//
//	hearsay salts 1
//	edition 7
//	<64 hex digits> bulletins/b1.html
//	sum <64 hex digits>
//
// A withdrawal drops the page and its salt. Manifest and log stay whole, and
// what is left of the page is its path and a digest that says nothing.
//
// # The leaf
//
// A leaf is four or five lines of text:
//
//	hearsay leaf 1
//	kind edition
//	serial 7
//	date 2021-06-12
//	manifest <64 hex digits>
//
// The last line of a withdrawal is the path that was withdrawn, with the serial
// of the edition in which it stood; of a change of method, roster or key the
// SHA-256 of what it changed to. A kind that is not known is refused.
package ledger
