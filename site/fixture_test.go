package site

import (
	"fmt"
	"strings"
	"testing"

	"hearsay"
)

// fixture is an edition with something of everything: corrections, every
// standing and kind of value, counts and none, periods that no file name holds,
// and text that tries to be markup.
func fixture(t testing.TB) hearsay.Edition {
	t.Helper()
	address := func(s string) hearsay.Address {
		a, err := hearsay.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	day := func(s string) hearsay.Day {
		d, err := hearsay.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	date := func(s string) hearsay.Date {
		d, err := hearsay.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	claims := map[string]hearsay.Claim{
		"pass/open":        {Key: "pass/open", Type: hearsay.Choice, Question: "Is the pass open?", Labels: []string{"open", "closed", "open-to-carts"}},
		"mill/burnt":       {Key: "mill/burnt", Type: hearsay.Truth, Question: "Did the mill burn?"},
		"guard/order":      {Key: "guard/order", Type: hearsay.Text, Question: "What does the order to the guards say?"},
		"flood/when":       {Key: "flood/when", Type: hearsay.Moment, Question: "When did the river break its bank?"},
		"births/2018":      {Key: "births/2018", Type: hearsay.Number, Question: "How many were born in 2018?", Unit: "persons", Record: "parish-office"},
		"births/2019":      {Key: "births/2019", Type: hearsay.Number, Question: "How many were born in 2019?", Unit: "persons", Record: "parish-office"},
		"births/2020":      {Key: "births/2020", Type: hearsay.Number, Question: "How many were born in 2020?", Unit: "persons", Record: "parish-office"},
		"births/2021":      {Key: "births/2021", Type: hearsay.Number, Question: "How many were born in 2021?", Unit: "persons", Record: "parish-office"},
		"price/flour/hill": {Key: "price/flour/hill", Type: hearsay.Number, Question: "What does a sack of flour cost in Hill?", Unit: "coins-per-sack", Series: "day", Scale: "log"},
		"share/women":      {Key: "share/women", Type: hearsay.Number, Question: "What share of them are women?", Unit: "percent"},
	}
	// held makes an assessment from a claim link's fields.
	held := func(on, link string, standing hearsay.Standing, origins, fragility int) hearsay.Assessment {
		t.Helper()
		assertion, err := hearsay.ParseLink("claim:" + link)
		if err != nil {
			t.Fatal(err)
		}
		a := hearsay.Assessment{Claim: assertion.Address, On: day(on), Standing: standing, Origins: origins, Fragility: fragility}
		c := claims[assertion.Address.Key]
		if standing != hearsay.NotKnown {
			if a.Value, err = c.Value(assertion); err != nil {
				t.Fatal(err)
			}
		}
		if standing == hearsay.VerifiedByRecord {
			a.Record = c.Record
		}
		return a
	}
	b1 := hearsay.Bulletin{
		ID: "B1", Kind: hearsay.News, Title: "The pass is shut & flour jumps", Published: day("2020-02-12"),
		Text: "# The pass is shut & flour jumps\n\n[The pass closed](claim:pass/open) at the end of January. Flour in Hill went from [about 4,650](claim:price/flour/hill@2020-01-27) to [6,500](claim:price/flour/hill@2020-02-06) coins a sack.\n\n## What is not known\n\nThat [the mill burnt](claim:mill/burnt) is told and <b onclick=\"x\">denied</b>. ![a picture](https://elsewhere.example/x.png)\n\n- [An order](claim:guard/order) goes round.\n- [The river](claim:flood/when) broke its bank.\n",
		Cites: []hearsay.Assessment{
			held("2020-02-12", "pass/open?value=closed", hearsay.Verified, 4, 2),
			held("2020-02-12", "price/flour/hill@2020-01-27?value=4650&approx=about", hearsay.Corroborated, 2, 1),
			held("2020-02-12", "price/flour/hill@2020-02-06?value=6500", hearsay.Corroborated, 2, 1),
			held("2020-02-12", "mill/burnt?value=yes", hearsay.Disputed, 0, 0),
			held("2020-02-12", "guard/order?value=nobody%20may%20pass%20after%20%3Cdark%3E", hearsay.Chatter, 0, 0),
			held("2020-02-12", "flood/when?value=2020-01", hearsay.Chatter, 1, 1),
		},
	}
	b2 := hearsay.Bulletin{
		ID: "B2", Kind: hearsay.News, Title: "Fewer births", Published: day("2020-12-21"), CorrectedBy: []string{"C1"},
		Text: "# Fewer births\n\nThe parish counted [1,420](claim:births/2018) births in 2018 and [960](claim:births/2019) in 2019. [Nearly half](claim:share/women) are girls.\n",
		Cites: []hearsay.Assessment{
			held("2020-12-21", "births/2018?value=1420", hearsay.Chatter, 1, 1),
			held("2020-12-21", "births/2019?value=960", hearsay.VerifiedByRecord, 0, 0),
			held("2020-12-21", "share/women?value=50&approx=nearly", hearsay.Chatter, 0, 0),
		},
	}
	c1 := hearsay.Bulletin{
		ID: "C1", Kind: hearsay.Correction, Title: "Correction to our bulletin of 21 December", Published: day("2020-12-23"), Corrects: "B2",
		Text: "# Correction to our bulletin of 21 December\n\nWe gave a wrong figure. [1,320](claim:births/2018) were born in 2018; [960](claim:births/2019) in 2019 was right.\n",
		Cites: []hearsay.Assessment{
			held("2020-12-23", "births/2018?value=1320", hearsay.VerifiedByRecord, 0, 0),
			held("2020-12-23", "births/2019?value=960", hearsay.VerifiedByRecord, 0, 0),
		},
	}
	p := .97
	b3 := hearsay.Bulletin{
		ID: "b3-1404", Kind: hearsay.News, Title: "산길이 다시 열렸다", Published: day("2021-06-12"),
		Text: "# 산길이 다시 열렸다\n\n[산길](claim:pass/open)이 열렸다. [700](claim:births/2020) and [fewer than 300](claim:births/2021); flour [7,000](claim:price/flour/hill@2021-06-04), in [spring](claim:price/flour/hill@2021-21~) [5 to 6 thousand](claim:price/flour/hill@2021-06-08). See [the parish](https://parish.example/).\n",
		Cites: []hearsay.Assessment{
			held("2021-06-12", "pass/open?value=open-to-carts", hearsay.Corroborated, 3, 1),
			held("2021-06-12", "births/2020?value=700", hearsay.VerifiedByRecord, 0, 0),
			held("2021-06-12", "births/2021?value=300&approx=under", hearsay.Chatter, 1, 1),
			held("2021-06-12", "price/flour/hill@2021-06-04?value=7000", hearsay.Chatter, 1, 1),
			held("2021-06-12", "price/flour/hill@2021-21~?value=5200", hearsay.NotKnown, 0, 0),
			held("2021-06-12", "price/flour/hill@2021-06-08?value=5000..6000", hearsay.Chatter, 1, 1),
		},
	}
	b3.Cites[0].Probability = &p
	b3.Cites[5].Interval = []float64{5000, 6000}
	e := hearsay.Edition{
		Serial: 4, Published: day("2021-06-12"),
		Desk: hearsay.Desk{
			Name: "The <Parish> Desk", ID: strings.Repeat("0123456789abcdef", 4), From: day("2020-02-12"),
			Key: "example-desk+51a3c1b2+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
		},
		Bulletins: []hearsay.Bulletin{b1, b2, c1, b3},
	}
	for _, b := range e.Bulletins {
		for _, a := range b.Cites {
			i := 0
			for i < len(e.Claims) && e.Claims[i].Address != a.Claim {
				i++
			}
			if i == len(e.Claims) {
				e.Claims = append(e.Claims, hearsay.PublicClaim{Claim: claims[a.Claim.Key], Address: a.Claim})
			}
			e.Claims[i].Assessments = append(e.Claims[i].Assessments, a)
			e.Claims[i].CitedBy = append(e.Claims[i].CitedBy, b.ID)
		}
	}
	number := func(n int) hearsay.Value {
		v, err := hearsay.Claim{Key: "x", Type: hearsay.Number}.Value(hearsay.Assertion{Value: fmt.Sprint(n), Hedge: "stated"})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for i := range e.Claims {
		switch e.Claims[i].Claim.Key {
		case "births/2018":
			e.Claims[i].Vintages = []hearsay.Vintage{{As: date("2019-01-10"), Value: number(1100)}, {As: date("2020-01-10"), Value: number(1320)}}
		case "births/2019":
			e.Claims[i].Vintages = []hearsay.Vintage{{As: date("2020-01-10"), Value: number(800)}, {As: date("2021-01-10"), Value: number(960)}}
		}
	}
	series := func(key, title, unit string, claims ...string) hearsay.Series {
		s := hearsay.Series{Key: key, Title: title, Unit: unit}
		for _, c := range claims {
			a := address(c)
			period := a.Period
			if period.IsZero() {
				period = date(c[strings.LastIndexByte(c, '/')+1:])
			}
			s.Points = append(s.Points, hearsay.SeriesPoint{Period: period, Claim: a})
		}
		return s
	}
	e.Series = []hearsay.Series{
		series("births", "Births", "persons", "births/2018", "births/2019", "births/2020", "births/2021"),
		series("price/flour/hill", "What does a sack of flour cost in Hill?", "coins-per-sack", "price/flour/hill@2020-01-27", "price/flour/hill@2020-02-06",
			"price/flour/hill@2021-21~", "price/flour/hill@2021-06-04", "price/flour/hill@2021-06-08"),
	}
	b, err := hearsay.MarshalEdition(e)
	if err != nil {
		t.Fatal(err)
	}
	read, err := hearsay.UnmarshalEdition(b)
	if err != nil {
		t.Fatal("the fixture is no edition:", err)
	}
	return read
}

// past is the fixture's: the bulletins came one an edition.
func past() Past {
	return Past{Entry: 4, First: map[string]int64{"bulletins/b1.html": 0, "bulletins/b2.html": 1, "bulletins/c1.html": 2}}
}

func rendered(t testing.TB, e hearsay.Edition, p Past) map[string][]byte {
	t.Helper()
	pages := map[string][]byte{}
	if err := Render(e, p, func(path string, page []byte) error {
		pages[path] = page
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return pages
}
