//go:build kit

package interop_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
)

// mutated draws a change of a good file: a byte, an integer at an end of its
// range, or a stretch of zeros.
func mutated(t *rapid.T, good []byte) []byte {
	b := bytes.Clone(good)
	at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
	switch rapid.IntRange(0, 3).Draw(t, "change") {
	case 0:
		b[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
	case 1:
		b[at] = rapid.SampledFrom([]byte{0, 1, 2, 3, 4, 8, 16, 17, 0x7f, 0xff}).Draw(t, "byte")
	case 2:
		clear(b[at:min(len(b), at+rapid.IntRange(1, 40).Draw(t, "zeros"))])
	case 3:
		n := min(len(b)-at, 32)
		copy(b[at:], bytes.Repeat([]byte{0xff}, n))
	}
	return b
}

// near is mutated with a preference for the head of a file, where its fields are.
func near(t *rapid.T, good []byte, head int) []byte {
	if rapid.Bool().Draw(t, "head") {
		return append(mutated(t, good[:head]), good[head:]...)
	}
	return mutated(t, good)
}

// tag is T(s).
func tag(s string) []byte { return append([]byte{byte(len(s))}, s...) }

// signed ends a file with a signature over what the preimage of its body is.
func signed(key ed25519.PrivateKey, body []byte, preimage func([]byte) []byte) []byte {
	return append(bytes.Clone(body), ed25519.Sign(key, preimage(body))...)
}

func hashed(domain string) func([]byte) []byte {
	return func(b []byte) []byte {
		sum := sha256.Sum256(b)
		return append(tag(domain), sum[:]...)
	}
}

func under(domain string, id envelope.DeskID) func([]byte) []byte {
	return func(b []byte) []byte { return append(append(tag(domain), id[:]...), b...) }
}

// alike fails unless both take it or both refuse it.
func alike(t failer, what string, inGo error, inTypeScript bool) {
	t.Helper()
	if (inGo == nil) != inTypeScript {
		t.Fatalf("%s: TypeScript takes it %v; Go: %v", what, inTypeScript, inGo)
	}
}

// TestRefusedAlike: whatever is changed in something good, signed anew or not,
// both take it or both refuse it.
func TestRefusedAlike(t *testing.T) {
	d := newDesk(t, 2)
	e := d.editors[0]
	t.Run("a charter", func(t *testing.T) {
		taken := 0
		rapid.Check(t, func(t *rapid.T) {
			charter := near(t, d.charter[:1336], 24)
			if rapid.IntRange(0, 9).Draw(t, "sign") > 0 {
				charter = signed(d.root, charter, func(b []byte) []byte { return append(tag("hs1-charter"), b...) })
			} else {
				charter = append(charter, d.charter[1336:]...)
			}
			roster := append(bytes.Clone(charter), d.roster[envelope.CharterSize:]...)
			taken += rosterAlike(t, d, roster)
		})
		if taken == 0 {
			t.Error("none was taken: the test shows nothing")
		}
	})
	t.Run("a block", func(t *testing.T) {
		taken := 0
		rapid.Check(t, func(t *rapid.T) {
			const longTerm, bundle = 1312, 2512
			block := bytes.Clone(e.block)
			part, domain := block[:longTerm], "hs1-ltk"
			if n := rapid.IntRange(0, 2).Draw(t, "part"); n > 0 {
				part, domain = block[longTerm+(n-1)*bundle:][:bundle], "hs1-eph"
			}
			copy(part, signed(e.key, near(t, part[:len(part)-64], 16), under(domain, d.id)))
			roster := bytes.Clone(d.roster)
			copy(roster[envelope.CharterSize:], block)
			taken += rosterAlike(t, d, roster)
		})
		if taken == 0 {
			t.Error("none was taken: the test shows nothing")
		}
	})
	t.Run("a roster", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { rosterAlike(t, d, mutated(t, d.roster)) })
	})
	t.Run("questions", func(t *testing.T) {
		good, err := envelope.SignQuestions(d.root, d.id, envelope.Questions{From: today, To: today + 1, JSON: []byte(`{"questions":[{"key":"a","ask":{"ko":"쌀값은 얼마입니까? 쌀값은?"}}]}`)})
		check(t, err)
		length := int(binary.BigEndian.Uint32(good[52:]))
		taken := 0
		rapid.Check(t, func(t *rapid.T) {
			file := near(t, good[:envelope.QuestionsSize-64], 56+length)
			file = signed(d.root, file, hashed("hs1-questions"))
			_, err := envelope.ParseQuestions(d.id, []ed25519.PublicKey{d.public()}, file)
			var got any
			ok := typescript.do(t, "questions", ask{"desk": d.id[:], "keys": [][]byte{d.public()}, "file": file}, &got)
			alike(t, "questions", err, ok)
			if ok {
				taken++
			}
		})
		if taken == 0 {
			t.Error("none was taken: the test shows nothing")
		}
	})
	t.Run("a drop", func(t *testing.T) {
		good, err := envelope.BuildDrop(e.key, d.id, envelope.DropContent{Epoch: today, Rows: rows})
		check(t, err)
		words := newPhrase(t)
		author, fetch := e.longTerm()
		taken := 0
		rapid.Check(t, func(t *rapid.T) {
			file := near(t, good[:len(good)-64], 112)
			if rapid.IntRange(0, 9).Draw(t, "sign") > 0 {
				file = signed(e.key, file, hashed("hs1-drop"))
			} else {
				file = append(file, good[len(good)-64:]...)
			}
			_, err := envelope.ParseDrop(d.id, e.public(), rows, file)
			var got readDrop
			ok := typescript.do(t, "drop", ask{"desk": d.id[:], "key": []byte(e.public()), "rows": rows, "file": file, "phrase": words.Words(), "author": author, "fetch": fetch}, &got)
			alike(t, "drop", err, ok)
			if ok {
				taken++
			}
		})
		if taken == 0 {
			t.Error("none was taken: the test shows nothing")
		}
	})
	t.Run("an outbound file", func(t *testing.T) {
		drop, err := envelope.BuildDrop(e.key, d.id, envelope.DropContent{Epoch: today, Rows: rows})
		check(t, err)
		good, err := envelope.MarshalOutbound(d.public(), d.roster, nil, [][]byte{drop})
		check(t, err)
		rapid.Check(t, func(t *rapid.T) {
			file := near(t, good, 64)
			_, err := envelope.ParseOutbound(file)
			var got any
			alike(t, "outbound file", err, typescript.do(t, "outbound", ask{"file": file}, &got))
		})
	})
	t.Run("a chunk", func(t *testing.T) {
		key := envelope.NewFileKey()
		secret := key.Bytes()
		good, err := envelope.SealChunk(d.id, key, 0, 1, []byte("data"))
		check(t, err)
		rapid.Check(t, func(t *rapid.T) {
			chunk := near(t, good, 64)
			_, err := envelope.OpenChunk(d.id, key, 0, 1, chunk)
			var got []byte
			alike(t, "chunk", err, typescript.do(t, "openChunk", ask{"desk": d.id[:], "key": secret[:], "i": 0, "n": 1, "chunk": chunk}, &got))
		})
	})
	t.Run("a manifest", func(t *testing.T) {
		good, err := envelope.ManifestBody{Files: []envelope.File{
			{Key: envelope.NewFileKey(), Size: envelope.ChunkData + 1, Chunks: 2, Name: "기록.pdf"},
			{Key: envelope.NewFileKey(), Size: 5, Chunks: 1, Name: "photo-1.jpg"},
		}}.Marshal()
		check(t, err)
		taken := 0
		rapid.Check(t, func(t *rapid.T) {
			body := mutated(t, good)
			_, err := envelope.ParseManifest(body)
			var got []byte
			ok := typescript.do(t, "manifest", ask{"body": body}, &got)
			alike(t, "manifest", err, ok)
			if ok {
				taken++
			}
		})
		if taken == 0 {
			t.Error("none was taken: the test shows nothing")
		}
	})
	t.Run("a status and an answer", func(t *testing.T) {
		status := envelope.Status{Epoch: today, Puzzle: 18}.Marshal()
		rapid.Check(t, func(t *rapid.T) {
			file := near(t, status, 64)
			_, err := envelope.ParseStatus(file)
			var ok bool
			typescript.must(t, "status", ask{"file": file}, &ok)
			alike(t, "status", err, ok)
			file = near(t, envelope.Answer(envelope.Taken), 1)
			code, err := envelope.ParseAnswer(file)
			var got int
			typescript.must(t, "answer", ask{"file": file}, &got)
			if alike(t, "answer", err, got >= 0); err == nil && got != int(code) {
				t.Fatalf("code %d, want %d", got, code)
			}
		})
	})
	t.Run("an envelope", func(t *testing.T) {
		source := newSource(t, newPhrase(t), d.id)
		roster, err := envelope.ParseRoster(d.public(), d.roster, today, 0)
		check(t, err)
		payloads, err := source.Seal(roster, envelope.Daily, "report")
		check(t, err)
		bundle := d.bundle(t, e, envelope.Daily)
		rapid.Check(t, func(t *rapid.T) {
			b := mutated(t, payloads[0][:envelope.Size])
			_, err := e.opener(d.id, envelope.Daily).Open(b)
			var got said
			alike(t, "envelope", err, typescript.do(t, "openBundle", bundle.with(ask{"envelope": b}), &got))
		})
	})
	t.Run("a plaintext, sealed", func(t *testing.T) {
		good := plaintext(t, d)
		bundle := d.bundle(t, e, envelope.Daily)
		taken := 0
		rapid.Check(t, func(t *rapid.T) {
			text := good
			switch rapid.IntRange(0, 2).Draw(t, "where") {
			case 0:
				text = append(mutated(t, good[:2]), good[2:]...) // version, type
			case 1:
				text = append(append(bytes.Clone(good[:1410]), mutated(t, good[1410:1420])...), good[1420:]...) // part, parts, len
			case 2:
				text = mutated(t, good)
			}
			var b []byte
			typescript.must(t, "sealRaw", d.asks().with(ask{"class": 0, "plaintext": text}), &b)
			m, err := e.opener(d.id, envelope.Daily).Open(b)
			var got said
			ok := typescript.do(t, "openBundle", bundle.with(ask{"envelope": b}), &got)
			alike(t, "plaintext", err, ok)
			if ok {
				taken++
				if !got.same(m) || got.Endorsed != m.Endorsed(d.id) {
					t.Fatalf("both take it and read it otherwise")
				}
			}
		})
		if taken == 0 {
			t.Error("none was taken: the test shows nothing")
		}
	})
	t.Run("a rollover", func(t *testing.T) {
		body := rolloverBody(t, d)
		rapid.Check(t, func(t *rapid.T) {
			b := mutated(t, body)
			_, err := envelope.ParseRollover(d.id, b)
			var ok bool
			typescript.must(t, "rollover", ask{"desk": d.id[:], "body": b}, &ok)
			alike(t, "rollover", err, ok)
		})
	})
}

func rosterAlike(t failer, d *desk, roster []byte) (taken int) {
	t.Helper()
	_, err := envelope.ParseRoster(d.public(), roster, today, 3)
	var got any
	ok := typescript.do(t, "roster", d.asks().with(ask{"roster": roster, "serial": 3}), &got)
	alike(t, "roster", err, ok)
	if ok {
		return 1
	}
	return 0
}

// plaintext is a good one of a report: the contact of a source, as an opened
// message tells it.
func plaintext(t *testing.T, d *desk) []byte {
	t.Helper()
	b := append([]byte{1, byte(envelope.Report)}, rolloverBody(t, d)[:1392]...)
	b = append(b, make([]byte, 16)...)
	b = append(b, 0, 2, 0, 6)
	b = append(b, "report"...)
	return append(b, make([]byte, 4704-len(b))...)
}

// rolloverBody begins with a contact in the order in which messages carry it.
func rolloverBody(t *testing.T, d *desk) []byte {
	t.Helper()
	roster, err := envelope.ParseRoster(d.public(), d.roster, today, 0)
	check(t, err)
	payload, err := newSource(t, newPhrase(t), d.id).SealRollover(roster, envelope.Daily, newSource(t, newPhrase(t), d.id))
	check(t, err)
	m, err := d.editors[0].opener(d.id, envelope.Daily).OpenPayload(payload, 0)
	check(t, err)
	return m.Body()
}
