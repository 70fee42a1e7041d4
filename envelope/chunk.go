package envelope

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unique"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrChunk is returned for a chunk that cannot be: a number out of range, data
// that does not fill a chunk before the last, or a key of zeros.
var ErrChunk = errors.New("not a chunk of a file")

// A FileKey is the one secret of an attached file: whoever has it and the
// chunks has the file. It travels in a manifest, is used for one file, and is
// forgotten. It can be compared; it cannot be printed.
type FileKey struct{ h unique.Handle[string] } // of its 32 bytes

// NewFileKey draws a key. Every file needs its own: two files under one key
// would be sealed with the same keystream.
func NewFileKey() FileKey {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return FileKeyFromBytes(b)
}

// FileKeyFromBytes is the inverse of [FileKey.Bytes].
func FileKeyFromBytes(b [32]byte) FileKey { return FileKey{unique.Make(string(b[:]))} }

// Bytes returns the key, on purpose; the zero FileKey gives zeros.
func (k FileKey) Bytes() [32]byte {
	if k == (FileKey{}) {
		return [32]byte{}
	}
	return [32]byte([]byte(k.h.Value()))
}

// ChunkClass returns how many chunks are sent for n of them: 1, 4, 16 or 64.
// The difference is made up with [FillChunk], so that a relay learns the class
// and not the number.
func ChunkClass(n int) (int, error) {
	if n >= 1 {
		for class := 1; class <= MaxChunks; class *= 4 {
			if n <= class {
				return class, nil
			}
		}
	}
	return 0, fmt.Errorf("class of %d chunks: %w", n, ErrChunk)
}

// FillChunk returns what is sent where there is no chunk. Unlike a dummy
// envelope it may be random: a chunk is a hash and a stream cipher, and nobody
// can tell those from chance.
func FillChunk() []byte {
	b := make([]byte, ChunkSize)
	rand.Read(b) // never fails
	return b
}

// chunkKeys returns the locator and the key of chunk i of n (PROTOCOL 4.7):
// HKDF of the file's key, with the desk and both numbers in the label. So a
// chunk opens as itself only: not elsewhere in the file, not in a file of
// another length, not at another desk.
func chunkKeys(desk DeskID, file FileKey, i, n int) (locator, key []byte, err error) {
	if n < 1 || n > MaxChunks || i < 0 || i >= n {
		return nil, nil, fmt.Errorf("chunk %d of %d: %w", i, n, ErrChunk)
	}
	secret := file.Bytes()
	if isZero(secret[:]) {
		return nil, nil, fmt.Errorf("chunk %d of %d: a key that was never drawn: %w", i, n, ErrChunk)
	}
	label := append(tag("hs1-chunk"), desk[:]...)
	label = binary.BigEndian.AppendUint32(label, uint32(i))
	label = binary.BigEndian.AppendUint32(label, uint32(n))
	b, err := hkdf.Key(sha256.New, secret[:], nil, string(label), 64)
	if err != nil {
		return nil, nil, fmt.Errorf("chunk key: %w", err)
	}
	return b[:chunkLocator], b[chunkLocator:], nil
}

// ChunkLocator returns the first 32 bytes of chunk i of n, by which the desk
// finds it among all chunks. It tells nothing to whoever has not the key.
func ChunkLocator(desk DeskID, file FileKey, i, n int) ([32]byte, error) {
	locator, _, err := chunkKeys(desk, file, i, n)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(locator), nil
}

// SealChunk returns the 65,536 bytes of chunk i of n; i counts from 0. Every
// chunk but the last holds [ChunkData] bytes of the file, the last at least one
// and zeros after it. What the file's length is, the manifest says.
func SealChunk(desk DeskID, file FileKey, i, n int, data []byte) ([]byte, error) {
	locator, key, err := chunkKeys(desk, file, i, n)
	if err != nil {
		return nil, fmt.Errorf("seal chunk: %w", err)
	}
	if len(data) < 1 || len(data) > ChunkData || (i < n-1 && len(data) != ChunkData) {
		return nil, fmt.Errorf("seal chunk: %d bytes in chunk %d of %d: %w", len(data), i, n, ErrChunk)
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("seal chunk: %w", err)
	}
	b := make([]byte, chunkLocator+ChunkData, ChunkSize)
	copy(b, locator)
	copy(b[chunkLocator:], data)
	aead.Seal(b[chunkLocator:chunkLocator], chunkNonce[:], b[chunkLocator:], locator)
	return b[:ChunkSize], nil
}

// chunkNonce may be zero: no key seals twice, because no file key is used twice
// and the number of the chunk is in the key.
var chunkNonce [chacha20poly1305.NonceSize]byte

// OpenChunk undoes [SealChunk] and returns 65,488 bytes, of which the last
// chunk of a file uses as many as its manifest says. Whatever is wrong with the
// chunk, the answer is [ErrNotForUs].
func OpenChunk(desk DeskID, file FileKey, i, n int, chunk []byte) ([]byte, error) {
	locator, key, err := chunkKeys(desk, file, i, n)
	if err != nil || len(chunk) != ChunkSize || string(chunk[:chunkLocator]) != string(locator) {
		return nil, ErrNotForUs
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, ErrNotForUs
	}
	data, err := aead.Open(nil, chunkNonce[:], chunk[chunkLocator:], locator)
	if err != nil {
		return nil, ErrNotForUs
	}
	return data, nil
}
