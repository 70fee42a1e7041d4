// Package courier is offline carriage (PROTOCOL 4.8): it spreads sealed bytes
// over drive files so that any k of n drives give them back and fewer say
// nothing, and joins what comes back.
//
//	drives, err := courier.Split(key, courier.Parcel{Payloads: payloads, Chunks: chunks}, 2, 3)
//
//	j := courier.NewJoiner(desk, open)
//	seen, err := j.AddDrive(file)      // of each file that came
//	for _, s := range j.Sets() {
//		if s.Missing() == 0 {
//			parcel, err := s.Join()
//		}
//	}
//
// It lies in the open zone and knows no noun of the project: payloads and
// chunks are opaque bytes of two sizes. It holds no key, opens a cell only by
// calling what it is handed, and must never learn what is carried, for whom,
// or where a file lies: it has no files, no clock and no line out. Whoever
// carries a drive may be searched, and so may this code.
//
// # Formats
//
// A parcel is cut into packs. A pack is sealed under a key K of its own to C,
// and C is cut into k fragments, to which Reed and Solomon add n-k. K is shared
// k of n. Fragment i and share i make up the plaintext of cell i (integers are
// big-endian):
//
//	pack         k * 64,312 - 16    u8 payloads, u8 chunks, payloads, chunks; then zeros
//	C            k * 64,312         ChaCha20-Poly1305(K, nonce 0, aad T("hs1-pack") ‖ NR ‖ set)
//	plaintext    64,400             ver 1 ‖ k ‖ n ‖ i ‖ set 16 ‖ u32 length of the pack without its zeros ‖ share 32 ‖ SHA-256(C) 32 ‖ fragment 64,312
//	cell         65,536             HPKE to the desk's import key
//	drive file   1,048,576          16 cells, shuffled
//
// A parcel that is not split is a file of deposits, see [Parcel.Marshal].
//
// The cells of a drive file that carry nothing are 64,400 zeros, sealed like
// the others. A set is the n cells of one pack; a drive file holds at most one
// cell of a set. Sealing hides k, n, i, set and how many cells carry anything.
//
// K is used once, so that nonce 0 is safe. Below k drives neither K nor C is to
// be had: K is shared perfectly (Shamir), C is useless without it (Krawczyk,
// Secret Sharing Made Short, CRYPTO 1993), even for whoever can open cells.
package courier
