package kit

import (
	"encoding/json"
	"errors"
	"fmt"

	"hearsay"
)

// errQuestions is returned for questions that a form could not show.
var errQuestions = errors.New("not questions that a kit can ask")

// A Question is a claim that the desk asks about, worded for people. All of its
// strings are text and none is markup.
type Question struct {
	Key    string            `json:"key"`
	Type   hearsay.ClaimType `json:"type"`
	Unit   string            `json:"unit"`
	Labels []string          `json:"labels"`
	Series string            `json:"series"` // the period for which a value is asked, if any
	Ask    map[string]string `json:"ask"`    // the wording by language
}

// parseQuestions reads the JSON of PROTOCOL 4.2b, whose size the envelope has
// bounded. Fields that it does not know are those of a later version.
func parseQuestions(text []byte) ([]Question, error) {
	var file struct {
		Questions []Question `json:"questions"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("parse questions: %w", errQuestions)
	}
	for _, q := range file.Questions {
		if !hearsay.ValidKey(q.Key) || len(q.Ask) == 0 {
			return nil, fmt.Errorf("parse questions: %w", errQuestions)
		}
		switch q.Type {
		case hearsay.Number, hearsay.Choice, hearsay.Truth, hearsay.Moment, hearsay.Text:
		default:
			return nil, fmt.Errorf("parse questions: %w", errQuestions)
		}
	}
	return file.Questions, nil
}
