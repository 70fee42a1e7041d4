package web

import "slices"

// signInView tells a client who it is signed in as, if anybody.
type signInView struct {
	Editor string `json:"editor,omitempty"`
}

func signInPage(v *visit) (page, error) {
	return page{template: "signin", title: "Sign in", view: signInView{v.editor}}, nil
}

func signIn(v *visit) (done, error) {
	name, passphrase := v.form.Get("name"), v.form.Get("passphrase")
	tallied := ""
	if slices.Contains(v.Casebook.Editors(), name) {
		tallied = name
	}
	right, wait := v.brake.try(tallied, func() bool {
		return v.CheckPassphrase(name, passphrase) && tallied != ""
	})
	switch {
	case wait > 0:
		return done{}, errWait(wait)
	case !right:
		return done{}, errPassword
	}
	v.begin(name)
	return done{next: "/inbox", body: map[string]any{"editor": name}}, nil
}

func signOut(v *visit) (done, error) {
	v.begin("")
	return done{next: signInPath, notice: "You are signed out."}, nil
}
