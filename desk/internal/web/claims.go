package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// claimsView lists the claims.
type claimsView struct {
	Claims []casebook.ClaimLine `json:"claims"`
}

// claimFamily is the claims whose keys begin with the same word.
type claimFamily struct {
	Name   string
	Claims []casebook.ClaimLine
}

func claimsPage(v *visit) (page, error) {
	view := claimsView{Claims: v.Casebook.Claims()}
	if view.Claims == nil {
		view.Claims = []casebook.ClaimLine{}
	}
	var families []claimFamily
	for _, c := range view.Claims {
		name, _, _ := strings.Cut(c.Address, "/")
		name = strings.ReplaceAll(name, "-", " ")
		if n := len(families); n == 0 || families[n-1].Name != name {
			families = append(families, claimFamily{Name: name})
		}
		last := &families[len(families)-1]
		last.Claims = append(last.Claims, c)
	}
	return page{template: "claims", title: "Claims", place: "claims", view: view, show: families}, nil
}

// claimShow is a claim with its mark and its statements in the groups that the
// table shows.
type claimShow struct {
	casebook.ClaimView
	Mark   mark
	Groups []statementGroup
	Falls  []fall
}

// statementGroup is statements that count, or do not, for one reason.
type statementGroup struct {
	Kind       string // behind, rival, denial, silent, aside, out, misfit
	Name       string // of the origin, if it is one
	Says       string
	Because    []string
	Statements []casebook.StatementView
}

// fall is how the claim would stand were an origin silent.
type fall struct {
	Name    string
	After   casebook.ClaimLine
	Changes bool
}

func claimPage(v *visit) (page, error) { return showClaim(v, v.r.PathValue("address")) }

// claimAgain shows the claim that a form was about.
func claimAgain(v *visit) (page, error) { return showClaim(v, v.form.Get("claim")) }

func showClaim(v *visit, where string) (page, error) {
	address, err := hearsay.ParseAddress(where)
	if err != nil {
		return page{}, casebook.ErrNoSuch
	}
	c, err := v.Casebook.Claim(v.r.Context(), address)
	if err != nil {
		return page{}, err
	}
	show := claimShow{ClaimView: c, Mark: markOf(c), Groups: groupsOf(c)}
	for _, o := range c.Behind {
		if o.Without != nil {
			changes := o.Without.Standing != c.Standing || o.Without.Says != c.Says
			show.Falls = append(show.Falls, fall{o.Name, *o.Without, changes})
		}
	}
	show.History = historyOf(c.History)
	return page{template: "claim", title: asked(c.Question, c.Address), place: "claims", view: c, show: show}, nil
}

// historyOf is what a reader can tell apart, newest first. The casebook also
// keeps where P or the fragility alone moved.
func historyOf(all []casebook.HistoryView) []casebook.HistoryView {
	history := slices.CompactFunc(slices.Clone(all), func(a, b casebook.HistoryView) bool {
		return a.Standing == b.Standing && a.Says == b.Says && a.Origins == b.Origins
	})
	slices.Reverse(history)
	return history
}

func groupsOf(c casebook.ClaimView) []statementGroup {
	var groups []statementGroup
	seen := map[string]bool{}
	origin := func(kind, says string, o casebook.OriginView) {
		// A group that meets two values stands under the first alone.
		key := o.Name + " " + strconv.FormatInt(o.Statements[0].Report, 10)
		if !seen[key] {
			groups = append(groups, statementGroup{kind, o.Name, says, o.Because, o.Statements})
		}
		seen[key] = true
	}
	for _, o := range c.Behind {
		origin("behind", o.Says, o)
	}
	for _, r := range c.Rivals {
		for _, o := range r.Origins {
			origin("rival", o.Says, o)
		}
	}
	for _, rest := range []statementGroup{
		{Kind: "denial", Statements: c.Denials},
		{Kind: "silent", Statements: c.Silent},
		{Kind: "aside", Statements: c.Aside},
		{Kind: "out", Statements: c.Out},
		{Kind: "misfit", Statements: c.Misfits},
	} {
		if len(rest.Statements) > 0 {
			groups = append(groups, rest)
		}
	}
	return groups
}

func sign(v *visit) (done, error) {
	address, err := hearsay.ParseAddress(v.form.Get("claim"))
	if err != nil {
		return done{}, casebook.ErrNoSuch
	}
	byRecord := v.form.Get("by_record") == "yes"
	if err := v.Casebook.Sign(v.r.Context(), v.editor, address, byRecord); err != nil {
		return done{}, err
	}
	return v.backTo(address, "Signed.")
}

func merge(v *visit) (done, error) {
	address, err := hearsay.ParseAddress(v.form.Get("claim"))
	if err != nil {
		return done{}, casebook.ErrNoSuch
	}
	var places []int64
	for _, field := range v.form["report"] {
		place, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return done{}, casebook.ErrOneOrigin
		}
		places = append(places, place)
	}
	if err := v.Casebook.Merge(v.r.Context(), v.editor, address, places, v.form.Get("why")); err != nil {
		return done{}, err
	}
	return v.backTo(address, "Merged: these reports now speak as one.")
}

// backTo answers with how the claim stands now.
func (v *visit) backTo(address hearsay.Address, notice string) (done, error) {
	c, err := v.Casebook.Claim(v.r.Context(), address)
	if err != nil {
		return done{}, err
	}
	return done{next: claimPath(c.Address), notice: notice + " It stands as " + string(c.Standing) + ".", body: map[string]any{"claim": c.ClaimLine}}, nil
}

// claimPath is a claim's page. A period of EDTF may hold a ? or a %.
func claimPath(address string) string { return (&url.URL{Path: "/claims/" + address}).EscapedPath() }
