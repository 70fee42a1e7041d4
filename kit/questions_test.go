package kit

import (
	"encoding/json"
	"reflect"
	"testing"

	"hearsay"
)

// What is taken has keys that can stand in a link, a type that a form knows and
// a wording; written anew it is the same questions.
func FuzzParseQuestions(f *testing.F) {
	f.Add([]byte(`{"questions":[{"key":"prices/rice/hyesan","type":"number","unit":"KPW-per-kg","series":"day","ask":{"en":"?"}}]}`))
	f.Add([]byte(`{"questions":[{"key":"a","type":"choice","labels":["open","closed"],"ask":{"ko":"?"},"later":1}]}`))
	f.Add([]byte(`{"questions":[{"key":"../a","type":"text","ask":{"en":"?"}}]}`))
	f.Add([]byte(`[]`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, text []byte) {
		questions, err := parseQuestions(text)
		if err != nil {
			return
		}
		for _, q := range questions {
			if !hearsay.ValidKey(q.Key) || len(q.Ask) == 0 {
				t.Errorf("took %q", q.Key)
			}
		}
		b, err := json.Marshal(map[string]any{"questions": questions})
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseQuestions(b)
		if err != nil || len(again) != len(questions) || len(again) > 0 && !reflect.DeepEqual(again, questions) {
			t.Errorf("came back as others: %v", err)
		}
	})
}
