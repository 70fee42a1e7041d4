package store

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"hearsay/desk/internal/casebook"
)

// A copy of a database at work has all that was answered, what is only in the
// log too, and opens with the same key alone.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	key := [KeySize]byte{1, 2, 3}
	s, err := Create(filepath.Join(dir, "a.db"), key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for range 3 {
		if err := s.Append(t.Context(), []casebook.Record{{Kind: "test", Day: 18_300, Editor: "ana"}}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	told := int64(0)
	if err := s.Copy(t.Context(), func(size int64) (io.Writer, error) { told = size; return &b, nil }); err != nil || told != int64(b.Len()) {
		t.Fatalf("%d bytes were told and %d came, %v", told, b.Len(), err)
	}
	if err := s.Append(t.Context(), []casebook.Record{{Kind: "test", Day: 18_301, Editor: "ana"}}); err != nil {
		t.Errorf("afterwards it takes no more: %v", err)
	}
	path := filepath.Join(dir, "b.db")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, [KeySize]byte{9}); err == nil {
		t.Error("the copy opens with another key")
	}
	other, err := Open(path, key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	records := 0
	if err := other.Load(context.Background(), func(casebook.Record) error { records++; return nil }); err != nil || records != 3 {
		t.Errorf("the copy has %d records, %v", records, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Copy(t.Context(), nil); err == nil {
		t.Error("a closed store was copied")
	}
}
