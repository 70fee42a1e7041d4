//go:build !unix

package site

// lock is left to the caller where files cannot be locked.
func lock(string) (unlock func(), err error) { return func() {}, nil }
