// Package envelope defines the sealed envelope and everything else that
// crosses from a source to a relay to a desk and back: profile hs1 of
// PROTOCOL.md, sections 4 (but for the cells of 4.8), 5, 7, 8 and 10. It lies
// in the open zone: anyone may read it, and it holds no secret of its own.
//
// It seals for anyone. It opens only with a key that it is handed, and such
// keys live in the kit (a [Source], from twelve words) and in the desk's
// keyring ([LongTerm], [SecretBundle]). It reads no clock, keeps no file,
// speaks to no network, and must never learn what a claim, a desk's database
// or a relay's store is.
//
// # Formats
//
// Integers are big-endian. T(s) is one byte with the length of s, then s. A
// desk is named by NR, a hash of its root key ([DeskID]). Days are counted
// from 1970-01-01 UTC ([Epoch]). HKDF and HMAC use SHA-256. Every file has
// one size, but the outbound file, which holds as many drops as there are:
//
//	charter     1,400   who edits, signed by the offline root key
//	block       6,336   one editor's long-term keys and two bundles
//	roster     20,480   charter, blocks, zeros
//	questions  32,768   what the desk asks, deflated
//	envelope    8,192   one sealed message part
//	deposit    24,640   three envelopes behind a header with a puzzle
//	chunk      65,536   a piece of a file, found by whoever has its key
//	  deposited 65,600   behind a header with a puzzle
//	drop        4,272 + rows * 8,192
//	outbound   53,312 + drops
//	status        128
//	answer         64
//
// A reader refuses whatever is not exactly in form: a wrong size, a filler
// byte that is not zero, a key that does not decode, a signature that RFC 8032
// would not have made. What an Opener cannot open is [ErrNotForUs], whatever
// the reason, so that no answer can be used to probe a key.
//
// # Secrets
//
// Whatever could name or unlock somebody ([Phrase], [Source], [LongTerm],
// [SecretBundle], [Opener], [Contact], [Author], [Fingerprint], [Message],
// [FileKey]) shows a word in brackets to fmt, slog and JSON, and holds its
// bytes behind a pointer, because fmt prints the unexported fields of others
// without asking. A [File] and a [ManifestBody] show a word too.
package envelope
