package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// crashDisk is a disk that forgets what was not synced. Each step counts, and
// the power fails before the step numbered fails (0 for never).
type crashDisk struct {
	root         *node
	steps, fails int
}

var errPower = errors.New("the power failed")

// node is a file or a folder as the system sees it, and as it would be found
// after the power failed.
type node struct {
	dir           bool
	data, synced  []byte
	names, lasted map[string]*node
}

func newDir() *node { return &node{dir: true, names: map[string]*node{}, lasted: map[string]*node{}} }

func newCrashDisk() *crashDisk { return &crashDisk{root: newDir()} }

func (d *crashDisk) step() error {
	if d.steps++; d.fails > 0 && d.steps >= d.fails {
		return errPower
	}
	return nil
}

func (d *crashDisk) find(name string) *node {
	n := d.root
	for _, part := range strings.Split(path.Clean(name), "/") {
		if part == "." || n == nil {
			continue
		}
		n = n.names[part]
	}
	return n
}

func (d *crashDisk) Open(name string) (fs.File, error) { return d.live().Open(name) }

func (d *crashDisk) MkdirAll(dir string) error {
	if err := d.step(); err != nil {
		return err
	}
	n := d.root
	for _, part := range strings.Split(path.Clean(dir), "/") {
		if part == "." {
			continue
		}
		if n.names[part] == nil {
			n.names[part] = newDir()
		}
		n = n.names[part]
	}
	return nil
}

func (d *crashDisk) Create(name string) (file, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	n := &node{}
	d.find(path.Dir(name)).names[path.Base(name)] = n
	return &crashFile{d, n}, nil
}

func (d *crashDisk) Rename(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	source := d.find(path.Dir(from)).names
	d.find(path.Dir(to)).names[path.Base(to)] = source[path.Base(from)]
	delete(source, path.Base(from))
	return nil
}

func (d *crashDisk) Remove(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	delete(d.find(path.Dir(name)).names, path.Base(name))
	return nil
}

func (d *crashDisk) SyncDir(dir string) error {
	if err := d.step(); err != nil {
		return err
	}
	n := d.find(dir)
	n.lasted = maps.Clone(n.names)
	return nil
}

type crashFile struct {
	d *crashDisk
	n *node
}

func (f *crashFile) Write(b []byte) (int, error) {
	if err := f.d.step(); err != nil {
		f.n.data = append(f.n.data, b[:len(b)/2]...)
		return len(b) / 2, err
	}
	f.n.data = append(f.n.data, b...)
	return len(b), nil
}

func (f *crashFile) Sync() error {
	if err := f.d.step(); err != nil {
		return err
	}
	f.n.synced = slices.Clone(f.n.data)
	return nil
}

func (f *crashFile) Close() error { return nil }

func (d *crashDisk) live() fstest.MapFS {
	m := fstest.MapFS{}
	d.root.walk(".", m, func(n *node) (map[string]*node, []byte) { return n.names, n.data })
	return m
}

func (n *node) walk(name string, m fstest.MapFS, see func(*node) (map[string]*node, []byte)) {
	names, data := see(n)
	if !n.dir {
		m[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return
	}
	m[name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	for base, child := range names {
		child.walk(path.Join(name, base), m, see)
	}
}

// after returns the disk as it is found when the power is back: either with
// the names that lasted, or with every name but only synced bytes, since a
// file system may write names before bytes.
func (d *crashDisk) after(namesFirst bool) *crashDisk {
	var restore func(n *node) *node
	restore = func(n *node) *node {
		if !n.dir {
			return &node{data: slices.Clone(n.synced), synced: slices.Clone(n.synced)}
		}
		names := n.lasted
		if namesFirst {
			names = n.names
		}
		dir := newDir()
		for base, child := range names {
			dir.names[base] = restore(child)
		}
		dir.lasted = maps.Clone(dir.names)
		return dir
	}
	return &crashDisk{root: restore(d.root)}
}

// errand is something that writes a ledger; done reports, of a ledger that
// opens, whether it happened.
type errand struct {
	name    string
	prepare func(disk) error
	do      func(disk) error
	done    func(*Log) bool
}

func errands(t testing.TB) []errand {
	signer, key := testKey(t, "example-desk", "desk")
	pages := func(n int) map[string]string {
		p := map[string]string{"index.html": fmt.Sprint("front ", n), "b/b1.html": "text"}
		for i := range n {
			p[fmt.Sprintf("claims/c%d.html", i)] = fmt.Sprint("claim ", i)
		}
		return p
	}
	return []errand{
		{"create", func(disk) error { return nil },
			func(d disk) error {
				err := create(d, signer, key)
				if errors.Is(err, ErrExists) {
					return nil
				}
				return err
			},
			func(*Log) bool { return true }},
		{"append to a new log",
			func(d disk) error { return create(d, signer, key) },
			func(d disk) error { return appendLeaves(d, signer, methods(3)) },
			func(l *Log) bool { return l.Size() >= 3 }},
		{"append across the edge of a tile",
			func(d disk) error { return errors.Join(create(d, signer, key), appendLeaves(d, signer, methods(255))) },
			func(d disk) error { return appendLeaves(d, signer, methods(258)[255:]) },
			func(l *Log) bool { return l.Size() >= 258 }},
		{"publish an edition",
			func(d disk) error {
				return errors.Join(create(d, signer, key), publish(d, signer, 1, 18000, inOrder(pages(1)), &counting{}))
			},
			func(d disk) error { return publish(d, signer, 2, 18001, inOrder(pages(3)), &counting{n: 100}) },
			func(l *Log) bool { leaf, _, _ := l.Newest(); return leaf.Serial == 2 }},
		{"withdraw a page",
			func(d disk) error {
				return errors.Join(create(d, signer, key), publish(d, signer, 1, 18000, inOrder(pages(1)), &counting{}))
			},
			func(d disk) error { return withdraw(d, signer, 18001, []string{"b/b1.html"}) },
			func(l *Log) bool { return len(l.Withdrawn()) == 1 }},
	}
}

func TestPowerLossAtEveryStep(t *testing.T) {
	for _, e := range errands(t) {
		t.Run(e.name, func(t *testing.T) {
			whole := newCrashDisk()
			if err := errors.Join(e.prepare(whole), e.do(whole)); err != nil {
				t.Fatal(err)
			}
			crashes := 0
			for at := 1; ; at++ {
				d := newCrashDisk()
				if err := e.prepare(d); err != nil {
					t.Fatal(err)
				}
				d = d.after(true)
				d.fails = at
				err := e.do(d)
				if err == nil && d.steps < at {
					break // it was over before the power failed
				}
				crashes++
				for _, namesFirst := range []bool{false, true} {
					after := d.after(namesFirst)
					checkAfterCrash(t, fmt.Sprintf("power fails at step %d, names first %t", at, namesFirst), after, e, err == nil, whole)
				}
			}
			if crashes < 5 {
				t.Errorf("the power failed only %d times: the test sees no steps", crashes)
			}
		})
	}
}

// checkAfterCrash opens what is left, runs the errand again and compares with a
// ledger that never lost its power.
func checkAfterCrash(t *testing.T, when string, d disk, e errand, acknowledged bool, whole *crashDisk) {
	t.Helper()
	if e.name != "create" {
		l, err := open(d)
		if err != nil {
			t.Fatalf("%s: the ledger does not open: %v", when, err)
		}
		if acknowledged && !e.done(l) {
			t.Fatalf("%s: it was acknowledged and is not there", when)
		}
		if strings.HasPrefix(e.name, "append") && e.done(l) {
			return // leaves have no names; an append that is done is not done again
		}
	}
	if err := e.do(d); err != nil {
		t.Fatalf("%s: the next run fails: %v", when, err)
	}
	l, err := open(d)
	if err != nil {
		t.Fatalf("%s: after the next run the ledger does not open: %v", when, err)
	}
	if !e.done(l) {
		t.Fatalf("%s: the next run did not do it", when)
	}
	want := mustOpenDisk(t, whole)
	if l.Root() != want.Root() || !slices.Equal(l.Files(), want.Files()) {
		t.Fatalf("%s: the next run made another ledger", when)
	}
	if names := namesOf(d); e.name != "create" && !slices.Equal(names, l.Files()) {
		t.Fatalf("%s: files %q, want %q", when, names, l.Files())
	}
}

func mustOpenDisk(t *testing.T, d disk) *Log {
	t.Helper()
	l, err := open(d)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func namesOf(fsys fs.FS) []string {
	var names []string
	_ = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names
}

func TestTheCrashTestSeesAMissingSync(t *testing.T) {
	for _, tt := range []struct {
		name    string
		without func(disk) disk
	}{
		{"of files", func(d disk) disk { return noFileSync{d} }},
		{"of folders", func(d disk) disk { return noDirSync{d} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lost := false
			for _, e := range errands(t) {
				d := newCrashDisk()
				if err := e.prepare(d); err != nil {
					t.Fatal(err)
				}
				d = d.after(true)
				if err := e.do(tt.without(d)); err != nil {
					t.Fatal(err)
				}
				for _, namesFirst := range []bool{false, true} {
					l, err := open(d.after(namesFirst))
					lost = lost || err != nil || !e.done(l)
				}
			}
			if !lost {
				t.Error("nothing is lost without it, so no crash test can be trusted")
			}
		})
	}
}

type noFileSync struct{ disk }

func (d noFileSync) Create(name string) (file, error) {
	f, err := d.disk.Create(name)
	return unsynced{f}, err
}

type unsynced struct{ file }

func (unsynced) Sync() error { return nil }

type noDirSync struct{ disk }

func (noDirSync) SyncDir(string) error { return nil }
