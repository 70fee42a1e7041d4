package envelope

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrManifest is returned for a list of files that is not in form.
var ErrManifest = errors.New("not a manifest")

// A File is what a manifest says of one attached file. It cannot be printed;
// but if it is kept in a field that fmt may not ask, fmt shows all of it except
// the key.
type File struct {
	Key    FileKey
	Size   int64    // bytes
	Chunks int      // that hold them, no more than needed
	Digest [32]byte // SHA-256 of the file
	Name   string   // see [ManifestBody]; it says nothing about what the file is
}

// A ManifestBody lists the files whose chunks a source sends (PROTOCOL 4.7):
//
//	report 16 ‖ count u8 ‖ per file: key 32 ‖ size u64 ‖ chunks u32 ‖ SHA-256 32 ‖ len u8 ‖ name
//
// There are 1 to 16 files of 64 chunks in all, each with a key of its own. A
// name is 1 to 64 bytes of UTF-8. It is never a path: no slash or backslash,
// not "." or ".."; and it shows as it is: no control characters, no line or
// paragraph separators, and nothing that turns the direction of writing.
type ManifestBody struct {
	Report [16]byte // message id of the report that they belong to, zero if none
	Files  []File
}

const (
	manifestHeader = 16 + 1
	fileHeader     = 32 + 8 + 4 + 32 + 1
)

// Marshal returns the body of a message of type [Manifest].
func (m ManifestBody) Marshal() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	b := append(m.Report[:], byte(len(m.Files)))
	for _, f := range m.Files {
		key := f.Key.Bytes()
		b = append(b, key[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(f.Size))
		b = binary.BigEndian.AppendUint32(b, uint32(f.Chunks))
		b = append(b, f.Digest[:]...)
		b = append(b, tag(f.Name)...)
	}
	return b, nil
}

// ParseManifest reads what [ManifestBody.Marshal] writes, to the last byte.
func ParseManifest(body []byte) (ManifestBody, error) {
	refuse := func() (ManifestBody, error) {
		return ManifestBody{}, fmt.Errorf("parse manifest: %w", ErrManifest)
	}
	if len(body) < manifestHeader || len(body) > MaxBody {
		return refuse()
	}
	m := ManifestBody{Report: [16]byte(body)}
	count, rest := int(body[16]), body[manifestHeader:]
	for range count {
		if len(rest) < fileHeader {
			return refuse()
		}
		size, chunks := binary.BigEndian.Uint64(rest[32:]), binary.BigEndian.Uint32(rest[40:])
		if size > MaxChunks*ChunkData || chunks > MaxChunks {
			return refuse()
		}
		f := File{
			Key:    FileKeyFromBytes([32]byte(rest)),
			Size:   int64(size),
			Chunks: int(chunks),
			Digest: [32]byte(rest[44:]),
		}
		n := int(rest[fileHeader-1])
		rest = rest[fileHeader:]
		if len(rest) < n {
			return refuse()
		}
		f.Name, rest = string(rest[:n]), rest[n:]
		m.Files = append(m.Files, f)
	}
	if len(rest) != 0 {
		return refuse()
	}
	if err := m.check(); err != nil {
		return ManifestBody{}, fmt.Errorf("parse manifest: %w", err)
	}
	return m, nil
}

func (m ManifestBody) check() error {
	if len(m.Files) < 1 || len(m.Files) > MaxFiles {
		return fmt.Errorf("%d files: %w", len(m.Files), ErrManifest)
	}
	chunks, keys := 0, map[FileKey]bool{}
	for i, f := range m.Files {
		if f.Chunks < 1 || f.Chunks > MaxChunks ||
			f.Size > int64(f.Chunks)*ChunkData || f.Size <= int64(f.Chunks-1)*ChunkData {
			return fmt.Errorf("file %d: size and chunks: %w", i+1, ErrManifest)
		}
		if !validFileName(f.Name) {
			return fmt.Errorf("file %d: name: %w", i+1, ErrManifest)
		}
		if f.Key == FileKeyFromBytes([32]byte{}) || keys[f.Key] {
			return fmt.Errorf("file %d: key: %w", i+1, ErrManifest)
		}
		keys[f.Key] = true
		chunks += f.Chunks
	}
	if chunks > MaxChunks {
		return fmt.Errorf("%d chunks: %w", chunks, ErrManifest)
	}
	return nil
}

// validFileName reports whether a manifest may call a file that. It guards
// whoever saves the file and whoever reads its name, not against what is in it.
func validFileName(name string) bool {
	return name != "" && len(name) <= MaxFileName && utf8.ValidString(name) && name != "." && name != ".." &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return r == '/' || r == '\\' || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
		})
}
