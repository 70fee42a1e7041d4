// Package keyring holds every private key of a desk, rotates and destroys them,
// and is the only place that opens envelopes. It lies in the desk's zone. It
// must never learn what a report says beyond handing it on, what a claim, a
// database or a relay is, and it never hands out a private key but that of the
// desk's own database.
//
// # On disk
//
// Three files, of which the keyslot belongs on a medium of its own:
//
//	DIR/vault       what lasts: master key, signing keys, the database's key
//	DIR/bundles.N   the secret bundles, under the master key of generation N
//	KEYSLOT         32 random bytes
//
// Integers are big-endian; T(s) is one byte with the length of s, then s.
//
// The vault is (PROTOCOL.md section 6)
//
//	"HS1VAULT" ‖ m u32 KiB ‖ t u32 ‖ p u8 ‖ 0×3 ‖ salt 16 ‖ nonce 24 ‖
//	XChaCha20-Poly1305(KEK, nonce, aad = all before, body)
//
// and its key is
//
//	KEK = HKDF-SHA256(
//	    ikm  = Argon2id(passphrase, salt, m, t, p, 32 bytes) ‖ keyslot,
//	    salt = the header's salt,
//	    info = T("hs1-vault"), 32 bytes)
//
// so that neither passphrase nor keyslot opens it alone, and two keyslots cost
// one Argon2id. The passphrase is taken byte for byte as it was given. The body
// is, where u16 is the length of what follows it,
//
//	version 2 u8 ‖ slot u8 ‖ n u8 ‖ 0 ‖ generation u64 ‖
//	vk_root 32 ‖ master 32 ‖ vk_E seed 32 ‖ LT and fetch secrets 128 ‖
//	ledger seed 32 ‖ database key 32 ‖
//	n × (charter's last day u32 ‖ import seed 32) ‖
//	u16 ‖ the last charter ‖ u16 ‖ the recovery key's public half
//
// and the bundles are, each with the fetch key that was published beside it,
//
//	"HS1BNDLS" ‖ nonce 24 ‖ XChaCha20-Poly1305(master, nonce, aad = all before,
//	    each: public fetch key 32 ‖ 144, see envelope.SecretBundle.Bytes)
//
// # Destruction
//
// A disk, and flash above all, keeps what was deleted. So secrets are destroyed
// by losing what they are sealed under: once a bundle is past its day, a new
// master key and a new keyslot are drawn, what remains is sealed anew, and the
// old keyslot is overwritten where it stands. Whoever later has the disk with
// all its old blocks, and the passphrase, still lacks the old keyslot, if that
// was kept on a medium that does overwrite.
//
// The steps are in an order in which a kill at any of them leaves a keyring
// that opens: the new keyslot and bundles are on disk before the one rename of
// the vault that makes them count, and the old ones go after it. Open tries
// both keyslots where it finds two, and finishes or undoes the rest.
//
// # Recovery
//
// Whoever loses keyslot or passphrase gets the desk back from a backup, with a
// recovery key that lies in a safe: an identity of age with ML-KEM-768 and
// X25519. The keys that last are
//
//	age("HS1LASTS" ‖ the vault's body with generation and master key zero)
//
// Bundles, and the master key above them, are in no backup: what a desk has
// destroyed nobody brings back, and what it has not opened yet is the price.
//
// What it cannot do: keep an opened desk's memory from whoever takes the
// machine while it runs, or clear every copy that Go's runtime made of a key.
package keyring
