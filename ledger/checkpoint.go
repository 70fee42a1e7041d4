package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrCheckpoint tells that bytes are not a checkpoint of one ledger.
	ErrCheckpoint = errors.New("not a checkpoint")
	// ErrSignature tells that the key did not sign the checkpoint.
	ErrSignature = errors.New("the checkpoint is not signed by this key")
	// ErrKey tells that a text is not a verifier key.
	ErrKey = errors.New("not a verifier key")
)

const (
	maxCheckpoint = 4096
	maxKeyFile    = 1024
	// MaxSize is how many leaves a log may have: an edition an hour for a century.
	MaxSize = 1 << 20
)

// checkpoint is the signed head of a log.
type checkpoint struct {
	Origin string
	Tree   tlog.Tree
}

func (c checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Tree.N, c.Tree.Hash)
}

func parseCheckpointText(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("it has not three lines: %w", ErrCheckpoint)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > MaxSize {
		return checkpoint{}, fmt.Errorf("its size is no number up to %d: %w", MaxSize, ErrCheckpoint)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("its root is not a hash: %w", ErrCheckpoint)
	}
	c := checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}
	if c.text() != text {
		return checkpoint{}, fmt.Errorf("it is not written as we would: %w", ErrCheckpoint)
	}
	return c, nil
}

// openCheckpoint checks a checkpoint against the one key that may sign it.
//
// A signed note ignores signatures by keys it does not know and takes more than
// one spelling of base64. Both would let somebody change the file unseen, so
// every byte but the signature itself must be the one that we would write.
// Cosignatures of witnesses come with the witnesses' keys and not before.
func openCheckpoint(b []byte, key note.Verifier) (checkpoint, error) {
	fail := func(err error) (checkpoint, error) { return checkpoint{}, fmt.Errorf("open checkpoint: %w", err) }
	if len(b) > maxCheckpoint {
		return fail(fmt.Errorf("longer than %d bytes: %w", maxCheckpoint, ErrCheckpoint))
	}
	n, err := note.Open(b, note.VerifierList(key))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified), errors.As(err, &invalid):
		return fail(ErrSignature)
	case err != nil:
		return fail(fmt.Errorf("%w: %w", ErrCheckpoint, err))
	}
	c, err := parseCheckpointText(n.Text)
	if err != nil {
		return fail(err)
	}
	if c.Origin != key.Name() {
		return fail(fmt.Errorf("its origin is not the name in its key: %w", ErrCheckpoint))
	}
	signature, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || string(b) != signedText(c, signature) {
		return fail(fmt.Errorf("it has more than one signature, or is not written as we would: %w", ErrCheckpoint))
	}
	return c, nil
}

func signedText(c checkpoint, signature []byte) string {
	return c.text() + "\n— " + c.Origin + " " + base64.StdEncoding.EncodeToString(signature) + "\n"
}

func sign(c checkpoint, signer note.Signer) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return b, nil
}

// parseKey reads a verifier key and refuses a second spelling of one.
func parseKey(text string) (note.Verifier, error) {
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("longer than %d bytes: %w", maxKeyFile, ErrKey)
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	rest, ok := strings.CutPrefix(text, fmt.Sprintf("%s+%08x+", v.Name(), v.KeyHash()))
	key, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil || base64.StdEncoding.EncodeToString(key) != rest || printable(v.Name()) != v.Name() {
		return nil, fmt.Errorf("it is not written as we would: %w", ErrKey)
	}
	return v, nil
}
