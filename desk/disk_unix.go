//go:build unix

package desk

import (
	"os"
	"syscall"
)

// sameDisk reports whether two files lie on one device; known is false where
// that cannot be told.
func sameDisk(a, b string) (same, known bool) {
	first, err := os.Stat(a)
	if err != nil {
		return false, false
	}
	second, err := os.Stat(b)
	if err != nil {
		return false, false
	}
	x, okX := first.Sys().(*syscall.Stat_t)
	y, okY := second.Sys().(*syscall.Stat_t)
	return okX && okY && x.Dev == y.Dev, okX && okY
}
