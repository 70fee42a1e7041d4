package envelope

import (
	"bytes"
	"compress/flate"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestQuestions(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	keys := []ed25519.PublicKey{d.public(), d.editors[0].public()}
	asked := Questions{Serial: 3, From: testDay, To: testDay + 90, JSON: []byte(`{"questions":[{"key":"prices/rice/hyesan","ask":{"ko":"쌀값은?"}}]}`)}
	good, err := SignQuestions(d.editors[0].key, d.id, asked)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]ed25519.PrivateKey{"the root": d.root, "an editor": d.editors[0].key} {
		t.Run("signed by "+name+" come back", func(t *testing.T) {
			b, err := SignQuestions(key, d.id, asked)
			if err != nil {
				t.Fatal(err)
			}
			q, err := ParseQuestions(d.id, keys, b)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) != QuestionsSize || q.Serial != 3 || !bytes.Equal(q.JSON, asked.JSON) || !q.Covers(testDay) || q.Covers(testDay+91) {
				t.Errorf("%d bytes, %+v", len(b), q)
			}
		})
	}
	t.Run("nearly 256 KiB come back", func(t *testing.T) {
		q := asked
		q.JSON = []byte(`"` + strings.Repeat("a", MaxQuestions-2) + `"`)
		b, err := SignQuestions(d.root, d.id, q)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseQuestions(d.id, keys, b); err != nil || !bytes.Equal(got.JSON, q.JSON) {
			t.Errorf("%d bytes, %v", len(got.JSON), err)
		}
	})
	t.Run("not signed", func(t *testing.T) {
		noise := make([]byte, 2*questionsRoom)
		source := rand.NewChaCha8([32]byte{})
		for i := range noise {
			noise[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[source.Uint64()%64]
		}
		for name, text := range map[string]string{
			"no JSON":            `{"questions":`,
			"text not UTF-8":     "\"\xff\"",
			"more than 256 KiB":  `"` + strings.Repeat("a", MaxQuestions) + `"`,
			"what does not pack": `"` + string(noise) + `"`,
		} {
			q := asked
			q.JSON = []byte(text)
			if _, err := SignQuestions(d.root, d.id, q); !errors.Is(err, ErrQuestions) {
				t.Errorf("%s: %v, want %v", name, err, ErrQuestions)
			}
		}
		q := asked
		q.To = q.From - 1
		if _, err := SignQuestions(d.root, d.id, q); !errors.Is(err, ErrQuestions) {
			t.Errorf("an end before the beginning: %v, want %v", err, ErrQuestions)
		}
	})
	// signed writes n packed bytes as a careless or hostile editor would.
	signed := func(packed []byte, n int, change func([]byte)) []byte {
		b := bytes.Clone(good)
		binary.BigEndian.PutUint32(b[52:], uint32(n))
		clear(b[questionsHeader:questionsSigned])
		copy(b[questionsHeader:questionsSigned], packed)
		if change != nil {
			change(b)
		}
		copy(b[questionsSigned:], ed25519.Sign(d.root, questionsPreimage(b)))
		return b
	}
	pack := func(text string) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
		w.Close()
		return b.Bytes()
	}
	small, bomb := pack("{}"), pack(`"`+strings.Repeat("a", 20<<20)+`"`)
	if _, err := ParseQuestions(d.id, keys, signed(small, len(small), nil)); err != nil {
		t.Fatalf("the forger's tool is no good: %v", err)
	}
	if len(bomb) > questionsRoom {
		t.Fatal("the bomb does not fit")
	}
	for _, tt := range []struct {
		name string
		b    []byte
	}{
		{"nothing", nil},
		{"a byte too few", good[1:]},
		{"a byte changed", func() []byte { b := bytes.Clone(good); b[questionsHeader] ^= 1; return b }()},
		{"another magic", signed(small, len(small), func(b []byte) { b[0] = 'h' })},
		{"another desk", signed(small, len(small), func(b []byte) { b[8] ^= 1 })},
		{"an end before the beginning", signed(small, len(small), func(b []byte) { b[44] = 0xff })},
		{"a bomb of 20 MiB", signed(bomb, len(bomb), nil)},
		{"no DEFLATE", signed([]byte{0xff, 0xff}, 2, nil)},
		{"DEFLATE cut short", signed(small[:len(small)-1], len(small)-1, nil)},
		{"something after the end", signed(append(bytes.Clone(small), 7), len(small)+1, nil)},
		{"filler that is not zero", signed(append(bytes.Clone(small), 7), len(small), nil)},
		{"a length beyond the file", signed(small, QuestionsSize, nil)},
		{"no JSON", signed(pack("{"), len(pack("{")), nil)},
	} {
		t.Run("refused: "+tt.name, func(t *testing.T) {
			if _, err := ParseQuestions(d.id, keys, tt.b); !errors.Is(err, ErrQuestions) {
				t.Errorf("ParseQuestions = %v, want %v", err, ErrQuestions)
			}
		})
	}
	t.Run("refused: signed by somebody else", func(t *testing.T) {
		if _, err := ParseQuestions(d.id, []ed25519.PublicKey{newTestEditor(t, d.id).public()}, good); !errors.Is(err, ErrQuestions) {
			t.Errorf("ParseQuestions = %v, want %v", err, ErrQuestions)
		}
	})
}
