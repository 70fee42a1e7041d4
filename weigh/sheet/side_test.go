package sheet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hearsay/weigh"
)

func answers(t *testing.T, text string) []Answer {
	t.Helper()
	all, err := ReadAnswers(context.Background(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLabels(t *testing.T) {
	const text = "source,item,value\nA,x,1\nB,x,2\nA,y,2\nB,z,1\n"
	for _, tt := range []struct {
		name, labels string
		kind         weigh.Kind
		want         string
		unmet        int
	}{
		{"settle items", "item,value\nx,2\n", weigh.Open, "x 2", 0},
		{"settle items of classes", "value,item\n2,x\n1,z\n", weigh.Classes, "x 2, z 1", 0},
		{"settle numbers", "item,value\nx,2\ny,1.5\n", weigh.Number, "x 2, y 1.5", 0},
		{"may name what nobody says", "item,value\ny,7\n", weigh.Open, "y 7", 0},
		{"may name a class that nobody says", "item,value\ny,7\n", weigh.Classes, "y 7", 0},
		{"of other items are counted", "item,value\nx,2\nq,1\n", weigh.Open, "x 2", 1},
		{"may say the same twice", "item,value\nx,2\nx,2\n", weigh.Open, "x 2", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := read(t, text, Options{Kind: tt.kind, Labels: answers(t, tt.labels)})
			var got []string
			for i := range s.Table.Items {
				switch item := s.Items.At(int32(i)); {
				case tt.kind == weigh.Number && !math.IsNaN(s.Table.SettledNumber[i]):
					got = append(got, fmt.Sprint(item, " ", s.Table.SettledNumber[i]))
				case tt.kind != weigh.Number && s.Table.Settled[i] != weigh.Unsettled:
					got = append(got, item+" "+s.Value(i, int(s.Table.Settled[i])))
				}
			}
			if strings.Join(got, ", ") != tt.want || s.UnmetLabels != tt.unmet {
				t.Errorf("settled %q, %d not met", got, s.UnmetLabels)
			}
		})
	}
	t.Run("of numbers are exact", func(t *testing.T) {
		_, err := Read(context.Background(), strings.NewReader(text), Options{Kind: weigh.Number, Labels: answers(t, "item,value\nx,1..2\n")})
		var bad *RowError
		if !errors.As(err, &bad) || bad.Why != NotExact || bad.Line != 2 {
			t.Errorf("error %v", err)
		}
	})
}

func TestAnswersRefused(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       RowError
	}{
		{"two answers", "item,value\nx,1\nx,2\n", RowError{3, 3, TwoAnswers}},
		{"no item", "item,value\n,1\n", RowError{2, 1, NoItem}},
		{"no value", "item,value\nx,\n", RowError{2, 3, NoValue}},
		{"a field too many", "item,value\nx,1,2\n", RowError{2, 5, FieldCount}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadAnswers(context.Background(), strings.NewReader(tt.text))
			var bad *RowError
			if !errors.As(err, &bad) || *bad != tt.want {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTruth(t *testing.T) {
	const text = "source,item,value\nA,x,1\nB,x,2\nA,y,2\nB,z,1\n"
	gold := answers(t, "item,value\nx,2\ny,9\nq,1\n")
	for _, kind := range []weigh.Kind{weigh.Open, weigh.Classes} {
		truth, number, err := read(t, text, Options{Kind: kind}).Truth(gold)
		if want := []int32{1, Unnamed, weigh.Unsettled}; err != nil || number != nil || !slices.Equal(truth, want) {
			t.Errorf("%v: %v, %v, %v; want %v", kind, truth, number, err, want)
		}
	}
	truth, number, err := read(t, text, Options{Kind: weigh.Number}).Truth(gold)
	if err != nil || truth != nil || number[0] != 2 || number[1] != 9 || !math.IsNaN(number[2]) {
		t.Errorf("%v, %v, %v", truth, number, err)
	}
}

func TestLinks(t *testing.T) {
	const text = "source,item,value,origin\nA,x,1,\nA,y,1,own\nB,x,1,\nB,y,1,\nC,x,1,\n"
	links, err := ReadLinks(context.Background(), strings.NewReader("origin,source,item\nfeed,A,\nfeed,B,\nradio,B,y\nfeed,D,\nfeed,A,q\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := read(t, text, Options{Links: links})
	const want = "x: A 1 by 0, x: B 1 by 0, x: C 1, y: A 1 by 1, y: B 1 by 2" // feed, own, radio
	if got := statements(s); got != want || s.UnmetLinks != 2 {
		t.Errorf("%q, %d not met; want %q", got, s.UnmetLinks, want)
	}
	if s := read(t, text, Options{}); statements(s) != "x: A 1, x: B 1, x: C 1, y: A 1 by 0, y: B 1" {
		t.Errorf("without links %q", statements(s))
	}
	for text, want := range map[string]RowError{"source,origin\n,o\n": {2, 1, NoSource}, "source,origin\nA,\n": {2, 3, NoOrigin}} {
		_, err := ReadLinks(context.Background(), strings.NewReader(text))
		var bad *RowError
		if !errors.As(err, &bad) || *bad != want {
			t.Errorf("error %v", err)
		}
	}
}

func hierarchy(t *testing.T, text string) *Hierarchy {
	t.Helper()
	h, err := ReadHierarchy(context.Background(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHierarchy(t *testing.T) {
	const byName = "value,parent\ntown,province\nprovince,country\nisland,country\ncountry,\n"
	const byID = "ID,name,parentID\n0,country,-1\n1,province,0\n2,town,1\n3,island,0\n4,town,3\n5,country,1\n"
	const text = "source,item,value\nA,x,town\nB,x,country\nC,x,province\nD,x,elsewhere\nA,y,country\nB,y,elsewhere\nC,z,island\nD,z,country\nA,z,island\n"
	const want = "x: A town, x: B {country province town}, x: C {province town}, x: D elsewhere, y: A country, y: B elsewhere, z: A island, z: C island, z: D {country island}"
	t.Run("what is said less exactly allows what is part of it", func(t *testing.T) {
		if got := statements(read(t, text, Options{Hierarchy: hierarchy(t, byName)})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
	t.Run("a name that stands both above and below another is neither", func(t *testing.T) {
		h := hierarchy(t, byID)
		if h.Contains("country", "province") || h.Contains("province", "country") || !h.Contains("country", "town") || !h.Contains("island", "town") || !h.Contains("country", "island") {
			t.Error("wrong parts")
		}
	})
	t.Run("nothing is part of itself, or of what is not there", func(t *testing.T) {
		h := hierarchy(t, byName)
		if h.Contains("town", "town") || h.Contains("town", "country") || h.Contains("", "country") || h.Contains("elsewhere", "town") || h.Contains("country", "elsewhere") {
			t.Error("wrong parts")
		}
	})
	for _, text := range []string{"value,parent\na,b\nb,a\n", "value,parent\na,a\n", "value,parent\nx,a\na,b\nb,c\nc,a\n", "ID,name,parentID\n1,a,2\n2,b,1\n"} {
		t.Run("a circle is refused", func(t *testing.T) {
			if _, err := ReadHierarchy(context.Background(), strings.NewReader(text)); !errors.Is(err, ErrCycle) {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("an ID of two names is refused", func(t *testing.T) {
		_, err := ReadHierarchy(context.Background(), strings.NewReader("ID,name,parentID\n1,a,0\n1,b,0\n"))
		var bad *RowError
		if !errors.As(err, &bad) || bad.Line != 3 {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a file of another form is told what is missing", func(t *testing.T) {
		if _, err := ReadHierarchy(context.Background(), strings.NewReader("town,province\n")); !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), `no column "value"`) {
			t.Errorf("error %v", err)
		}
	})
}
