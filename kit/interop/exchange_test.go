//go:build kit

package interop_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay/courier"
	"hearsay/envelope"
)

func TestWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPhrase(t)
		var got struct{ Words, Order string }
		typescript.must(t, "phrase", ask{"text": strings.ToUpper(p.Words())}, &got)
		if got.Words != p.Words() || got.Order != p.Order() {
			t.Fatalf("order %s, want %s", got.Order, p.Order())
		}
		var made string
		typescript.must(t, "newPhrase", nil, &made)
		q, err := envelope.ParsePhrase(made)
		check(t, err)
		if q.Words() != made {
			t.Fatalf("TypeScript's words come back otherwise")
		}
		words := strings.Fields(made)
		i, j := rapid.IntRange(0, 11).Draw(t, "i"), rapid.IntRange(0, 11).Draw(t, "j")
		words[i], words[j] = words[j], words[i]
		text := strings.Join(words[:rapid.IntRange(11, 12).Draw(t, "words")], " ")
		_, err = envelope.ParsePhrase(text)
		if taken := typescript.do(t, "phrase", ask{"text": text}, &got); taken != (err == nil) {
			t.Fatalf("words %d and %d exchanged: TypeScript takes it %v, Go %v", i, j, taken, err == nil)
		}
	})
}

// text draws what a person might write, up to three parts of it.
func text(t *rapid.T) string {
	s := rapid.StringMatching(`(길|🙂|é|\n|[ -~]){1,400}`).Draw(t, "text")
	return strings.Repeat(s, 1+rapid.IntRange(0, 2400/len(s)).Draw(t, "times"))
}

func TestFromSourceToDesk(t *testing.T) {
	d := newDesk(t, 2)
	rapid.Check(t, func(t *rapid.T) {
		words, next := newPhrase(t), newPhrase(t)
		source := newSource(t, words, d.id)
		class := envelope.Class(rapid.IntRange(0, 1).Draw(t, "class"))
		slot := rapid.IntRange(0, 1).Draw(t, "slot")
		e := d.editors[slot]
		roster, err := envelope.ParseRoster(d.public(), d.roster, today, 0)
		check(t, err)
		body := text(t)
		file := random(rapid.IntRange(1, 3*envelope.ChunkData).Draw(t, "file"))

		// TypeScript seals, Go opens.
		var sealed struct{ Payloads, Chunks [][]byte }
		asks := d.asks().with(ask{"phrase": words.Words(), "class": class})
		open := func(payload []byte) *envelope.Message {
			m, err := e.opener(d.id, class).OpenPayload(payload, slot)
			check(t, err)
			if !m.Endorsed(d.id) {
				t.Fatalf("type %d: the words do not vouch for the author", m.Type)
			}
			return m
		}
		typescript.must(t, "seal", asks.with(ask{"text": body}), &sealed)
		var parts []*envelope.Message
		for _, payload := range sealed.Payloads {
			parts = append(parts, open(payload))
		}
		got, err := envelope.Join(parts)
		check(t, err)
		if string(got) != body || parts[0].Type != envelope.Report {
			t.Fatalf("%d bytes came of %d", len(got), len(body))
		}
		typescript.must(t, "seal", asks.with(ask{"file": file, "name": "photo-1.jpg"}), &sealed)
		manifest, err := envelope.ParseManifest(open(sealed.Payloads[0]).Body())
		check(t, err)
		f := manifest.Files[0]
		var back []byte
		for i, chunk := range sealed.Chunks {
			part, err := envelope.OpenChunk(d.id, f.Key, i, f.Chunks, chunk)
			check(t, err)
			back = append(back, part...)
		}
		if !bytes.Equal(back[:f.Size], file) || f.Digest != sha256.Sum256(file) || f.Name != "photo-1.jpg" {
			t.Fatalf("a file of %d bytes came otherwise", len(file))
		}
		typescript.must(t, "seal", asks.with(ask{"next": next.Words()}), &sealed)
		successor, err := envelope.ParseRollover(d.id, open(sealed.Payloads[0]).Body())
		check(t, err)

		// Go seals, TypeScript opens, and both are one source.
		editor := d.bundle(t, e, class)
		opened := func(payload []byte) said {
			b := payload[slot*envelope.Size:][:envelope.Size]
			m, err := e.opener(d.id, class).Open(b)
			check(t, err)
			var s said
			typescript.must(t, "openBundle", editor.with(ask{"envelope": b}), &s)
			if !s.same(m) || !s.Endorsed {
				t.Fatalf("TypeScript reads another message: %d, part %d", s.Type, s.Part)
			}
			return s
		}
		_, payloads, err := source.SealReport(roster, class, body)
		check(t, err)
		var whole []byte
		for _, payload := range payloads {
			whole = append(whole, opened(payload).Body...)
		}
		if string(whole) != body {
			t.Fatalf("%d bytes came of %d", len(whole), len(body))
		}
		again, err := e.opener(d.id, class).OpenPayload(payloads[0], slot)
		check(t, err)
		if again.Contact != parts[0].Contact || again.Author != parts[0].Author {
			t.Fatalf("the same words are two sources")
		}
		payload, err := source.SealManifest(roster, class, manifest)
		check(t, err)
		var written []byte
		typescript.must(t, "manifest", ask{"body": opened(payload).Body}, &written)
		if b, err := manifest.Marshal(); err != nil || !bytes.Equal(b, written) {
			t.Fatalf("the manifest is written otherwise")
		}
		payload, err = source.SealRollover(roster, class, newSource(t, next, d.id))
		check(t, err)
		m := opened(payload)
		if named, err := envelope.ParseRollover(d.id, m.Body); err != nil || named != successor {
			t.Fatalf("the rollovers name different sources: %v", err)
		}
		var good bool
		typescript.must(t, "rollover", ask{"desk": d.id[:], "body": m.Body}, &good)
		if !good {
			t.Fatalf("TypeScript refuses the rollover")
		}
	})
}

func TestFromDeskToSource(t *testing.T) {
	d := newDesk(t, 2)
	rapid.Check(t, func(t *rapid.T) {
		words := newPhrase(t)
		source := newSource(t, words, d.id)
		slot := rapid.IntRange(0, 1).Draw(t, "slot")
		e := d.editors[slot]
		roster, err := envelope.ParseRoster(d.public(), d.roster, today, 0)
		check(t, err)
		payloads, err := source.Seal(roster, envelope.Daily, "report")
		check(t, err)
		m, err := e.opener(d.id, envelope.Daily).OpenPayload(payloads[0], slot)
		check(t, err)
		body := text(t)
		replies, err := e.lt.Reply(d.id, m.Contact, body)
		check(t, err)
		drop := envelope.DropContent{Slot: slot, Epoch: today, Rows: rows, Prev: [32]byte(random(32)), Replies: replies, Acks: []envelope.Ack{m.Contact.Ack(slot, today)}}
		file, err := envelope.BuildDrop(e.key, d.id, drop)
		check(t, err)

		author, fetch := e.longTerm()
		asks := ask{"desk": d.id[:], "key": []byte(e.public()), "rows": rows, "file": file, "author": author, "fetch": fetch}
		var got readDrop
		typescript.must(t, "drop", asks.with(ask{"phrase": words.Words()}), &got)
		digest := sha256.Sum256(file)
		if got.Slot != slot || got.Epoch != today || !bytes.Equal(got.Prev, drop.Prev[:]) || !bytes.Equal(got.Digest, digest[:]) || !got.Acked || len(got.Replies) != len(replies) || got.text() != body {
			t.Fatalf("slot %d, day %v, acked %v, %d replies", got.Slot, got.Epoch, got.Acked, len(got.Replies))
		}
		var other readDrop
		typescript.must(t, "drop", asks.with(ask{"phrase": newPhrase(t).Words()}), &other)
		if other.Acked || len(other.Replies) != 0 {
			t.Fatalf("another source reads it")
		}
	})
}

type readDrop struct {
	Slot         int
	Epoch        envelope.Epoch
	Prev, Digest []byte
	Acked        bool
	Replies      [][]byte
}

// text is the reply whose parts were read, in their order.
func (d readDrop) text() string { return string(bytes.Join(d.Replies, nil)) }

func TestDeskOfTypeScript(t *testing.T) {
	var d struct{ Root, Desk, Roster, Questions []byte }
	const asked = `{"questions":[{"key":"a","type":"text","ask":{"ko":"쌀값은?"}}]}`
	typescript.must(t, "desk", ask{"editors": 2, "rows": rows, "today": today, "json": asked}, &d)
	roster, err := envelope.ParseRoster(d.Root, d.Roster, today, 5)
	check(t, err)
	id := roster.Desk
	if !bytes.Equal(id[:], d.Desk) {
		t.Errorf("desk %v", id)
	}
	questions, err := envelope.ParseQuestions(id, roster.Charter.Editors, d.Questions)
	check(t, err)
	if string(questions.JSON) != asked {
		t.Errorf("questions %s", questions.JSON)
	}
	rapid.Check(t, func(t *rapid.T) {
		source := newSource(t, newPhrase(t), id)
		slot := rapid.IntRange(0, 1).Draw(t, "slot")
		class := envelope.Class(rapid.IntRange(0, 1).Draw(t, "class"))
		payloads, err := source.Seal(roster, class, "report")
		check(t, err)
		var report said
		typescript.must(t, "deskOpen", ask{"slot": slot, "payload": payloads[0], "class": class}, &report)
		if string(report.Body) != "report" || !report.Endorsed || report.Type != envelope.Report {
			t.Fatalf("type %d, endorsed %v", report.Type, report.Endorsed)
		}
		if payloads, err = source.Seal(roster, envelope.Daily, "report"); err != nil {
			t.Fatalf("%v", err)
		}
		body := "reply " + rapid.StringMatching(`[가-힣]{0,400}`).Draw(t, "reply")
		manifest, err := envelope.ManifestBody{Files: []envelope.File{{Key: envelope.NewFileKey(), Size: 3, Chunks: 1, Name: "a.pdf"}}}.Marshal()
		check(t, err)
		asks := ask{"slot": slot, "epoch": today, "payload": payloads[0]}
		for kind, more := range map[envelope.MessageType]ask{envelope.Reply: {"text": body}, envelope.ReplyManifest: {"manifest": manifest}} {
			var made struct{ Key, File []byte }
			typescript.must(t, "deskDrop", asks.with(more), &made)
			drop, err := envelope.ParseDrop(id, made.Key, rows, made.File)
			check(t, err)
			replies := source.Replies(drop, roster.Blocks[slot].LongTerm)
			if len(replies) != 1 || replies[0].Type != kind || !source.Acked(drop) || drop.Slot != slot || drop.Epoch != today {
				t.Fatalf("%d replies, acked %v, slot %d, day %v", len(replies), source.Acked(drop), drop.Slot, drop.Epoch)
			}
			want := []byte(body)
			if kind == envelope.ReplyManifest {
				want = manifest
			}
			if !bytes.Equal(replies[0].Body(), want) {
				t.Fatalf("type %#x came otherwise", kind)
			}
		}
	})
}

func TestFilesForEveryone(t *testing.T) {
	d := newDesk(t, 3)
	t.Run("a roster", func(t *testing.T) {
		var r struct {
			Serial  uint32
			Editors [][]byte
			Digest  []byte
		}
		typescript.must(t, "roster", d.asks(), &r)
		digest := sha256.Sum256(d.roster)
		if r.Serial != 5 || len(r.Editors) != 3 || !bytes.Equal(r.Editors[2], d.editors[2].public()) || !bytes.Equal(r.Digest, digest[:]) {
			t.Errorf("serial %d, %d editors", r.Serial, len(r.Editors))
		}
	})
	t.Run("questions", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			asked := envelope.Questions{Serial: rapid.Uint32().Draw(t, "serial"), From: 3, To: 9, JSON: fmt.Appendf(nil, "[%q]", rapid.StringMatching(`[a-z가-힣]{0,300}`).Draw(t, "json"))}
			file, err := envelope.SignQuestions(d.root, d.id, asked)
			check(t, err)
			var got struct {
				Serial   uint32
				From, To envelope.Epoch
				JSON     string
			}
			typescript.must(t, "questions", ask{"desk": d.id[:], "keys": [][]byte{d.editors[0].public(), d.public()}, "file": file}, &got)
			if got.Serial != asked.Serial || got.From != 3 || got.To != 9 || got.JSON != string(asked.JSON) {
				t.Fatalf("%+v", got)
			}
		})
	})
	t.Run("fingerprints", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			root := newKey(t).Public().(ed25519.PublicKey)
			var got string
			typescript.must(t, "fingerprint", ask{"root": []byte(root)}, &got)
			if want := envelope.DeskIDOf(root).Fingerprint(); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		})
	})
	t.Run("an outbound file", func(t *testing.T) {
		var drops [][]byte
		for day := range envelope.Epoch(3) {
			b, err := envelope.BuildDrop(d.editors[1].key, d.id, envelope.DropContent{Slot: 1, Epoch: today + day, Rows: rows})
			check(t, err)
			drops = append(drops, b)
		}
		file, err := envelope.MarshalOutbound(d.public(), d.roster, nil, drops)
		check(t, err)
		var got struct {
			Root, Roster, Questions []byte
			Drops                   [][]byte
		}
		typescript.must(t, "outbound", ask{"file": file}, &got)
		if !bytes.Equal(got.Root, d.public()) || !bytes.Equal(got.Roster, d.roster) || len(got.Questions) != 0 || !slices.EqualFunc(got.Drops, drops, bytes.Equal) {
			t.Errorf("%d drops", len(got.Drops))
		}
		var made []byte
		typescript.must(t, "deskOutbound", ask{"questions": random(envelope.QuestionsSize), "drops": drops}, &made)
		if o, err := envelope.ParseOutbound(made); err != nil || !slices.EqualFunc(o.Drops, drops, bytes.Equal) {
			t.Errorf("Go refuses TypeScript's: %v", err)
		}
	})
}

func TestChunksAndDeposits(t *testing.T) {
	desk := envelope.DeskID(random(32))
	rapid.Check(t, func(t *rapid.T) {
		key := envelope.NewFileKey()
		secret := key.Bytes()
		n := rapid.IntRange(1, envelope.MaxChunks).Draw(t, "n")
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		data := random(envelope.ChunkData)
		if i == n-1 {
			data = data[:rapid.IntRange(1, len(data)).Draw(t, "last")]
		}
		chunk, err := envelope.SealChunk(desk, key, i, n, data)
		check(t, err)
		asks := ask{"desk": desk[:], "key": secret[:], "i": i, "n": n}
		var sealed, opened []byte
		typescript.must(t, "sealChunk", asks.with(ask{"data": data}), &sealed)
		if !bytes.Equal(sealed, chunk) {
			t.Fatalf("chunk %d of %d is sealed to other bytes", i, n)
		}
		typescript.must(t, "openChunk", asks.with(ask{"chunk": chunk}), &opened)
		if !bytes.Equal(opened[:len(data)], data) {
			t.Fatalf("chunk %d of %d opens to other bytes", i, n)
		}
		var deposit []byte
		bits := rapid.IntRange(0, 12).Draw(t, "bits")
		typescript.must(t, "deposit", ask{"desk": desk[:], "epoch": today, "content": chunk, "puzzle": bits}, &deposit)
		want, err := envelope.NewChunkDeposit(t.Context(), desk, today, chunk, bits)
		check(t, err)
		if !bytes.Equal(deposit, want) {
			t.Fatalf("a deposit of a chunk is made to other bytes")
		}
		payload := random(envelope.PayloadSize)
		typescript.must(t, "deposit", ask{"desk": desk[:], "epoch": today, "content": payload, "puzzle": bits}, &deposit)
		if got, code := envelope.CheckDeposit(desk, deposit, today, bits); code != envelope.Taken || !bytes.Equal(got, payload) {
			t.Fatalf("a deposit is not taken: %v", code)
		}
	})
}

func TestDrives(t *testing.T) {
	d := newDesk(t, 1)
	for _, tt := range []struct{ k, n, payloads, chunks int }{{2, 3, 5, 0}, {2, 2, 1, 3}, {3, 4, 7, 1}, {5, 6, 0, 4}} {
		t.Run(fmt.Sprintf("%d of %d", tt.k, tt.n), func(t *testing.T) {
			var p courier.Parcel
			for range tt.payloads {
				p.Payloads = append(p.Payloads, random(envelope.PayloadSize))
			}
			for range tt.chunks {
				p.Chunks = append(p.Chunks, random(envelope.ChunkSize))
			}
			asks := ask{"desk": d.id[:], "k": tt.k, "n": tt.n}
			var files [][]byte
			typescript.must(t, "split", asks.with(ask{"key": d.importKey.Public().Bytes(), "payloads": append([][]byte{}, p.Payloads...), "chunks": append([][]byte{}, p.Chunks...)}), &files)
			j := courier.NewJoiner(d.id, d.importKey.OpenCell)
			for _, file := range files[tt.n-tt.k:] {
				seen, err := j.AddDrive(file)
				check(t, err)
				if seen.Bad != 0 || seen.Carry+seen.Empty != courier.DriveCells {
					t.Errorf("%+v", seen)
				}
			}
			var got courier.Parcel
			for _, s := range j.Sets() {
				part, err := s.Join()
				check(t, err)
				got.Payloads, got.Chunks = append(got.Payloads, part.Payloads...), append(got.Chunks, part.Chunks...)
			}
			if !same(got.Payloads, p.Payloads) || !same(got.Chunks, p.Chunks) {
				t.Errorf("Go joins %d payloads and %d chunks", len(got.Payloads), len(got.Chunks))
			}

			drives, err := courier.Split(d.importKey.Public(), p, tt.k, tt.n)
			check(t, err)
			var theirs [][]byte
			for _, drive := range drives[:tt.k] {
				theirs = append(theirs, drive...)
			}
			var back struct {
				Payloads, Chunks [][]byte
				Missing          int
			}
			typescript.must(t, "join", ask{"desk": d.id[:], "seed": d.seed[:], "files": theirs}, &back)
			if !same(back.Payloads, p.Payloads) || !same(back.Chunks, p.Chunks) || back.Missing != 0 {
				t.Errorf("TypeScript joins %d payloads and %d chunks", len(back.Payloads), len(back.Chunks))
			}
			typescript.must(t, "join", ask{"desk": d.id[:], "seed": d.seed[:], "files": theirs[1:]}, &back)
			if len(back.Payloads)+len(back.Chunks) != 0 || back.Missing != 1 {
				t.Errorf("one drive too few gives %d payloads, and %d are missing", len(back.Payloads), back.Missing)
			}
		})
	}
}

func same(a, b [][]byte) bool {
	sorted := func(parts [][]byte) [][]byte { return slices.SortedFunc(slices.Values(parts), bytes.Compare) }
	return slices.EqualFunc(sorted(a), sorted(b), bytes.Equal)
}
