package casebook

import (
	"slices"

	"hearsay"
)

// CaseView is the claims about one person's custody, and what may be told.
type CaseView struct {
	Case    string       `json:"case"`
	Claims  []ClaimLine  `json:"claims"`
	Consent *ConsentView `json:"consent,omitempty"` // nil while nothing may be told
}

// ConsentView is what may be told of a case, by whose word.
type ConsentView struct {
	By     string      `json:"by"`
	Public string      `json:"public"`
	Day    hearsay.Day `json:"day"`
}

// Cases lists the cases that claims belong to, by name.
func (c *Casebook) Cases() []CaseView {
	v, _ := view(c, func(b *Book, g *Grades) ([]CaseView, error) {
		views := []CaseView{}
		byName := map[string][]ClaimLine{}
		var names []string
		for _, key := range b.keys {
			if name := b.claims[key].Case; name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		for _, address := range g.Addresses {
			if a := g.ByClaim[address.String()]; a.Claim.Case != "" {
				byName[a.Claim.Case] = append(byName[a.Claim.Case], claimLine(a, g.Calibrated))
			}
		}
		slices.Sort(names)
		for _, name := range names {
			v := CaseView{Case: name, Claims: byName[name]}
			if consent, ok := b.consents[name]; ok {
				v.Consent = &ConsentView{consent.By, consent.Public, consent.Day}
			}
			views = append(views, v)
		}
		return views, nil
	})
	return v
}
