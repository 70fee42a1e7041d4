package envelope

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gtank/ristretto255"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// vectors is testdata/hs1.json: every field of it, so that none can go unread.
type vectors struct {
	Note, Suite string
	Clue        json.RawMessage // of module F1, which is not built
	Shard       json.RawMessage // of couriers, tested where they are read

	Desk   struct{ NR hexBytes }
	Source struct {
		Phrase, Order string
		OtherOrder    string `json:"other_order"`
		MKC, Ack      hexBytes
		AuthDHSK      hexBytes `json:"auth_dh_sk"`
		AuthDHPK      hexBytes `json:"auth_dh_pk"`
		ReplyDHSK     hexBytes `json:"reply_dh_sk"`
		MLKEMSeed     hexBytes `json:"mlkem_seed"`
		MLKEMEK       hexBytes `json:"mlkem_ek"`
		PKESeed       hexBytes `json:"pke_seed"`
		PKEPK         hexBytes `json:"pke_pk"`
		FetchSK       hexBytes `json:"fetch_sk"`
		FetchPK       hexBytes `json:"fetch_pk"`
		OwnVK         hexBytes `json:"own_vk"`
		OwnSig        hexBytes `json:"own_sig"`
	}
	Editor struct {
		VK          hexBytes
		FetchPK     hexBytes `json:"fetch_pk"`
		LTDHSK      hexBytes `json:"lt_dh_sk"`
		LTDHPK      hexBytes `json:"lt_dh_pk"`
		LTMLKEMEK   hexBytes `json:"lt_mlkem_ek"`
		EPDHSK      hexBytes `json:"ep_dh_sk"`
		EPDHPK      hexBytes `json:"ep_dh_pk"`
		EPMLKEMSeed hexBytes `json:"ep_mlkem_seed"`
		EPMLKEMEK   hexBytes `json:"ep_mlkem_ek"`
		EPPKESeed   hexBytes `json:"ep_pke_seed"`
		EPPKEPK     hexBytes `json:"ep_pke_pk"`
	}
	Envelope struct {
		Type  MessageType
		MsgID hexBytes `json:"msg_id"`
		Body  string
		Bytes hexBytes
	}
	Reply struct {
		Body  string
		Bytes hexBytes
	}
	Duress struct {
		Body     string
		SenderDH hexBytes `json:"sender_dh"`
		Bytes    hexBytes
	}
	Claim struct {
		Why   string
		Bytes hexBytes
	}
	Roster struct {
		RootVK hexBytes `json:"root_vk"`
		NR     hexBytes
		File   string
		Serial uint32
		GoodAt []Epoch `json:"good_at"`
		BadAt  []Epoch `json:"bad_at"`
	}
	Drop struct {
		Slot  int
		Epoch Epoch
		File  string
		Ack   hexBytes
	}
	PoW struct {
		Epoch       Epoch
		PayloadHash hexBytes `json:"payload_hash"`
		Bits        int
		Nonce       uint64
	}
	Reject []struct {
		Kind, Why string
		Bytes     hexBytes
		At        int
		XOR       byte
	}
	Chunk struct {
		Key, Locator, Tail16 hexBytes
		I, N                 int
		Data                 string
	}
	Sizes map[string]int
}

func loadVectors(t testing.TB) *vectors {
	t.Helper()
	var v vectors
	d := json.NewDecoder(bytes.NewReader(testFile(t, "hs1.json")))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return &v
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v *vectors) desk() DeskID { return DeskID(v.Desk.NR) }

func (v *vectors) source(t testing.TB) *Source {
	t.Helper()
	p, err := ParsePhrase(v.Source.Phrase)
	if err != nil {
		t.Fatal(err)
	}
	s, err := DeriveSource(p, v.desk())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (v *vectors) longTerm() LongTerm {
	return LongTerm{
		DH:    [32]byte(v.Editor.LTDHPK),
		MLKEM: [mlkemKeySize]byte(v.Editor.LTMLKEMEK),
		Fetch: [32]byte(v.Editor.FetchPK),
	}
}

func (v *vectors) opener(t testing.TB) *Opener {
	t.Helper()
	raw := append(make([]byte, 16), v.Editor.EPDHSK...)
	raw = append(append(raw, v.Editor.EPMLKEMSeed...), v.Editor.EPPKESeed...)
	bundle, err := ParseSecretBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	u := bundle.Public()
	if !bytes.Equal(u.DH[:], v.Editor.EPDHPK) || !bytes.Equal(u.MLKEM[:], v.Editor.EPMLKEMEK) || !bytes.Equal(u.PKE[:], v.Editor.EPPKEPK) {
		t.Fatal("the editor's public keys are not those of its secrets")
	}
	return NewOpener(v.desk(), v.longTerm(), bundle)
}

func equal(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s = %x, want %x", what, got, want)
	}
}

func TestVectorSizes(t *testing.T) {
	v := loadVectors(t)
	if v.Suite != "hearsay-1" {
		t.Errorf("suite %q", v.Suite)
	}
	sizes := v.Sizes
	for _, tt := range []struct {
		name      string
		got, want int
	}{
		{"envelope", Size, sizes["envelope"]},
		{"plaintext", plaintextSize, sizes["pt"]},
		{"body", MaxBody, sizes["body"]},
		{"drop of 16 rows", DropSize(16), sizes["drop"]},
		{"chunk", ChunkSize, sizes["chunk"]},
		{"data in a chunk", ChunkData, sizes["chunk_data"]},
		{"chunk deposit", ChunkDepositSize, 65600},
		{"page of chunks", ChunkPageSize, InboxPageSize},
		{"body of a rollover", rolloverSize, 2608},
		{"drop of 8 rows", DropSize(8), 69808},
		{"drop of 4 rows", DropSize(4), 37040},
		{"deposit", DepositSize, 24640},
		{"editor block", longTermSize + classes*bundleSize, BlockSize},
		{"contact", ContactSize, ptIDAt - ptContactAt - sigSize + mlkemKeySize},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}

func TestVectorSource(t *testing.T) {
	v := loadVectors(t)
	want := v.Source
	p, err := ParsePhrase(want.Phrase)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Order(); got != want.Order {
		t.Errorf("order = %s, want %s", got, want.Order)
	}
	if got := p.Words(); got != want.Phrase {
		t.Error("the words do not come back as typed")
	}
	mkc := p.mkc()
	equal(t, "mkc", mkc[:], want.MKC)

	k := v.source(t).keys.get()
	equal(t, "auth_dh secret", k.author.Bytes(), want.AuthDHSK)
	equal(t, "auth_dh", k.author.PublicKey().Bytes(), want.AuthDHPK)
	equal(t, "reply_dh secret", k.inbox.dh.Bytes(), want.ReplyDHSK)
	equal(t, "ML-KEM seed", k.inbox.mlkem.Bytes(), want.MLKEMSeed)
	equal(t, "ML-KEM key", k.inbox.mlkem.EncapsulationKey().Bytes(), want.MLKEMEK)
	pke, err := k.inbox.pke.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "pke seed", pke, want.PKESeed)
	equal(t, "pke", k.inbox.pke.PublicKey().Bytes(), want.PKEPK)
	equal(t, "fetch", k.inbox.fetch[:], want.FetchPK)
	fetch := ristretto255.NewScalar()
	if err := fetch.Decode(want.FetchSK); err != nil {
		t.Fatal(err)
	}
	public := fetchOf(fetch).public
	equal(t, "fetch, from its secret", public[:], want.FetchPK)
	equal(t, "ack", k.ack[:], want.Ack)
	equal(t, "fetch in a message", k.contact[:32], want.FetchPK)
	equal(t, "own_vk in a message", k.contact[32+xwingKeySize+dhSize:][:32], want.OwnVK)
	equal(t, "own_sig in a message", k.contact[64+xwingKeySize+dhSize:][:64], want.OwnSig)
}

func TestVectorOtherOrder(t *testing.T) {
	v := loadVectors(t)
	p, err := ParsePhrase(v.Source.Phrase)
	if err != nil {
		t.Fatal(err)
	}
	q, err := ParsePhrase(v.Source.OtherOrder)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Reordered(q.Order()); err != nil || again.Words() != q.Words() {
		t.Errorf("reordering does not give the other order: %v", err)
	}
	other, err := DeriveSource(q, v.desk())
	if err != nil {
		t.Fatal(err)
	}
	source := v.source(t)
	if source.keys.get().author.Equal(other.keys.get().author) {
		t.Error("both orders have one author")
	}
	if !source.keys.get().inbox.dh.Equal(other.keys.get().inbox.dh) || source.keys.get().ack != other.keys.get().ack {
		t.Error("the orders have different inboxes")
	}
	equal(t, "author of the duress vector", other.keys.get().author.PublicKey().Bytes(), v.Duress.SenderDH)
}

func TestVectorEnvelopes(t *testing.T) {
	v := loadVectors(t)
	open := v.opener(t)
	report, err := open.Open(v.Envelope.Bytes)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("a report opens with the editor's keys", func(t *testing.T) {
		equal(t, "message id", report.ID[:], v.Envelope.MsgID)
		equal(t, "body", report.Body(), []byte(v.Envelope.Body))
		author := report.Author.Bytes()
		equal(t, "author", author[:], v.Source.AuthDHPK)
		if report.Type != v.Envelope.Type || report.Part != 0 || report.Parts != 1 {
			t.Errorf("type %d, part %d of %d", report.Type, report.Part, report.Parts)
		}
		if !report.Endorsed(v.desk()) {
			t.Error("own_sig refused")
		}
	})
	t.Run("the editor's long-term key is that of its secret", func(t *testing.T) {
		equal(t, "lt_dh_pk", x25519Key(t, v.Editor.LTDHSK).PublicKey().Bytes(), v.Editor.LTDHPK)
	})
	t.Run("a reply opens with the source's keys and was written by the editor", func(t *testing.T) {
		m, err := v.source(t).Open(v.Reply.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "body", m.Body(), []byte(v.Reply.Body))
		if m.Type != Reply || !v.longTerm().Wrote(m) {
			t.Errorf("type %#x, by the editor: %v", m.Type, v.longTerm().Wrote(m))
		}
	})
	t.Run("duress opens, has the same inbox and another author", func(t *testing.T) {
		m, err := open.Open(v.Duress.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "body", m.Body(), []byte(v.Duress.Body))
		author := m.Author.Bytes()
		equal(t, "author", author[:], v.Duress.SenderDH)
		if m.Contact != report.Contact || m.Contact.Fingerprint(v.desk()) != report.Contact.Fingerprint(v.desk()) {
			t.Error("another contact")
		}
		if !m.Endorsed(v.desk()) || m.Author == report.Author {
			t.Error("the words do not vouch for the author, or it is the same")
		}
	})
	t.Run("a claim opens and nothing bears it out", func(t *testing.T) {
		m, err := open.Open(v.Claim.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		other := m.Contact != report.Contact
		if m.Endorsed(v.desk()) && !(other && sharesKey(m.Contact, report.Contact)) {
			t.Error("endorsed, with keys of its own")
		}
	})
}

func sharesKey(a, b Contact) bool {
	return slices.ContainsFunc(a.KeyDigests(), func(d [32]byte) bool { return slices.Contains(b.KeyDigests(), d) })
}

func TestVectorRoster(t *testing.T) {
	v := loadVectors(t)
	b := testFile(t, v.Roster.File)
	root := ed25519.PublicKey(v.Roster.RootVK)
	for _, day := range v.Roster.GoodAt {
		r, err := ParseRoster(root, b, day, v.Roster.Serial)
		if err != nil {
			t.Errorf("on %d: %v", day, err)
			continue
		}
		equal(t, "desk", r.Desk[:], v.Roster.NR)
	}
	for _, day := range v.Roster.BadAt {
		if _, err := ParseRoster(root, b, day, v.Roster.Serial); !errors.Is(err, ErrRoster) {
			t.Errorf("on %d: %v, want %v", day, err, ErrRoster)
		}
	}
	if _, err := ParseRoster(root, b, v.Roster.GoodAt[0], v.Roster.Serial+1); !errors.Is(err, ErrRoster) {
		t.Errorf("with a later serial known: %v, want %v", err, ErrRoster)
	}
}

func TestVectorDrop(t *testing.T) {
	v := loadVectors(t)
	d, err := ParseDrop(v.desk(), ed25519.PublicKey(v.Editor.VK), 16, testFile(t, v.Drop.File))
	if err != nil {
		t.Fatal(err)
	}
	if d.Slot != v.Drop.Slot || d.Epoch != v.Drop.Epoch || d.Prev != [32]byte{} {
		t.Errorf("slot %d, epoch %d, prev %x", d.Slot, d.Epoch, d.Prev)
	}
	source := v.source(t)
	if !source.Acked(d) {
		t.Error("the ack is not seen")
	}
	ack := makeAck(source.keys.get().ack, d.Slot, d.Epoch)
	equal(t, "ack", ack[:], v.Drop.Ack)
	replies := source.Replies(d, v.longTerm())
	if len(replies) != 1 {
		t.Fatalf("%d replies, want 1", len(replies))
	}
	equal(t, "reply", replies[0].Body(), []byte(v.Reply.Body))
}

func TestVectorPuzzle(t *testing.T) {
	v := loadVectors(t)
	p := v.PoW
	if !solves(puzzlePreimage(v.desk(), p.Epoch, [32]byte(p.PayloadHash)), p.Nonce, p.Bits) {
		t.Error("the solution is refused")
	}
	nonce, err := solve(t.Context(), v.desk(), p.Epoch, [32]byte(p.PayloadHash), p.Bits)
	if err != nil || nonce > p.Nonce {
		t.Errorf("solved with nonce %d, %v; %d is a solution", nonce, err, p.Nonce)
	}
}

func TestVectorChunk(t *testing.T) {
	v := loadVectors(t)
	c := v.Chunk
	key := FileKeyFromBytes([32]byte(c.Key))
	locator, err := ChunkLocator(v.desk(), key, c.I, c.N)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "locator", locator[:], c.Locator)
	chunk, err := SealChunk(v.desk(), key, c.I, c.N, []byte(c.Data))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "tag", chunk[len(chunk)-tagSize:], c.Tail16)
	data, err := OpenChunk(v.desk(), key, c.I, c.N, chunk)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "data", data[:len(c.Data)], []byte(c.Data))
}

func TestVectorRejects(t *testing.T) {
	v := loadVectors(t)
	if len(v.Reject) != 41 {
		t.Errorf("%d cases, want 41", len(v.Reject))
	}
	open := v.opener(t)
	roster, drop := testFile(t, v.Roster.File), testFile(t, v.Drop.File)
	for _, c := range v.Reject {
		flipped := func(b []byte) []byte {
			b = bytes.Clone(b)
			b[c.At] ^= c.XOR
			return b
		}
		t.Run(fmt.Sprintf("%s %s %d", c.Kind, c.Why, c.At), func(t *testing.T) {
			switch c.Kind {
			case "envelope":
				if _, err := open.Open(c.Bytes); err != ErrNotForUs {
					t.Errorf("Open = %v, want just %v", err, ErrNotForUs)
				}
			case "envelope-flip":
				if _, err := open.Open(flipped(v.Envelope.Bytes)); err != ErrNotForUs {
					t.Errorf("Open = %v, want just %v", err, ErrNotForUs)
				}
			case "roster-flip":
				if _, err := ParseRoster(ed25519.PublicKey(v.Roster.RootVK), flipped(roster), v.Roster.GoodAt[1], 0); !errors.Is(err, ErrRoster) {
					t.Errorf("ParseRoster = %v, want %v", err, ErrRoster)
				}
			case "drop-flip":
				if _, err := ParseDrop(v.desk(), ed25519.PublicKey(v.Editor.VK), 16, flipped(drop)); !errors.Is(err, ErrDrop) {
					t.Errorf("ParseDrop = %v, want %v", err, ErrDrop)
				}
			default:
				t.Errorf("a kind of case that is not known: %s", c.Kind)
			}
		})
	}
}
