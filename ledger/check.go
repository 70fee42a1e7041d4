package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxEntries is how many files and folders a check looks at.
const maxEntries = 1 << 20

// Known is what the reader knows of a site before checking it.
type Known struct {
	Key    string // the desk's verifier key where it was learned elsewhere, say from print
	Place  string // where the site is: a folder or an address
	Memory Memory // what passed before
}

// Check compares a site with its ledger, every file of it byte by byte, and the
// ledger with what the reader knew. What is wrong is a Finding and no error; an
// error means that the check could not be done.
//
// Nothing is believed for standing in the folder: the checkpoint must be signed
// by the known key, the entries must give its root, the manifests must be the
// ones in the entries, and the files the ones in the newest manifest. A file
// for which none of that accounts is named.
func Check(ctx context.Context, site fs.FS, known Known) (Report, error) {
	c := checker{site: site, known: known}
	if err := c.takeStock(ctx); err != nil {
		return Report{}, fmt.Errorf("check a site: %w", err)
	}
	if c.Compared = c.checkLedger(); c.Compared {
		if err := c.checkPages(ctx); err != nil {
			return Report{}, fmt.Errorf("check a site: %w", err)
		}
		c.checkStrays()
	}
	if c.Findings == nil {
		c.Findings = []Finding{}
	}
	slices.SortStableFunc(c.Findings, func(a, b Finding) int { return cmp.Compare(a.Path, b.Path) })
	return c.Report, nil
}

type checker struct {
	Report
	site  fs.FS
	known Known

	stock     map[string]fs.FileMode // all that is there, by path, with its type
	accounted map[string]bool        // what the ledger speaks of
	entries   [][]byte
	leaves    []Leaf
	manifest  Manifest
	salts     Salts
}

// takeStock lists all that is in the folder without opening any of it, since
// opening a pipe waits and opening a link leads elsewhere.
func (c *checker) takeStock(ctx context.Context) error {
	c.stock, c.accounted = map[string]fs.FileMode{}, map[string]bool{}
	return fs.WalkDir(c.site, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == ".":
			return err
		case err != nil:
			c.find(name, Unreadable, "%s", reason(err))
			return nil
		case len(c.stock) == maxEntries:
			c.find(".", TooMany, "more than %d files and folders", maxEntries)
			return fs.SkipAll
		}
		c.stock[name] = e.Type()
		return nil
	})
}

// reason is an error without the path, which the finding has already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// read returns a file that the ledger needs; ok is false, and a finding says
// why, where it cannot be had.
func (c *checker) read(name string, limit int64) (b []byte, ok bool) {
	c.accounted[name] = true
	if !c.isFile(name) {
		return nil, false
	}
	b, err := readFile(c.site, name, limit)
	switch {
	case errors.Is(err, errTooLarge):
		c.find(name, Changed, "larger than it may be")
	case err != nil:
		c.find(name, Unreadable, "%s", reason(err))
	}
	return b, err == nil
}

func (c *checker) isFile(name string) bool {
	mode, there := c.stock[name]
	switch {
	case !there:
		c.find(name, Missing, "")
	case !mode.IsRegular():
		c.find(name, NotAFile, "%s", describe(mode))
	}
	return there && mode.IsRegular()
}

func describe(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	default:
		return "a device, pipe or socket"
	}
}

func inLedger(name string) string { return path.Join(Folder, name) }

// checkLedger checks everything below the ledger's folder. It reports whether
// the ledger is whole enough to say what belongs into the site.
func (c *checker) checkLedger() bool {
	if !c.stock[Folder].IsDir() {
		c.find(".", NoLedger, "there is no folder %s", Folder)
		return false
	}
	verifier, ok := c.checkKey()
	if !ok {
		return false
	}
	head, ok := c.checkCheckpoint(verifier)
	if !ok {
		return false
	}
	c.Size, c.Root = head.Tree.N, head.Tree.Hash.String()
	hashes, ok := c.checkTree(head.Tree)
	if !ok {
		return false
	}
	c.checkContinues(head, hashes)
	return c.checkLeaves() && c.checkManifests()
}

// checkKey settles which key to trust: one learned elsewhere, else the one
// pinned when the log was first seen, else the one in the folder.
func (c *checker) checkKey() (note.Verifier, bool) {
	name := inLedger(keyFile)
	b, ok := c.read(name, maxKeyFile)
	if !ok {
		return nil, false
	}
	key, verifier, err := readKeyBytes(b)
	if err != nil {
		c.find(name, Changed, "it is no verifier key")
		return nil, false
	}
	c.Key, c.Origin = key, verifier.Name()
	if origin, ok := c.known.Memory.at(c.known.Place); ok && origin != c.Origin {
		c.find(name, OtherLog, "%s was here", printable(origin))
	}
	old, seen := c.known.Memory.log(c.Origin)
	switch {
	case c.known.Key != "" && c.known.Key != key:
		c.find(name, KeyChanged, "it is not the one that you gave")
		return nil, false
	case seen && old.key != key:
		c.find(name, KeyChanged, "%s signed with another one before", printable(c.Origin))
		return nil, false
	}
	c.FirstSeen = !seen
	return verifier, true
}

func (c *checker) checkCheckpoint(verifier note.Verifier) (checkpoint, bool) {
	name := inLedger(checkpointFile)
	b, ok := c.read(name, maxCheckpoint)
	if !ok {
		return checkpoint{}, false
	}
	head, err := openCheckpoint(b, verifier)
	switch {
	case errors.Is(err, ErrSignature):
		c.find(name, Unsigned, "")
	case err != nil:
		c.find(name, Changed, "%s", err)
	}
	return head, err == nil
}

// checkContinues holds the log against the last checkpoint that passed.
func (c *checker) checkContinues(head checkpoint, hashes hashList) {
	old, seen := c.known.Memory.log(c.Origin)
	if !seen {
		return
	}
	if head.Tree.N < old.tree.N {
		c.find(inLedger(checkpointFile), RolledBack, "it has %d entries, and %d were there before", head.Tree.N, old.tree.N)
		return
	}
	root, err := tlog.TreeHash(old.tree.N, hashes)
	if err != nil || root != old.tree.Hash {
		c.find(inLedger(checkpointFile), Forked, "its first %d entries are not the ones seen before", old.tree.N)
	}
}

// checkLeaves parses the entries. They are the ones that were signed, so what
// is wrong with them the desk itself did.
func (c *checker) checkLeaves() bool {
	for i, e := range c.entries {
		leaf, err := ParseLeaf(e)
		if err != nil {
			c.find(inLedger(checkpointFile), Broken, "entry %d that it signs is no leaf", i)
			return false
		}
		c.leaves = append(c.leaves, leaf)
	}
	if err := checkOrder(c.leaves); err != nil {
		c.find(inLedger(checkpointFile), Broken, "%s", err)
		return false
	}
	return true
}

// checkManifests checks the manifest of every edition and reports whether that
// of the newest, and its salts, can be used.
func (c *checker) checkManifests() bool {
	last, index, ok := newest(c.leaves)
	if !ok {
		return true
	}
	c.Edition, c.Date = last.Serial, last.Date()
	usable := false
	for i, leaf := range c.leaves {
		if leaf.Kind != KindEdition {
			continue
		}
		name := inLedger(manifestFile(leaf.Serial))
		b, ok := c.read(name, maxManifest)
		if !ok {
			continue
		}
		if sha256.Sum256(b) != leaf.Digest {
			c.find(name, Changed, "it is not the one in entry %d", i)
			continue
		}
		m, err := proveManifest(leaf, b)
		if err != nil {
			c.find(name, Broken, "%s", err)
			continue
		}
		if int64(i) == index {
			c.manifest, usable = m, true
		}
	}
	return c.checkSalts(last) && usable
}

func (c *checker) checkSalts(last Leaf) bool {
	name := inLedger(saltsFile(last.Serial))
	b, ok := c.read(name, maxManifest)
	if !ok {
		return false
	}
	salts, err := ParseSalts(b)
	if err == nil && salts.Edition != last.Serial {
		err = fmt.Errorf("they are of edition %d", salts.Edition)
	}
	if err != nil {
		c.find(name, Changed, "%s", err)
		return false
	}
	c.salts = salts
	return true
}

// checkPages compares every page of the newest edition, reading each once.
func (c *checker) checkPages(ctx context.Context) error {
	gone := withdrawn(c.leaves)
	for _, p := range c.manifest.Pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.accounted[p.Path] = true
		salt, salted := c.salts.Of[p.Path]
		switch _, there := c.stock[p.Path]; {
		case gone[p.Path] && there:
			c.find(p.Path, StillThere, "")
		case gone[p.Path] && salted:
			c.find(inLedger(saltsFile(c.Edition)), StillThere, "the salt of %s", p.Path)
		case gone[p.Path]:
			c.Withdrawn = append(c.Withdrawn, p.Path)
		case !salted:
			c.find(p.Path, SaltMissing, "")
		case c.isFile(p.Path):
			c.comparePage(p, salt)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(c.salts.Of)) {
		if _, listed := c.manifest.Find(path); !listed {
			c.find(inLedger(saltsFile(c.Edition)), Changed, "it has a salt of %s, which the edition has not", path)
		}
	}
	return nil
}

func (c *checker) comparePage(p Page, salt Salt) {
	f, err := c.site.Open(p.Path)
	if err != nil {
		c.find(p.Path, Unreadable, "%s", reason(err))
		return
	}
	defer f.Close()
	digest, n, err := digestFrom(salt, f, MaxPageSize)
	switch {
	case errors.Is(err, errTooLarge):
		c.find(p.Path, Changed, "larger than a page may be")
	case err != nil:
		c.find(p.Path, Unreadable, "%s", reason(err))
	case digest != p.Digest:
		c.find(p.Path, Changed, "")
	}
	c.Files++
	c.Bytes += n
}

// checkStrays names what is in the folder and in nothing that was signed.
func (c *checker) checkStrays() {
	needed := map[string]bool{".": true, Folder: true}
	for name := range c.accounted {
		for folder := range folders(name) {
			needed[folder] = true
		}
	}
	filled := map[string]bool{} // folders below which a stray file is named
	names := slices.Sorted(maps.Keys(c.stock))
	for _, name := range names {
		mode := c.stock[name]
		switch {
		case mode.IsDir() || c.accounted[name]:
			continue
		case mode.IsRegular():
			c.find(name, Added, "")
		default:
			c.find(name, Added, "%s", describe(mode))
		}
		for folder := range folders(name) {
			filled[folder] = true
		}
	}
	for _, name := range names {
		if c.stock[name].IsDir() && !needed[name] && !filled[name] && !c.accounted[name] {
			c.find(name, Added, "an empty folder")
		}
	}
}
