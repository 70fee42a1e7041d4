package hearsay_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A ban forbids any trail of imports between two patterns.
type ban struct{ from, to, why string }

// A rule is what the lines about one package allow.
type rule struct {
	mayShip bool      // there is a line for more than tests
	ships   allowance // what files that ship may import
	tests   allowance // what test files may import beside that
	std     []string  // nil if no line limits the standard library
}

type allowance []string

func (a allowance) covers(imp string) bool {
	return slices.ContainsFunc(a, func(entry string) bool { return covers(entry, imp) })
}

// covers says whether an entry of a line stands for an import. A package of
// this module stands for itself, one of another for all below it as well.
func covers(entry, imp string) bool {
	return imp == entry || !isLocal(entry) && strings.HasPrefix(imp, entry+"/")
}

func isLocal(imp string) bool { return imp == "hearsay" || strings.HasPrefix(imp, "hearsay/") }

// isStd relies on there being no replace line in go.mod, which readTree sees
// to: without one, a module outside the standard library has a dot in its name.
func isStd(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !isLocal(imp) && !strings.Contains(first, ".")
}

// matches says whether an import path is covered by a pattern of a ban.
func matches(pattern, imp string) bool {
	above, deep := strings.CutSuffix(pattern, "/...")
	return imp == above || deep && strings.HasPrefix(imp, above+"/")
}

// A unit is what the files of one directory import.
type unit struct {
	hasShipped bool     // there is a file that is no test
	ships      []string // by the files that ship
	tests      []string // by the test files, without the standard library
}

// violations returns what in a tree is against the law, and what in the law
// the tree has no use for, in order; none if all is well.
func violations(tree fs.FS, lines string, bans []ban) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }

	rules := parseRules(lines, say)
	units := readTree(tree, say)
	refuse(units, rules, say)
	weed(units, rules, say)
	follow(units, bans, say)

	slices.Sort(found)
	return slices.Compact(found)
}

// refuse names the imports that no line allows.
func refuse(units map[string]unit, rules map[string]rule, say func(string, ...any)) {
	for pkg, u := range units {
		r, listed := rules[pkg]
		if !listed || u.hasShipped && !r.mayShip {
			say("%s has no line in zoneRules; give it a zone", pkg)
			continue
		}
		for _, imp := range u.ships {
			switch {
			case isStd(imp) && r.std != nil && !slices.Contains(r.std, imp):
				say("%s imports %s, which is not on its std line", pkg, imp)
			case !isStd(imp) && !r.ships.covers(imp):
				say("%s imports %s, which its zone does not allow", pkg, imp)
			}
		}
		for _, imp := range u.tests {
			if imp != pkg && !r.ships.covers(imp) && !r.tests.covers(imp) {
				say("a test of %s imports %s, which its zone does not allow", pkg, imp)
			}
		}
	}
}

// weed names the lines and entries that nothing needs.
func weed(units map[string]unit, rules map[string]rule, say func(string, ...any)) {
	for pkg, r := range rules {
		u := units[pkg]
		if r.mayShip && !u.hasShipped {
			say("zoneRules has a line for %s, which is not there", pkg)
		}
		for _, entry := range r.ships {
			if !slices.ContainsFunc(u.ships, func(imp string) bool { return covers(entry, imp) }) {
				say("zoneRules lets %s import %s, which it does not", pkg, entry)
			}
		}
		for _, entry := range r.tests {
			if r.ships.covers(entry) || !slices.ContainsFunc(u.tests, func(imp string) bool { return covers(entry, imp) }) {
				say("zoneRules lets tests of %s import %s, for which they need no line", pkg, entry)
			}
		}
		for _, entry := range r.std {
			if !slices.Contains(u.ships, entry) {
				say("zoneRules lets %s import %s, which it does not", pkg, entry)
			}
		}
	}
}

// follow names the trails that are banned, and the bans that watch nobody.
func follow(units map[string]unit, bans []ban, say func(string, ...any)) {
	there := func(pattern string) bool {
		for pkg := range units {
			if matches(pattern, pkg) {
				return true
			}
		}
		return false
	}
	for _, b := range bans {
		if !there(b.from) || isLocal(b.to) && !there(b.to) {
			say("never bans a path from %s to %s, of which one is not there", b.from, b.to)
		}
		for pkg, u := range units {
			if !matches(b.from, pkg) {
				continue
			}
			first := slices.Concat(u.ships, u.tests)
			if trail := reach(units, []string{pkg}, first, b.to, map[string]bool{pkg: true}); trail != nil {
				say("%s: %s", strings.Join(trail, " -> "), b.why)
			}
		}
	}
}

// reach returns the trail continued to the first package that matches, by
// what ships; nil if there is none. It starts from given imports, so that a
// test is followed to what it imports but not to the tests of that.
func reach(units map[string]unit, trail, imports []string, to string, seen map[string]bool) []string {
	for _, imp := range imports {
		if matches(to, imp) {
			return append(slices.Clone(trail), imp)
		}
		if seen[imp] {
			continue
		}
		seen[imp] = true
		if found := reach(units, append(slices.Clone(trail), imp), units[imp].ships, to, seen); found != nil {
			return found
		}
	}
	return nil
}

// parseRules reads the lines of zoneRules. A line that it cannot read is a
// violation and not a comment.
func parseRules(text string, say func(string, ...any)) map[string]rule {
	full := func(name string) string {
		if name == "hearsay" {
			return name
		}
		return "hearsay/" + name
	}
	rules := map[string]rule{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		head, imports, ok := strings.Cut(line, ":")
		name, kind, _ := strings.Cut(head, " ")
		local, other, _ := strings.Cut(imports, "|")
		var allowed allowance
		for _, imp := range strings.Fields(local) {
			allowed = append(allowed, full(imp))
		}
		allowed = append(allowed, strings.Fields(other)...)

		r := rules[full(name)]
		switch {
		case !ok:
			say("zoneRules: cannot read the line %q", line)
		case kind == "":
			r.mayShip = true
			r.ships = append(r.ships, allowed...)
		case kind == "test":
			r.tests = append(r.tests, allowed...)
		case kind == "std":
			r.std = append(r.std, strings.Fields(imports)...)
		default:
			say("zoneRules: cannot read the line %q", line)
		}
		rules[full(name)] = r
	}
	return rules
}

// linked are the endings of files, other than Go's own, that the go command
// compiles or links into a package where it finds them.
var linked = []string{
	".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
	".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso",
}

// readTree parses every Go file of a module, tests too, whatever operating
// system or build tag it is for, and refuses the ways around a reading of
// imports: other languages, links, and other modules in the tree or in place
// of what a name says.
func readTree(tree fs.FS, say func(string, ...any)) map[string]unit {
	imports := map[string]unit{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		switch {
		case name == ".":
			return nil
		case d.IsDir() && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".")):
			return fs.SkipDir // the go command builds them only when imported by name, which no line allows
		case d.IsDir() && base == "vendor":
			say("%s: vendored code is not what its import path says", name)
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			say("%s: a link gives one file two zones", name)
		case base == "go.mod" && name != base, base == "go.work":
			say("%s: a second module in the tree", name)
		case name == "go.mod":
			readModule(tree, say)
		case slices.Contains(linked, path.Ext(name)):
			say("%s: only Go is read, so only Go is built", name)
		case path.Ext(name) == ".go":
			pkg := path.Join("hearsay", path.Dir(name))
			u, err := readFile(tree, name, imports[pkg])
			if err != nil {
				say("%v", err)
			}
			imports[pkg] = u
		}
		return nil
	})
	if err != nil {
		say("%v", err)
	}
	return imports
}

func readModule(tree fs.FS, say func(string, ...any)) {
	text, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		say("%v", err)
	}
	for line := range strings.Lines(string(text)) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word == "replace" || word == "replace(" {
			say("go.mod: replaced code is not what its import path says")
		}
	}
}

// readFile adds what one Go file imports to its unit.
func readFile(tree fs.FS, name string, u unit) (unit, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return u, err
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return u, err
	}
	isTest := strings.HasSuffix(name, "_test.go")
	u.hasShipped = u.hasShipped || !isTest
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return u, err
		}
		switch {
		case !isTest:
			u.ships = append(u.ships, imp)
		case !isStd(imp): // a test may open files, whatever its package may not
			u.tests = append(u.tests, imp)
		}
	}
	return u, nil
}
