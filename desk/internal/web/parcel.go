package web

import (
	"fmt"
	"slices"
	"strings"
)

// ImportResult counts what a parcel brought.
type ImportResult struct {
	Drives  int   `json:"drives"`  // drive files of this desk
	Reports int   `json:"reports"` // new
	Whole   int   `json:"whole"`   // attached files that are whole now
	Waiting []int `json:"waiting"` // for each set that is not whole: how many more drives of it are needed
	Again   int   `json:"again"`   // cells that had come before
	Bad     int   `json:"bad"`     // cells that are damaged, in drive files of which others are not
	Foreign int   `json:"foreign"` // files for another desk, or damaged throughout
	Strange int   `json:"strange"` // files that belong to no parcel
}

// String says it in sentences.
func (r ImportResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s brought %s", count(r.Drives, "drive file", "drive files"), count(r.Reports, "new report", "new reports"))
	if r.Drives == 0 {
		b.Reset()
		fmt.Fprintf(&b, "The parcel brought %s", count(r.Reports, "new report", "new reports"))
	}
	if r.Whole > 0 {
		fmt.Fprintf(&b, " and %s", count(r.Whole, "attached file", "attached files"))
	}
	b.WriteString(".")
	if text := waits(r.Waiting); text != "" {
		b.WriteString(" " + text)
	}
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{r.Foreign, "file is sealed to another desk, or damaged", "files are sealed to another desk, or damaged"},
		{r.Strange, "file belongs to no parcel", "files belong to no parcel"},
		{r.Bad, "cell was damaged", "cells were damaged"},
	} {
		if part.n > 0 {
			fmt.Fprintf(&b, " %s.", count(part.n, part.one, part.many))
		}
	}
	return b.String()
}

// waits says of sets that are not whole what they need, and nothing else: what
// is in them nobody can know.
func waits(missing []int) string {
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("%s for %s: bring them here, in any order.",
		count(len(missing), "set of drives waits", "sets of drives wait"), count(slices.Max(missing), "more drive", "more drives"))
}

// waitingParcel is what the inbox shows of it.
func (v *visit) waitingParcel() string { return waits(v.Works.Waiting()) }

func importParcel(v *visit) (done, error) {
	r, err := v.Works.Import(v.r.Context(), v.files)
	if err != nil {
		return done{}, err
	}
	return done{next: "/inbox", notice: r.String(), body: map[string]any{
		"drives": r.Drives, "reports": r.Reports, "whole": r.Whole, "waiting": r.Waiting,
		"again": r.Again, "bad": r.Bad, "foreign": r.Foreign, "strange": r.Strange,
	}}, nil
}
