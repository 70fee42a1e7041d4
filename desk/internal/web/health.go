package web

import "hearsay"

// The desk warns this many days before its charter ends (PROTOCOL.md section 3).
const (
	charterSoon   = 30
	charterUrgent = 7
)

// healthShow is the desk's health with what an editor should do about it.
type healthShow struct {
	Health
	Left    int // days that the charter still holds, below 0 when it has ended
	Renew   bool
	Urgent  bool
	Today   hearsay.Day
	Editors []string
}

func healthPage(v *visit) (page, error) {
	h, err := v.Works.Health(v.r.Context())
	if err != nil {
		return page{}, err
	}
	if h.Bundles == nil {
		h.Bundles = []Bundle{}
	}
	show := healthShow{Health: h, Left: int(h.Charter.To - v.today()), Today: v.today(), Editors: v.Casebook.Editors()}
	show.Renew, show.Urgent = show.Left <= charterSoon, show.Left <= charterUrgent
	return page{template: "health", title: "Health", place: "health", view: h, show: show}, nil
}

func renewCharter(v *visit) (done, error) {
	if err := v.Works.RenewCharter(v.r.Context(), v.form.Get("root_key"), v.form.Get("root_passphrase")); err != nil {
		return done{}, err
	}
	return done{next: "/health", notice: "The charter is renewed. Take the root key off this machine again."}, nil
}
