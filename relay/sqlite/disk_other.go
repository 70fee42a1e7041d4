//go:build !linux

package sqlite

import "os"

func syncData(f *os.File) error { return f.Sync() }

// freeBytes says that there is always room: a disk that is full says so itself.
func freeBytes(string) (uint64, error) { return endless, nil }
