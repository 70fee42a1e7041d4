package example

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cuts sets the cuts that the editors decide on today.
func (s *scene) cuts(ctx context.Context) error {
	for _, c := range s.Dossier.Desk.Captured {
		if c.Decided != s.today {
			continue
		}
		began := time.Now()
		handle, err := s.handle(ctx, c.Source)
		if err != nil {
			return err
		}
		var set struct {
			Effect struct {
				Reports   int
				Regrades  []struct{ Claim string }
				Bulletins []string
			}
		}
		if err := s.editors[0].post(ctx, "/sources/"+handle+"/cut", url.Values{"since": {c.Since.String()}}, &set); err != nil {
			return err
		}
		s.tell("desk", began, "%s may be captured: cut since %s, %s quarantined, %s regrade at once",
			c.Source, c.Since, plural(set.Effect.Reports, "report"), plural(len(set.Effect.Regrades), "claim"))
	}
	return nil
}

// handle finds the page of a source by its code name.
func (s *scene) handle(ctx context.Context, codeName string) (string, error) {
	var list struct {
		Sources []struct {
			Handle   string
			CodeName string `json:"code_name"`
		}
	}
	if err := s.editors[0].get(ctx, "/sources", &list); err != nil {
		return "", err
	}
	for _, source := range list.Sources {
		if source.CodeName == codeName {
			return source.Handle, nil
		}
	}
	return "", fmt.Errorf("the desk has no source called %s", codeName)
}

// merges has editors merge the reports that they find to share one origin.
func (s *scene) merges(ctx context.Context) error {
	for _, m := range s.Dossier.Desk.Merges {
		if m.On != s.today {
			continue
		}
		began := time.Now()
		e, err := s.editor(m.Editor)
		if err != nil {
			return err
		}
		form := url.Values{"claim": {m.Claim}, "why": {m.Why}}
		for _, id := range m.Reports {
			form.Add("report", strconv.FormatInt(s.places[id], 10))
		}
		if err := e.post(ctx, "/merge", form, nil); err != nil {
			return err
		}
		s.tell("desk", began, "%s merges %s on %s: one origin", m.Editor, plural(len(m.Reports), "report"), m.Claim)
	}
	return nil
}

// signatures has editors sign claims as they stand.
func (s *scene) signatures(ctx context.Context) error {
	for _, d := range s.Dossier.Desk.Signatures {
		if d.On != s.today {
			continue
		}
		began := time.Now()
		e, err := s.editor(d.Editor)
		if err != nil {
			return err
		}
		claims := d.Claims
		if d.Claim != "" {
			claims = append(slices.Clone(claims), d.Claim)
		}
		for _, claim := range claims {
			form := url.Values{"claim": {claim}}
			if d.ByRecord {
				form.Set("by_record", "yes")
			}
			if err := e.post(ctx, "/sign", form, nil); err != nil {
				return fmt.Errorf("%s: %w", claim, err)
			}
		}
		what := "signs"
		if d.ByRecord {
			what = "compares with the record and signs"
		}
		s.tell("desk", began, "%s %s %s", d.Editor, what, strings.Join(claims, ", "))
	}
	return nil
}

// consents records what families let the desk tell.
func (s *scene) consents(ctx context.Context) error {
	for _, c := range s.Dossier.Desk.Consents {
		if c.On != s.today {
			continue
		}
		began := time.Now()
		if err := s.editors[0].post(ctx, "/consent", url.Values{"case": {c.Case}, "by": {c.By}, "public": {c.Public}}, nil); err != nil {
			return err
		}
		s.tell("desk", began, "the %s consents that %s be told: %s", c.By, c.Case, c.Public)
	}
	return nil
}

// overrides has two editors let a bulletin pass that the gate blocks.
func (s *scene) overrides(ctx context.Context) error {
	for _, o := range s.Dossier.Desk.Overrides {
		if o.On != s.today {
			continue
		}
		if err := s.draft(ctx, s.Dossier.Bulletins[o.Bulletin]); err != nil {
			return err
		}
		began := time.Now()
		err := s.editors[0].post(ctx, "/bulletins/"+o.Bulletin+"/publish", url.Values{}, nil)
		var blocked *refusal
		if !errors.As(err, &blocked) {
			return fmt.Errorf("%s went out although only an override should let it: %w", o.Bulletin, errors.Join(err, ErrDesk))
		}
		for _, f := range blocked.findings {
			if f.Blocks {
				s.tell("desk", began, "the gate blocks %s, %s on %s: %s", o.Bulletin, f.Rule, f.Claim, strings.TrimSuffix(f.Risk, "."))
			}
		}
		began = time.Now()
		for _, name := range o.Editors {
			e, err := s.editor(name)
			if err != nil {
				return err
			}
			if err := e.post(ctx, "/bulletins/"+o.Bulletin+"/override", url.Values{"claim": {o.Claim}, "why": {o.Why}}, nil); err != nil {
				return err
			}
		}
		s.tell("desk", began, "%s override it together, with a reason that is kept", strings.Join(o.Editors, " and "))
	}
	return nil
}

// draft keeps a bulletin's text at the desk, once.
func (s *scene) draft(ctx context.Context, b Bulletin) error {
	if s.drafted[b.ID] {
		return nil
	}
	s.drafted[b.ID] = true
	return s.editors[0].post(ctx, "/draft", url.Values{"id": {b.ID}, "kind": {b.Kind}, "text": {b.Text}, "corrects": {b.Corrects}}, nil)
}

// publications sends out the bulletins of today, each through the gate into the
// ledger, and builds the site anew.
func (s *scene) publications(ctx context.Context) error {
	for _, id := range s.Dossier.Desk.Publishes {
		b := s.Dossier.Bulletins[id]
		if b.Day != s.today {
			continue
		}
		s.hadNews = true
		began := time.Now()
		if err := s.draft(ctx, b); err != nil {
			return err
		}
		if err := s.editors[0].post(ctx, "/bulletins/"+id+"/publish", url.Values{}, nil); err != nil {
			return err
		}
		s.Bulletins = append(s.Bulletins, id)
		verb := "goes"
		if b.Corrects != "" {
			verb = "corrects " + b.Corrects + " and goes"
		}
		s.tell("desk", began, "%s %s through the gate and into the ledger", id, verb)
		began = time.Now()
		pages, err := s.buildSite(ctx)
		if err != nil {
			return err
		}
		s.tell("site", began, "is built anew: %s, each as the ledger has it", plural(pages, "file"))
	}
	return nil
}

// buildSite runs the command that makes the public files of the edition.
func (s *scene) buildSite(ctx context.Context) (pages int, err error) {
	out, err := s.Program.run(ctx, "site", "build", s.Stage.Edition(), "--out", s.Stage.Site())
	if err != nil {
		return 0, err
	}
	var built struct{ Pages int }
	if err := json.Unmarshal(out, &built); err != nil {
		return 0, fmt.Errorf("site build: %w", err)
	}
	return built.Pages, nil
}

// cover has the desk send its cover deposits of the last day. A real desk sends
// them every day, at random times.
func (s *scene) cover(ctx context.Context) error {
	began := time.Now()
	sent, err := s.desk.errand(ctx, "cover "+strconv.Itoa(coverADay))
	if err != nil {
		return err
	}
	s.Deposits += sent.Deposits
	s.tell("desk", began, "sends its %d cover deposits of the day, like any other", sent.Deposits)
	return nil
}
