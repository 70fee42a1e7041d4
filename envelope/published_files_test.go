package envelope_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"hearsay/envelope"
)

func (v *vectors) checkChunks(t *testing.T) {
	m, err := envelope.ParseManifest(v.Manifest.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "manifest", again, v.Manifest.Bytes)
	want(t, "report", m.Report[:], v.Manifest.Report)
	for i, f := range v.Manifest.Files {
		got, key := m.Files[i], m.Files[i].Key.Bytes()
		want(t, "key", key[:], f.Key)
		want(t, "digest", got.Digest[:], f.Sum)
		wantSum(t, "file", fileBytes(f.Size), f.Sum)
		if got.Size != f.Size || got.Chunks != f.N || got.Name != f.Name {
			t.Errorf("file %d has %d bytes in %d chunks, or another name", i, got.Size, got.Chunks)
		}
	}
	for _, c := range append([]chunk{v.Chunk}, v.Chunks...) {
		data := []byte(c.Data)
		if c.File >= 0 {
			whole := fileBytes(m.Files[c.File].Size)
			data = whole[c.I*envelope.ChunkData : min(len(whole), (c.I+1)*envelope.ChunkData)]
		}
		b, err := envelope.SealChunk(v.desk(), envelope.FileKeyFromBytes([32]byte(c.Key)), c.I, c.N, data)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "locator", b[:32], c.Locator)
		want(t, "tail", b[len(b)-16:], c.Tail16)
		wantSum(t, "chunk", b, c.Sum)
	}
}

func (v *vectors) chunk(t testing.TB) []byte {
	t.Helper()
	b, err := envelope.SealChunk(v.desk(), envelope.FileKeyFromBytes([32]byte(v.Chunk.Key)), 0, 1, []byte(v.Chunk.Data))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v *vectors) checkDeposits(t *testing.T) {
	b := file(t, v.Deposit.File)
	payload, code := envelope.CheckDeposit(v.desk(), b, day, v.Deposit.Bits)
	if code != envelope.Taken {
		t.Fatalf("CheckDeposit = %v", code)
	}
	wantSum(t, "payload", payload, v.PoW.PayloadHash)
	want(t, "slot 0", payload[:envelope.Size], v.Envelope.Bytes)
	again, err := envelope.NewDeposit(t.Context(), v.desk(), v.Deposit.Epoch, payload, v.Deposit.Bits)
	if err != nil {
		t.Fatal(err)
	}
	wantSum(t, "deposit", again, v.Deposit.Sum)
	want(t, "header", again[:envelope.DepositHeader], v.Deposit.Header)
	if v.PoW.Nonce != v.Deposit.Nonce || v.PoW.Bits != v.Deposit.Bits {
		t.Error("the puzzle is another")
	}

	d := v.ChunkDeposit
	again, err = envelope.NewChunkDeposit(t.Context(), v.desk(), d.Epoch, v.chunk(t), d.Bits)
	if err != nil {
		t.Fatal(err)
	}
	wantSum(t, "chunk deposit", again, d.Sum)
	want(t, "header", again[:envelope.DepositHeader], d.Header)
	if _, code := envelope.CheckChunk(v.desk(), again, day, d.Bits); code != envelope.Taken {
		t.Errorf("CheckChunk = %v", code)
	}
}

func (v *vectors) checkDrops(t *testing.T) {
	source, next := v.source(t, v.Source, v.Source.Phrase), v.source(t, v.NextSource, v.NextSource.Phrase)
	lt := v.roster(t).Blocks[0].LongTerm
	bodies := map[string]message{}
	for _, m := range v.allMessages() {
		bodies[m.Name] = m
	}
	for _, d := range append([]drop{v.Drop}, v.Drops...) {
		t.Run(d.Name, func(t *testing.T) {
			b := file(t, d.File)
			wantSum(t, "file", b, d.Sum)
			got, err := envelope.ParseDrop(v.desk(), ed25519.PublicKey(v.Editor.VK), d.Rows, b)
			if err != nil {
				t.Fatal(err)
			}
			want(t, "previous drop", got.Prev[:], d.Prev)
			if got.Slot != d.Slot || got.Epoch != d.Epoch || source.Acked(got) != d.Acked || next.Acked(got) != d.NextAcked {
				t.Errorf("slot %d, epoch %d, acked %v and %v", got.Slot, got.Epoch, source.Acked(got), next.Acked(got))
			}
			if got := bytes.Contains(b, d.Ack); got != d.Acked {
				t.Errorf("the ack stands in the file: %v", got)
			}
			for _, name := range d.Replies {
				if !bytes.Contains(b, bodies[name].Bytes) {
					t.Errorf("%s is not among the rows", name)
				}
			}
			var shown []string
			for _, m := range source.Replies(got, lt) {
				for _, name := range d.Replies {
					if w := bodies[name]; w.Type == m.Type && bytes.Equal(m.Body(), append([]byte(w.Body), w.BodyHex...)) {
						shown = append(shown, name)
					}
				}
			}
			slices.Sort(shown)
			sorted := slices.Sorted(slices.Values(d.Shown))
			if !slices.Equal(shown, sorted) {
				t.Errorf("shown: %q, want %q", shown, sorted)
			}
		})
	}
}

func (v *vectors) outbound(t testing.TB) []byte {
	t.Helper()
	parts := v.Outbound.Parts
	var drops [][]byte
	for _, name := range parts[2:] {
		drops = append(drops, file(t, name))
	}
	b, err := envelope.MarshalOutbound(v.root(), file(t, parts[0]), file(t, parts[1]), drops)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v *vectors) checkOutbound(t *testing.T) {
	b := v.outbound(t)
	wantSum(t, "outbound file", b, v.Outbound.Sum)
	o, err := envelope.ParseOutbound(b)
	if err != nil || len(b) != v.Outbound.Size {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	for i, name := range v.Outbound.Parts {
		want(t, name, append([][]byte{o.Roster, o.Questions}, o.Drops...)[i], file(t, name))
	}
}

func (v *vectors) checkWire(t *testing.T) {
	s, err := envelope.ParseStatus(v.Status.Bytes)
	if err != nil || s.Epoch != v.Status.Epoch || s.Puzzle != v.Status.PoW || s.LastDrop != v.Status.LastDrop {
		t.Errorf("%+v, %v", s, err)
	}
	want(t, "roster's digest", s.RosterDigest[:], v.Status.RosterSum)
	for _, a := range v.Answers {
		if code, err := envelope.ParseAnswer(a.Bytes); err != nil || int(code) != a.Code {
			t.Errorf("code %d, %v; want %d", code, err, a.Code)
		}
	}
	a, err := envelope.ParseAuthorization(v.Authorization.Header)
	if err != nil || a.Slot != v.Authorization.Slot || a.Epoch != v.Authorization.Epoch || !bytes.Equal(a.Random[:], v.Authorization.Rnd) {
		t.Errorf("%+v, %v", a, err)
	}
	if !v.verifies(a) {
		t.Error("the signature fails")
	}
}

func (v *vectors) verifies(a envelope.Authorization) bool {
	w := v.Authorization
	return a.Verify(ed25519.PublicKey(v.Editor.VK), v.desk(), w.Method, w.Path, w.Body)
}

// Each case is refused by the one call that would take it in.
func TestPublishedRejects(t *testing.T) {
	v := published(t)
	open, source := v.opener(t), v.source(t, v.Source, v.Source.Phrase)
	contact := v.sealAndOpen(t, source).Contact.Bytes()
	contactWith := func(at int, key []byte) error {
		b := bytes.Clone(contact)
		copy(b[at:], key)
		_, err := envelope.ParseContact(b)
		return err
	}
	const replyDHAt, fetchAt = 32 + 1184 + 1216, 32 + 1184 + 1216 + 32
	charter, err := envelope.ParseCharter(v.root(), v.Charters[0].Bytes)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string][]byte{
		"envelope-flip": v.Envelope.Bytes, "roster-flip": file(t, v.Roster.File), "drop-flip": file(t, v.Drop.File),
		"questions-flip": file(t, v.Questions.File), "chunk-flip": v.chunk(t), "rollover-flip": v.Rollover.Bytes,
		"outbound-flip": v.outbound(t), "deposit-flip": file(t, v.Deposit.File),
	}
	kinds := map[string]int{}
	for _, c := range v.Reject {
		kinds[c.Kind]++
		t.Run(c.Kind+" "+c.Why, func(t *testing.T) {
			b := []byte(c.Bytes)
			if flipped, ok := good[c.Kind]; ok {
				b = bytes.Clone(flipped)
				b[c.At] ^= byte(c.XOR)
			}
			var err, kind error
			switch c.Kind {
			case "envelope", "envelope-flip":
				_, err = open.Open(b)
				kind = envelope.ErrNotForUs
			case "row":
				_, err = source.Open(b)
				kind = envelope.ErrNotForUs
			case "roster-flip":
				_, err = envelope.ParseRoster(v.root(), b, day, 0)
				kind = envelope.ErrRoster
			case "charter":
				_, err = envelope.ParseCharter(v.root(), b)
				if kind = envelope.ErrCharter; errors.Is(err, envelope.ErrKey) {
					kind = envelope.ErrKey
				}
			case "drop-flip":
				_, err = envelope.ParseDrop(v.desk(), ed25519.PublicKey(v.Editor.VK), 16, b)
				kind = envelope.ErrDrop
			case "questions-flip":
				_, err = envelope.ParseQuestions(v.desk(), []ed25519.PublicKey{v.root(), ed25519.PublicKey(v.Editor.VK)}, b)
				kind = envelope.ErrQuestions
			case "chunk-flip":
				_, err = envelope.OpenChunk(v.desk(), envelope.FileKeyFromBytes([32]byte(v.Chunk.Key)), 0, 1, b)
				kind = envelope.ErrNotForUs
			case "rollover-flip":
				_, err = envelope.ParseRollover(v.desk(), b)
				kind = envelope.ErrRollover
			case "outbound-flip":
				_, err = envelope.ParseOutbound(b)
				kind = envelope.ErrOutbound
			case "deposit-flip":
				if _, code := envelope.CheckDeposit(v.desk(), b, day, v.Deposit.Bits); int(code) != c.Code {
					t.Errorf("CheckDeposit = %v, want code %d", code, c.Code)
				}
				return
			case "manifest":
				_, err = envelope.ParseManifest(b)
				kind = envelope.ErrManifest
			case "status":
				_, err = envelope.ParseStatus(b)
				kind = envelope.ErrStatus
			case "answer":
				_, err = envelope.ParseAnswer(b)
				kind = envelope.ErrAnswer
			case "authorization":
				a, parsed := envelope.ParseAuthorization(c.Text)
				if parsed == nil && v.verifies(a) {
					t.Error("verifies")
				}
				return
			case "x25519":
				err, kind = contactWith(replyDHAt, b), envelope.ErrKey
			case "ristretto255":
				err, kind = contactWith(fetchAt, b), envelope.ErrKey
			case "ed25519":
				c := charter
				c.Editors = []ed25519.PublicKey{b}
				_, err = envelope.SignCharter(ed25519.NewKeyFromSeed(v.Desk.RootSeed), c)
				kind = envelope.ErrKey
			default:
				t.Fatal("a kind of case that is not known")
			}
			if !errors.Is(err, kind) {
				t.Errorf("%v, want %v", err, kind)
			}
		})
	}
	t.Run("there are cases of every kind", func(t *testing.T) {
		for _, kind := range []string{"envelope", "row", "charter", "manifest", "status", "answer", "authorization", "x25519", "ristretto255", "ed25519"} {
			if kinds[kind] == 0 {
				t.Errorf("none of %s", kind)
			}
		}
		for kind := range good {
			if kinds[kind] == 0 {
				t.Errorf("none of %s", kind)
			}
		}
	})
	t.Run("what is flipped was good before", func(t *testing.T) {
		sum := sha256.Sum256(good["outbound-flip"])
		want(t, "outbound file", sum[:], v.Outbound.Sum) // the others are read by TestPublishedVectors
	})
}
