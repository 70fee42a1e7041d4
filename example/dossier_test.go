package example

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"hearsay"
	"hearsay/envelope"
)

func TestLoad(t *testing.T) {
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Reports) != 28 || len(d.Bulletins) != 6 {
		t.Fatalf("it has %d reports and %d bulletins", len(d.Reports), len(d.Bulletins))
	}
	byID := map[string]Report{}
	for i, r := range d.Reports {
		byID[r.ID] = r
		if r.Body == "" || strings.HasSuffix(r.Body, "\n") || strings.Contains(r.Body, "received:") {
			t.Errorf("%s has the body %q", r.ID, r.Body)
		}
		if i > 0 && r.Day < d.Reports[i-1].Day {
			t.Errorf("%s comes before an earlier one", r.ID)
		}
		for _, link := range hearsay.ClaimLinks([]byte(r.Body)) {
			if link.Err != nil {
				t.Errorf("%s: %v", r.ID, link.Err)
			}
		}
	}
	for _, m := range d.Desk.Merges {
		for _, id := range m.Reports {
			if r, ok := byID[id]; !ok || r.Day > m.On {
				t.Errorf("on %s the editors merge %s", m.On, id)
			}
		}
	}
	if r := byID["R22"]; !r.Forced || byID["R28"].Forced || byID["R28"].Source != r.Source || byID["R28"].Day >= r.Day {
		t.Error("SPARROW's second report is the one that was forced")
	}
	if want := []string{"B1", "B2", "B3", "C1", "B4", "B5"}; !slices.Equal(d.Desk.Publishes, want) {
		t.Errorf("it publishes %v", d.Desk.Publishes)
	}
	days := d.Days()
	last := days[len(days)-1]
	if !slices.IsSorted(days) || days[0].String() != "2020-02-01" || last.String() != "2021-06-12" || days[len(days)-lastDays] != last-lastDays+1 {
		t.Errorf("its days are %v", days)
	}
}

func TestRead(t *testing.T) {
	whole := fstest.MapFS{}
	dossier, err := fs.Sub(embedded, "dossier")
	if err != nil {
		t.Fatal(err)
	}
	if err := fs.WalkDir(dossier, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dossier, name)
		whole[name] = &fstest.MapFile{Data: b}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(whole); err != nil {
		t.Fatal(err)
	}
	const report, bulletin = "reports/R01-plover.md", "bulletins/B1-2020-02-12.md"
	for _, tt := range []struct {
		name, file, from, to string
		want                 error
	}{
		{"no claims", "claims.json", "", "", fs.ErrNotExist},
		{"no diary", "desk.json", "", "", fs.ErrNotExist},
		{"a diary that is no JSON", "desk.json", "{", "[", ErrDossier},
		{"a bulletin to publish that is not there", "desk.json", `"C1"`, `"C9"`, ErrDossier},
		{"a report without front matter", report, "---\n", "", ErrDossier},
		{"a report of no day", report, "received: 2020", "received: 20", ErrDossier},
		{"a report by a channel that there is not", report, "channel: relay", "channel: pigeon", ErrDossier},
		{"a report of nobody", report, "source: PLOVER", "source:", ErrDossier},
		{"a bulletin of no day", bulletin, "published:", "printed:", ErrDossier},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken := fstest.MapFS{}
			for name, f := range whole {
				broken[name] = f
			}
			if tt.from == "" && tt.to == "" {
				delete(broken, tt.file)
			} else {
				b := strings.ReplaceAll(string(whole[tt.file].Data), tt.from, tt.to)
				broken[tt.file] = &fstest.MapFile{Data: []byte(b)}
			}
			if _, err := Read(broken); !errors.Is(err, tt.want) {
				t.Errorf("Read = %v, want %v", err, tt.want)
			}
		})
	}
}

// A false order has the same words, and never the true order.
func TestFalseOrder(t *testing.T) {
	for range 50 {
		words, err := envelope.NewPhrase(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		forced, err := falseOrder(words)
		if err != nil {
			t.Fatal(err)
		}
		a, b := strings.Fields(words.Words()), strings.Fields(forced.Words())
		if slices.Equal(a, b) {
			t.Error("the order is the true one")
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Error("the words are others")
		}
	}
}
