package desk

import (
	"encoding/json"
	"errors"
	"fmt"

	"hearsay/desk/internal/casebook"
)

// ErrClaims tells that a file of claims cannot be used.
var ErrClaims = errors.New("not a usable file of claims")

const maxClaims = 1 << 20

// ParseClaims reads the claims that a new desk asks about: a JSON document with
// a list "claims", whose fields are those of DESIGN.md. Other parts of the
// document are left for later versions. Claims of no case are asked by kits:
// nobody is told of a person by being asked.
func ParseClaims(document []byte) ([]casebook.Claim, error) {
	if len(document) > maxClaims {
		return nil, fmt.Errorf("more than 1 MiB: %w", ErrClaims)
	}
	var parsed struct {
		Claims []casebook.Claim `json:"claims"`
	}
	if err := json.Unmarshal(document, &parsed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClaims, err)
	}
	if len(parsed.Claims) == 0 {
		return nil, fmt.Errorf("it lists no claims: %w", ErrClaims)
	}
	seen := map[string]bool{}
	for i, c := range parsed.Claims {
		if err := c.Validate(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrClaims, err)
		}
		if seen[c.Key] {
			return nil, fmt.Errorf("%s stands twice: %w", c.Key, ErrClaims)
		}
		seen[c.Key] = true
		parsed.Claims[i].Asked = c.Case == ""
	}
	return parsed.Claims, nil
}

// question is what a kit shows of a claim. It has no word of who could know, of
// cases and of records: everyone downloads it.
type question struct {
	Key    string            `json:"key"`
	Type   string            `json:"type"`
	Unit   string            `json:"unit,omitempty"`
	Labels []string          `json:"labels,omitempty"`
	Series string            `json:"series,omitempty"`
	Ask    map[string]string `json:"ask"` // the wording by language
}

// questionsJSON writes the questions of PROTOCOL.md 4.2b.
func questionsJSON(claims []casebook.Claim) ([]byte, error) {
	var asked []question
	for _, c := range claims {
		if c.Asked && c.Case == "" && !c.Candidate {
			asked = append(asked, question{c.Key, string(c.Type), c.Unit, c.Labels, c.Series, map[string]string{"en": c.Question}})
		}
	}
	return json.Marshal(struct {
		Questions []question `json:"questions"`
	}{asked})
}
