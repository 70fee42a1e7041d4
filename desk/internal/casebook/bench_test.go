package casebook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/weigh"
)

// BenchmarkGrade regrades a desk of 2,000 reports, each of sixty words with one
// statement, on two hundred days of one series. What it took to take them in is
// measured beside it.
func BenchmarkGrade(b *testing.B) {
	const reports, days, sources = 2000, 200, 100
	d := newDesk(b)
	var all []casebook.Incoming
	for i := range reports {
		day := (hearsay.Day(18_000) + hearsay.Day(i%days)).String()
		var words strings.Builder
		for w := range 60 {
			fmt.Fprintf(&words, "w%d ", (i*61+w*w)%3000)
		}
		all = append(all, d.message(fmt.Sprintf("CROW-%d", i%sources), fmt.Sprintf("%s[so](claim:rice@%s?value=%d)", words.String(), day, 4000+i%3)))
	}
	start := time.Now()
	d.receive(all...)
	taken := time.Since(start)
	book := casebook.NewBook()
	if err := d.store.Load(b.Context(), book.Apply); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := book.Grade(b.Context(), weigh.Default{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/reports, "ns/statement")
	b.ReportMetric(float64(taken.Microseconds())/reports, "µs/report-taken")
}
