package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearsay"
)

// feedCount is how many bulletins the feed has.
const feedCount = 30

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle"`
	ID       string      `xml:"id"`
	Updated  string      `xml:"updated"`
	Author   atomAuthor  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Title     string      `xml:"title"`
	ID        string      `xml:"id"`
	Published string      `xml:"published"`
	Updated   string      `xml:"updated"`
	Link      []atomLink  `xml:"link"`
	Category  atomTerm    `xml:"category"`
	Summary   string      `xml:"summary"`
	Content   atomContent `xml:"content"`
}

type atomTerm struct {
	Term string `xml:"term,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// feed writes the newest bulletins as Atom (RFC 4287). A corrected bulletin is
// updated on the day of its correction, which is an entry of its own as well.
// Links are relative to the feed, since a site has no one address.
func (r *renderer) feed() ([]byte, error) {
	f := atomFeed{
		Language: language, Title: r.edition.Desk.Name, Subtitle: r.words.say("feed.subtitle"),
		ID: r.feedID(""), Updated: atomDay(r.edition.Published), Author: atomAuthor{r.edition.Desk.Name},
		Links: []atomLink{{"self", "application/atom+xml", feedFile}, {"alternate", "text/html", frontPage}},
	}
	bulletins := slices.Clone(r.edition.Bulletins)
	slices.SortStableFunc(bulletins, func(a, b hearsay.Bulletin) int { return int(r.updated(a)) - int(r.updated(b)) })
	for _, b := range slices.Backward(bulletins) {
		if len(f.Entries) == feedCount {
			break
		}
		f.Entries = append(f.Entries, r.feedEntry(b))
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	e.Indent("", " ")
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// updated is the day of a bulletin's last correction, or of itself.
func (r *renderer) updated(b hearsay.Bulletin) hearsay.Day {
	day := b.Published
	for _, id := range b.CorrectedBy {
		day = max(day, r.bulletins[id].Published)
	}
	return day
}

func (r *renderer) feedEntry(b hearsay.Bulletin) atomEntry {
	at := bulletinPlace(b.ID)
	e := atomEntry{
		Title: b.Title, ID: r.feedID(b.ID), Published: atomDay(b.Published), Updated: atomDay(r.updated(b)),
		Link: []atomLink{{"alternate", "text/html", at}}, Category: atomTerm{string(b.Kind)}, Summary: lead(b),
	}
	var text strings.Builder
	for _, id := range b.CorrectedBy {
		c := r.bulletins[id]
		notice := r.words.say("feed.corrected", r.words.day(c.Published), c.Title)
		e.Summary = notice + " " + e.Summary
		fmt.Fprintf(&text, "<p><strong><a href=\"%s\">%s</a></strong></p>\n", escape(bulletinPlace(id)), escape(notice))
	}
	if b.Corrects != "" {
		e.Link = append(e.Link, atomLink{"related", "text/html", bulletinPlace(b.Corrects)})
	}
	wrong := r.wrongIn(b)
	for _, block := range hearsay.Page([]byte(b.Text), func(a hearsay.Address) (string, bool) {
		if _, published := r.claims[a.String()]; !published {
			return "", false
		}
		return claimPlace(a), wrong[a.String()]
	}) {
		text.WriteString(string(block.HTML))
	}
	e.Content = atomContent{"html", text.String()}
	return e
}

func atomDay(d hearsay.Day) string { return d.Time().Format(time.RFC3339) }

// feedID makes a name that never changes and is nobody's address: a UUID of
// version 8 (RFC 9562) from the desk's number and the bulletin's id.
func (r *renderer) feedID(bulletin string) string {
	sum := sha256.Sum256([]byte("hearsay feed\n" + r.edition.Desk.ID + "\n" + bulletin))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
