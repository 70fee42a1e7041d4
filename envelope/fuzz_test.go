package envelope

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"slices"
	"testing"
)

// Each target holds a parser to three things: it does not panic, what it refuses
// it refuses cleanly, and what it accepts is what its writer would write. Where
// a signature stands in the way, the target signs what it was given, so that
// the fuzzer gets behind it as a hostile editor would.

func FuzzParsePhrase(f *testing.F) {
	v := loadVectors(f)
	f.Add(v.Source.Phrase)
	f.Add(v.Source.OtherOrder)
	f.Add("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePhrase(text)
		if err != nil {
			return
		}
		q, err := ParsePhrase(p.Words())
		if err != nil || q.Words() != p.Words() || q.mkc() != p.mkc() {
			t.Errorf("a phrase is read back as another: %v", err)
		}
	})
}

func FuzzParseEpoch(f *testing.F) {
	for _, text := range []string{"0", "18292", "4294967295", "4294967296", "007", "-1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ParseEpoch(text); err == nil && e.Number() != text {
			t.Errorf("%q is read as %d", text, e)
		}
	})
}

func FuzzParseCharter(f *testing.F) {
	d := newTestDesk(f, 2, 4)
	f.Add(d.charter[:charterSigned])
	f.Add(testFile(f, "roster.bin")[:charterSigned])
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) != charterSigned {
			if _, err := ParseCharter(d.public(), body); err == nil {
				t.Error("a charter of another size")
			}
			return
		}
		b := append(bytes.Clone(body), ed25519.Sign(d.root, charterPreimage(body))...)
		c, err := ParseCharter(d.public(), b)
		if err != nil {
			return
		}
		if again, err := SignCharter(d.root, c); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted, but would be written otherwise: %v", err)
		}
	})
}

func FuzzParseBlock(f *testing.F) {
	d := newTestDesk(f, 1, 4)
	e := d.editors[0]
	f.Add(e.block)
	f.Add(testFile(f, "roster.bin")[CharterSize : CharterSize+BlockSize])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == BlockSize {
			b = bytes.Clone(b)
			at := 0
			for _, part := range []struct {
				domain string
				size   int
			}{{longTermTag, longTermSize}, {bundleTag, bundleSize}, {bundleTag, bundleSize}} {
				signed := b[at : at+part.size-sigSize]
				copy(b[at+len(signed):], ed25519.Sign(e.key, blockPreimage(part.domain, d.id, signed)))
				at += part.size
			}
		}
		k, err := ParseBlock(d.id, e.public(), b)
		if err != nil {
			return
		}
		if !bytes.Equal(signUnchecked(e.key, d.id, k), b) {
			t.Error("accepted, but would be written otherwise")
		}
	})
}

func FuzzParseRoster(f *testing.F) {
	v := loadVectors(f)
	f.Add(testFile(f, v.Roster.File), uint32(20780), uint32(7))
	f.Add(make([]byte, RosterSize), uint32(0), uint32(0))
	f.Add([]byte("HS1CHART"), uint32(0), uint32(0))
	good := testFile(f, v.Roster.File)
	f.Fuzz(func(t *testing.T, b []byte, today, serial uint32) {
		r, err := ParseRoster(ed25519.PublicKey(v.Roster.RootVK), b, Epoch(today), serial)
		if err != nil {
			return
		}
		if !bytes.Equal(b, good) || r.Charter.Serial < serial || !r.Charter.Covers(Epoch(today)) {
			t.Error("accepted a roster that nobody signed, or at the wrong time")
		}
	})
}

func FuzzParseQuestions(f *testing.F) {
	d := newTestDesk(f, 1, 4)
	good, err := SignQuestions(d.root, d.id, Questions{From: 1, To: 2, JSON: []byte(`{"a":[1]}`)})
	if err != nil {
		f.Fatal(err)
	}
	n := binary.BigEndian.Uint32(good[52:])
	f.Add(uint32(1), n, good[questionsHeader:][:n])
	f.Add(uint32(0), uint32(3), []byte{1, 2, 3})
	f.Add(uint32(0), uint32(1<<31), []byte{})
	f.Fuzz(func(t *testing.T, serial, length uint32, packed []byte) {
		b := bytes.Clone(good)
		binary.BigEndian.PutUint32(b[40:], serial)
		binary.BigEndian.PutUint32(b[52:], length)
		clear(b[questionsHeader:questionsSigned])
		copy(b[questionsHeader:questionsSigned], packed)
		copy(b[questionsSigned:], ed25519.Sign(d.root, questionsPreimage(b)))
		q, err := ParseQuestions(d.id, []ed25519.PublicKey{d.public()}, b)
		if err != nil {
			return
		}
		// DEFLATE has many spellings; what it says must survive being written anew.
		again, err := SignQuestions(d.root, d.id, q)
		if err != nil {
			return // packed tighter than we can
		}
		p, err := ParseQuestions(d.id, []ed25519.PublicKey{d.public()}, again)
		if err != nil || p.Serial != q.Serial || !bytes.Equal(p.JSON, q.JSON) {
			t.Errorf("came back as others: %v", err)
		}
	})
}

func FuzzParsePlaintext(f *testing.F) {
	f.Add(plaintext{kind: Report, contact: make([]byte, ptIDAt-ptContactAt), parts: 1, body: []byte("text")}.marshal())
	f.Add(plaintext{kind: Reply, part: 2, parts: 3, body: bytes.Repeat([]byte{'a'}, MaxBody)}.marshal())
	f.Add([]byte{1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := parsePlaintext(b)
		if !ok {
			return
		}
		if !bytes.Equal(p.marshal(), b) {
			t.Error("accepted, but would be written otherwise")
		}
		if m, err := p.message(make([]byte, authorSize)); err == nil && !m.Contact.IsZero() {
			t.Error("a contact with an ML-KEM key of zeros, which nobody has, and X25519 zero")
		}
	})
}

func FuzzOpen(f *testing.F) {
	v := loadVectors(f)
	open, source := v.opener(f), v.source(f)
	f.Add([]byte(v.Envelope.Bytes))
	f.Add([]byte(v.Duress.Bytes))
	f.Add([]byte(v.Claim.Bytes))
	f.Add([]byte(v.Reply.Bytes))
	f.Add(make([]byte, Size))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := open.Open(b); err != ErrNotForUs && (err != nil || !m.Type.fromSource()) {
			t.Errorf("Open = %v", err)
		}
		if m, err := source.Open(b); err != ErrNotForUs && (err != nil || !m.Type.fromDesk()) {
			t.Errorf("Open = %v", err)
		}
	})
}

func FuzzDeposit(f *testing.F) {
	good, err := NewDeposit(f.Context(), DeskID{}, testDay, make([]byte, PayloadSize), 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint32(testDay))
	f.Add(good[:DepositHeader], uint32(testDay))
	f.Add([]byte{}, uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, today uint32) {
		payload, code := CheckDeposit(DeskID{}, b, Epoch(today), 0)
		epoch, read, err := ReadDeposit(b)
		if (code == Taken) != (payload != nil) || code == Taken && err != nil || (code == BadShape) != (err != nil) {
			t.Fatalf("checked as %v, read as %v", code, err)
		}
		if err != nil {
			return
		}
		again, err := NewDeposit(t.Context(), DeskID{}, epoch, read, 0)
		if err != nil {
			t.Fatal(err)
		}
		copy(again[depositNonceAt:depositTokenAt], b[depositNonceAt:]) // any nonce solves 0 bits
		if !bytes.Equal(again, b) {
			t.Error("accepted, but would be written otherwise")
		}
	})
}

func FuzzChunkDeposit(f *testing.F) {
	good, err := NewChunkDeposit(f.Context(), DeskID{}, testDay, make([]byte, ChunkSize), 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good[:DepositHeader], []byte("chunk"), 0, uint32(testDay))
	f.Add(good[:DepositHeader-1], []byte{}, 1, uint32(testDay+1))
	f.Add([]byte{}, []byte{}, -1, uint32(0))
	f.Fuzz(func(t *testing.T, header, chunk []byte, longer int, today uint32) {
		b := make([]byte, ChunkDepositSize+min(max(longer, -2), 2)) // too big for a fuzzer to write by itself
		copy(b[DepositHeader:], chunk)
		copy(b[:DepositHeader], header)
		got, code := CheckChunk(DeskID{}, b, Epoch(today), 0)
		epoch, read, err := ReadChunkDeposit(b)
		if (code == Taken) != (got != nil) || code == Taken && err != nil || (code == BadShape) != (err != nil) {
			t.Fatalf("checked as %v, read as %v", code, err)
		}
		if err != nil {
			return
		}
		again, err := NewChunkDeposit(t.Context(), DeskID{}, epoch, read, 0)
		if err != nil {
			t.Fatal(err)
		}
		copy(again[depositNonceAt:depositTokenAt], b[depositNonceAt:]) // any nonce solves 0 bits
		if !bytes.Equal(again, b) {
			t.Error("accepted, but would be written otherwise")
		}
		if _, _, err := ReadDeposit(b); err == nil {
			t.Error("three envelopes, too")
		}
	})
}

func FuzzOpenChunk(f *testing.F) {
	key := FileKeyFromBytes([32]byte{1})
	good, err := SealChunk(DeskID{}, key, 0, 2, make([]byte, ChunkData))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte{}, 0, 2, 0)
	f.Add(chunkLocator, []byte("data"), 1, 2, 0)
	f.Add(-1, []byte{1}, 0, 1, 1)
	f.Add(ChunkSize-1, []byte{1}, -1, 65, -1)
	f.Fuzz(func(t *testing.T, at int, change []byte, i, n, longer int) {
		b := make([]byte, ChunkSize+min(max(longer, -2), 2))
		copy(b, good)
		if at >= 0 && at < len(b) {
			copy(b[at:], change)
		}
		data, err := OpenChunk(DeskID{}, key, i, n, b)
		if err != nil {
			if err != ErrNotForUs {
				t.Errorf("OpenChunk = %v, want just %v", err, ErrNotForUs)
			}
			return
		}
		again, err := SealChunk(DeskID{}, key, i, n, data)
		if err != nil || !bytes.Equal(again, b) || !bytes.Equal(b, good) {
			t.Errorf("opened what nobody sealed: %v", err)
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	for _, files := range []int{1, MaxFiles} {
		good, err := newTestManifest(files).Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(good)
	}
	f.Add(make([]byte, manifestHeader))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		if err != nil {
			return
		}
		if again, err := m.Marshal(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted, but would be written otherwise: %v", err)
		}
		for _, file := range m.Files {
			if n := (file.Size + ChunkData - 1) / ChunkData; int64(file.Chunks) != n {
				t.Errorf("%d bytes in %d chunks", file.Size, file.Chunks)
			}
		}
	})
}

// The fuzzer has the new words and signs what it was given, as a hostile source
// would.
func FuzzParseRollover(f *testing.F) {
	k := newTestSource(f, DeskID{}).keys.get()
	own := newSigner(f)
	good := k.successor()
	f.Add(good, true)
	f.Add(good, false)
	f.Add(make([]byte, rolloverSize), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, b []byte, sign bool) {
		b = bytes.Clone(b)
		const vkAt, sigAt, authorAt = 1280, 1312, 1392
		if sign && len(b) == rolloverSize {
			copy(b[vkAt:sigAt], own.Public().(ed25519.PublicKey))
			copy(b[sigAt:], ed25519.Sign(own, ownPreimage(DeskID{}, [dhSize]byte(b[authorAt:]))))
		}
		s, err := ParseRollover(DeskID{}, b)
		if err != nil {
			return
		}
		keys, author := s.Contact.keys(), s.Author.Bytes()
		again := slices.Concat(keys.fetch[:], keys.pke[:], keys.replyDH[:], keys.ownVK[:], b[sigAt:sigAt+sigSize],
			keys.ack[:], author[:], keys.mlkem[:])
		if !bytes.Equal(again, b) {
			t.Error("accepted, but would be written otherwise")
		}
		if _, err := ParseContact(s.Contact.Bytes()); err != nil {
			t.Errorf("to whom nobody can reply: %v", err)
		}
	})
}

func FuzzParseOutbound(f *testing.F) {
	d := newTestDesk(f, 2, 4)
	good, err := MarshalOutbound(d.public(), d.rosterBytes(f), nil, newTestDrops(f, d, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good[:outboundHeader], 2*DropSize(4), 0, []byte{}, []byte{})
	f.Add(good[:outboundHeader], 2*DropSize(4), 0, good[outboundFixed:][:dropHeader], good[outboundFixed+DropSize(4):][:dropHeader])
	f.Add(good[:outboundHeader], DropSize(8), -1, []byte{1}, []byte{})
	f.Add([]byte(outboundMagic), 0, 1, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, header []byte, drops, longer int, first, second []byte) {
		b := make([]byte, max(0, outboundFixed+min(max(drops, 0), 3*DropSize(16))+min(max(longer, -2), 2)))
		copy(b, good)
		copy(b[:outboundHeader], header)
		copy(b[min(outboundFixed, len(b)):], first)
		copy(b[min(outboundFixed+DropSize(4), len(b)):], second)
		o, err := ParseOutbound(b)
		if err != nil {
			return
		}
		again, err := MarshalOutbound(o.Root, o.Roster, o.Questions, o.Drops)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted, but would be written otherwise: %v", err)
		}
	})
}

func FuzzParseDrop(f *testing.F) {
	d := newTestDesk(f, 1, 4)
	e := d.editors[0]
	s := newTestSource(f, d.id)
	good, err := BuildDrop(e.key, d.id, DropContent{Epoch: testDay, Rows: 4})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good[:dropHeader], 0, []byte{})
	f.Add(good[:dropHeader], dropHeader, good[dropHeader:dropHeader+4])
	f.Add([]byte{}, -1, []byte{1})
	f.Fuzz(func(t *testing.T, header []byte, at int, change []byte) {
		b := bytes.Clone(good)
		copy(b[:dropHeader], header)
		if at >= 0 && at < len(b) {
			copy(b[at:], change)
		}
		signed := b[:len(b)-sigSize]
		copy(b[len(signed):], ed25519.Sign(e.key, dropPreimage(signed)))
		drop, err := ParseDrop(d.id, e.public(), 4, b)
		if err != nil {
			return
		}
		if drop.Slot != int(b[40]) || drop.Slot >= Slots || drop.Rows != 4 || drop.desk != d.id {
			t.Error("accepted what it did not understand")
		}
		s.Acked(drop)
		if got := s.Replies(drop, e.lt.Public()); len(got) != 0 {
			t.Error("a reply that nobody wrote")
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add(Status{Epoch: 1, Puzzle: 18}.Marshal())
	f.Add([]byte(statusMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseStatus(b); err == nil && !bytes.Equal(s.Marshal(), b) {
			t.Error("accepted, but would be written otherwise")
		}
	})
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(Answer(Taken))
	f.Add(Answer(Unavailable))
	f.Add([]byte{6})
	f.Fuzz(func(t *testing.T, b []byte) {
		if code, err := ParseAnswer(b); err == nil && !bytes.Equal(Answer(code), b) {
			t.Error("accepted, but would be written otherwise")
		}
	})
}

func FuzzParseAuthorization(f *testing.F) {
	key := newSigner(f)
	good, err := Authorize(key, DeskID{}, 1, testDay, "GET", InboxPath(testDay, 0), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("Hearsay ")
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := ParseAuthorization(header)
		if err != nil {
			return
		}
		if a.String() != header {
			t.Error("accepted, but would be written otherwise")
		}
		if header != good && a.Verify(key.Public().(ed25519.PublicKey), DeskID{}, "GET", InboxPath(testDay, 0), nil) {
			t.Error("a forged header")
		}
	})
}

func FuzzParseContact(f *testing.F) {
	s := newTestSource(f, DeskID{}).keys.get()
	good := contactKeys{
		mlkem:   [mlkemKeySize]byte(s.inbox.mlkem.EncapsulationKey().Bytes()),
		pke:     [xwingKeySize]byte(s.inbox.pke.PublicKey().Bytes()),
		replyDH: [dhSize]byte(s.inbox.dh.PublicKey().Bytes()),
		fetch:   s.inbox.fetch,
		ack:     s.ack,
	}
	if _, err := ParseContact(good.bytes()); err != nil {
		f.Fatal(err)
	}
	f.Add(good.bytes())
	f.Add(make([]byte, ContactSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseContact(b); err == nil && !bytes.Equal(c.Bytes(), b) {
			t.Error("accepted, but would be written otherwise")
		}
	})
}

func FuzzParseSecrets(f *testing.F) {
	e := newTestEditor(f, DeskID{})
	bundle, err := e.bundles[Courier].Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.lt.Bytes())
	f.Add(bundle)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseLongTerm(b); err == nil && !bytes.Equal(k.Bytes(), b) {
			t.Error("long-term keys accepted, but would be written otherwise")
		}
		if u, err := ParseSecretBundle(b); err == nil {
			if again, err := u.Bytes(); err != nil || !bytes.Equal(again, b) {
				t.Error("a bundle accepted, but would be written otherwise")
			}
		}
	})
}
