package hearsay_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hearsay"
)

// private are words of nouns that can hurt someone. A public noun that had a
// field of such a name would carry what must stay in the desk: who reported,
// what, and how many could have.
var private = []string{
	"source", "sources", "report", "reports", "statement", "statements", "author", "sender", "contact", "inbox", "code", "codename", "alias",
	"fingerprint", "digest", "hash", "sha", "body", "received", "channel", "flag", "duress", "forced", "cut", "captured", "quarantined", "admissible",
	"know", "knew", "reach", "case", "editor", "signature", "signed", "consent", "override", "overridden", "keyed", "place", "handle", "group", "groups", "voices",
}

// wordsOf splits CouldKnow, could_know and could-know.
func wordsOf(name string) []string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) })
}

func privateWord(name string) string {
	for _, w := range append(wordsOf(name), strings.Join(wordsOf(name), "")) {
		if slices.Contains(private, w) {
			return w
		}
	}
	return ""
}

// TestNoPublicNounNamesAPrivateOne reads the package: every field of every type,
// exported or not, and every word that it is given in JSON.
func TestNoPublicNounNamesAPrivateOne(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	structs := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if w := privateWord(n.Name.Name); w != "" {
					t.Errorf("%s: type %s speaks of a %s", name, n.Name, w)
				}
			case *ast.StructType:
				structs++
				for _, f := range n.Fields.List {
					names := []string{}
					for _, id := range f.Names {
						names = append(names, id.Name)
					}
					if f.Tag != nil {
						names = append(names, reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"))
					}
					for _, field := range names {
						if w := privateWord(field); w != "" {
							t.Errorf("%s: field %s speaks of a %s", name, field, w)
						}
					}
				}
			}
			return true
		})
	}
	if structs < 10 {
		t.Errorf("only %d types were looked at", structs)
	}
}

// TestEditionHoldsPublicNounsOnly walks all that passes from desk to site: it is
// made of this package's nouns, texts, numbers and days, and of nothing that
// could hold anything.
func TestEditionHoldsPublicNounsOnly(t *testing.T) {
	counts := map[string]bool{"Edition.Serial": true, "Assessment.Origins": true, "Assessment.Fragility": true}
	seen := map[reflect.Type]bool{}
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		if typ.PkgPath() != "" && typ.PkgPath() != "hearsay" {
			t.Errorf("%s is a %s", path, typ)
			return
		}
		switch typ.Kind() {
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				f := typ.Field(i)
				walk(f.Type, typ.Name()+"."+f.Name)
			}
		case reflect.Slice, reflect.Pointer:
			if typ.Elem().Kind() == reflect.Uint8 {
				t.Errorf("%s holds bytes", path)
			}
			walk(typ.Elem(), path)
		case reflect.Int:
			if !counts[path] {
				t.Errorf("%s counts something that nobody has argued for", path)
			}
		case reflect.String, reflect.Float64, reflect.Bool:
		case reflect.Int32:
			if typ != reflect.TypeFor[hearsay.Day]() {
				t.Errorf("%s is a number of no meaning", path)
			}
		default:
			t.Errorf("%s is a %s, which could hold anything", path, typ)
		}
	}
	walk(reflect.TypeFor[hearsay.Edition](), "Edition")
	for _, typ := range []reflect.Type{reflect.TypeFor[hearsay.Bulletin](), reflect.TypeFor[hearsay.Assessment](), reflect.TypeFor[hearsay.PublicClaim](), reflect.TypeFor[hearsay.Series](), reflect.TypeFor[hearsay.Claim]()} {
		if !seen[typ] {
			t.Errorf("the walk did not come by %s", typ)
		}
	}
}
