package envelope_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearsay/envelope"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

// vectors is docs/vectors/hs1.json as another implementer reads it.
type vectors struct {
	Desk struct {
		RootSeed    hexBytes `json:"root_seed"`
		RootVK      hexBytes `json:"root_vk"`
		NR          hexBytes
		Fingerprint string
	}
	Phrases []struct {
		Text, Order, Why string
		Valid            bool
	}
	Source       person
	NextSource   person `json:"next_source"`
	Editor       editor
	OtherEditors []editor `json:"other_editors"`
	Charters     []struct {
		N, Rows   int
		Serial    uint32
		Bytes     hexBytes
		RosterSum hexBytes `json:"roster_sum"`
	}
	Roster struct {
		File        string
		Sum         hexBytes
		Serial      uint32
		GoodAt      []envelope.Epoch `json:"good_at"`
		BadAt       []envelope.Epoch `json:"bad_at"`
		OldestDaily envelope.Epoch   `json:"oldest_daily"`
	}
	Questions struct {
		File, JSON string
		Serial     uint32
		From, To   envelope.Epoch
	}
	Envelope, Reply, Duress, Claim message
	Messages                       []message
	Manifest                       struct {
		Report hexBytes
		Bytes  hexBytes
		Files  []struct {
			Key, Sum hexBytes
			Size     int64
			N        int
			Name     string
		}
	}
	Rollover struct {
		Bytes, Author hexBytes
		InboxFP       hexBytes `json:"inbox_fp"`
	}
	Chunk        chunk
	Chunks       []chunk
	Deposit      deposit
	ChunkDeposit deposit `json:"chunk_deposit"`
	PoW          struct {
		Nonce       uint64
		Bits        int
		PayloadHash hexBytes `json:"payload_hash"`
	}
	Drop     drop
	Drops    []drop
	Outbound struct {
		Size  int
		Sum   hexBytes
		Parts []string
	}
	Status struct {
		Epoch     envelope.Epoch
		PoW       int
		LastDrop  [3]envelope.Epoch `json:"last_drop"`
		RosterSum hexBytes          `json:"roster_sum"`
		Bytes     hexBytes
	}
	Answers []struct {
		Code  int
		Bytes hexBytes
	}
	Authorization struct {
		Slot                 int
		Epoch                envelope.Epoch
		Rnd, Body            hexBytes
		Method, Path, Header string
	}
	Reject []struct {
		Kind, Why, Text string
		Bytes           hexBytes
		At, XOR, Code   int
	}
}

type person struct {
	Phrase, Order string
	OtherOrder    string   `json:"other_order"`
	MLKEMEK       hexBytes `json:"mlkem_ek"`
	PKEPK         hexBytes `json:"pke_pk"`
	ReplyDHPK     hexBytes `json:"reply_dh_pk"`
	FetchPK       hexBytes `json:"fetch_pk"`
	OwnVK         hexBytes `json:"own_vk"`
	AuthDHPK      hexBytes `json:"auth_dh_pk"`
	InboxFP       hexBytes `json:"inbox_fp"`
	Ack           hexBytes
	Orders        []struct {
		Order    string
		AuthDHPK hexBytes `json:"auth_dh_pk"`
	}
}

type editor struct {
	Slot        int
	Seed, VK    hexBytes
	LTDHSK      hexBytes `json:"lt_dh_sk"`
	LTMLKEMSeed hexBytes `json:"lt_mlkem_seed"`
	FetchSK     hexBytes `json:"fetch_sk"`
	EPDHSK      hexBytes `json:"ep_dh_sk"`
	EPMLKEMSeed hexBytes `json:"ep_mlkem_seed"`
	EPPKESeed   hexBytes `json:"ep_pke_seed"`
	CODHSK      hexBytes `json:"co_dh_sk"`
	COMLKEMSeed hexBytes `json:"co_mlkem_seed"`
	COPKESeed   hexBytes `json:"co_pke_seed"`
}

type message struct {
	Name, From, To, Body string
	Type                 envelope.MessageType
	SenderDH             hexBytes `json:"sender_dh"`
	MsgID                hexBytes `json:"msg_id"`
	BodyHex              hexBytes `json:"body_hex"`
	InboxFP              hexBytes `json:"inbox_fp"`
	Part, Parts          int
	Endorsed             bool
	Bytes                hexBytes
}

type chunk struct {
	File, I, N                int
	Key, Locator, Tail16, Sum hexBytes
	Data                      string
}

type deposit struct {
	File        string
	Epoch       envelope.Epoch
	Bits        int
	Nonce       uint64
	Header, Sum hexBytes
}

type drop struct {
	Name, File     string
	Slot, Rows     int
	Epoch          envelope.Epoch
	Sum, Prev, Ack hexBytes
	Acked          bool
	NextAcked      bool `json:"next_acked"`
	Replies, Shown []string
}

const day envelope.Epoch = 20780

func published(t testing.TB) *vectors {
	t.Helper()
	v := new(vectors)
	if err := json.Unmarshal(file(t, "hs1.json"), v); err != nil {
		t.Fatal(err)
	}
	return v
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../docs/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v *vectors) desk() envelope.DeskID   { return envelope.DeskID(v.Desk.NR) }
func (v *vectors) root() ed25519.PublicKey { return ed25519.PublicKey(v.Desk.RootVK) }
func (v *vectors) editors() []editor       { return append([]editor{v.Editor}, v.OtherEditors...) }
func (v *vectors) allMessages() []message {
	return append([]message{v.Envelope, v.Reply, v.Duress, v.Claim}, v.Messages...)
}

func (v *vectors) source(t testing.TB, p person, words string) *envelope.Source {
	t.Helper()
	phrase, err := envelope.ParsePhrase(words)
	if err != nil {
		t.Fatal(err)
	}
	s, err := envelope.DeriveSource(phrase, v.desk())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (v *vectors) roster(t testing.TB) *envelope.Roster {
	t.Helper()
	r, err := envelope.ParseRoster(v.root(), file(t, v.Roster.File), day, v.Roster.Serial)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bundle puts the secrets of a bundle together as the vault has them.
func bundle(t testing.TB, class envelope.Class, parts ...[]byte) *envelope.SecretBundle {
	t.Helper()
	b := append(make([]byte, 16), bytes.Join(parts, nil)...)
	b[0] = byte(class)
	binary.BigEndian.PutUint32(b[4:], uint32(day)-uint32(class)*3)
	binary.BigEndian.PutUint32(b[8:], uint32(day)+20)
	binary.BigEndian.PutUint32(b[12:], uint32(day)+28)
	s, err := envelope.ParseSecretBundle(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (v *vectors) opener(t testing.TB) *envelope.Opener {
	e := v.Editor
	return envelope.NewOpener(v.desk(), v.roster(t).Blocks[0].LongTerm,
		bundle(t, envelope.Daily, e.EPDHSK, e.EPMLKEMSeed, e.EPPKESeed),
		bundle(t, envelope.Courier, e.CODHSK, e.COMLKEMSeed, e.COPKESeed))
}

// fileBytes is the file of a manifest by the recipe: byte j is j mod 251.
func fileBytes(size int64) []byte {
	b := make([]byte, size)
	for j := range b {
		b[j] = byte(j % 251)
	}
	return b
}

func want(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %.80x, want %.80x", what, got, want)
	}
}

func wantSum(t *testing.T, what string, b, want []byte) {
	t.Helper()
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:], want) {
		t.Errorf("%s: SHA-256 %x, want %x", what, sum, want)
	}
}

// Everything in the file that can be seen from outside of this package is what
// the package makes of it.
func TestPublishedVectors(t *testing.T) {
	v := published(t)
	t.Run("the desk has its name", func(t *testing.T) {
		desk := envelope.DeskIDOf(v.root())
		want(t, "NR", desk[:], v.Desk.NR)
		want(t, "root key", ed25519.NewKeyFromSeed(v.Desk.RootSeed).Public().(ed25519.PublicKey), v.Desk.RootVK)
		if got := desk.Fingerprint(); got != v.Desk.Fingerprint {
			t.Errorf("fingerprint %s, want %s", got, v.Desk.Fingerprint)
		}
	})
	t.Run("phrases are read or refused", func(t *testing.T) {
		for _, p := range v.Phrases {
			got, err := envelope.ParsePhrase(p.Text)
			if (err == nil) != p.Valid || (p.Valid && got.Order() != p.Order) {
				t.Errorf("%s: %v", p.Why, err)
			}
		}
	})
	t.Run("words give keys, and each order its author", func(t *testing.T) {
		for _, p := range []person{v.Source, v.NextSource} {
			phrase, err := envelope.ParsePhrase(p.Phrase)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Orders) != 24 || phrase.Order() != p.Order {
				t.Errorf("%d orders, this one %s", len(p.Orders), phrase.Order())
			}
			for _, o := range p.Orders {
				reordered, err := phrase.Reordered(o.Order)
				if err != nil {
					t.Fatal(err)
				}
				m := v.sealAndOpen(t, v.source(t, p, reordered.Words()))
				author, fp := m.Author.Bytes(), m.Contact.Fingerprint(v.desk()).Bytes()
				want(t, "author "+o.Order, author[:], o.AuthDHPK)
				want(t, "contact", m.Contact.Bytes(), bytes.Join([][]byte{p.OwnVK, p.MLKEMEK, p.PKEPK, p.ReplyDHPK, p.FetchPK, p.Ack}, nil))
				want(t, "name of the inbox", fp[:], p.InboxFP)
				if o.Order == p.Order {
					want(t, "author", author[:], p.AuthDHPK)
				}
			}
		}
	})
	t.Run("charters and rosters are signed anew to the same bytes", func(t *testing.T) {
		root := ed25519.NewKeyFromSeed(v.Desk.RootSeed)
		r := v.roster(t)
		var blocks [][]byte
		for slot, e := range v.editors() {
			key := ed25519.NewKeyFromSeed(e.Seed)
			want(t, "editor", key.Public().(ed25519.PublicKey), e.VK)
			block, err := envelope.SignBlock(key, v.desk(), r.Blocks[slot])
			if err != nil {
				t.Fatal(err)
			}
			blocks = append(blocks, block)
			lt, err := envelope.ParseLongTerm(bytes.Join([][]byte{e.LTDHSK, e.LTMLKEMSeed, e.FetchSK}, nil))
			if err != nil || lt.Public() != r.Blocks[slot].LongTerm {
				t.Errorf("long-term keys of slot %d: %v", slot, err)
			}
			daily := bundle(t, envelope.Daily, e.EPDHSK, e.EPMLKEMSeed, e.EPPKESeed).Public()
			if got := r.Blocks[slot].Bundles[envelope.Daily]; daily.DH != got.DH || daily.MLKEM != got.MLKEM || daily.PKE != got.PKE {
				t.Errorf("daily bundle of slot %d", slot)
			}
			courier := bundle(t, envelope.Courier, e.CODHSK, e.COMLKEMSeed, e.COPKESeed).Public()
			if got := r.Blocks[slot].Bundles[envelope.Courier]; courier.DH != got.DH || got.UseUntil-got.Epoch != envelope.CourierUse ||
				got.DestroyAfter-got.Epoch != envelope.CourierDestroy {
				t.Errorf("courier bundle of slot %d", slot)
			}
		}
		for _, c := range v.Charters {
			charter, err := envelope.ParseCharter(v.root(), c.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			again, err := envelope.SignCharter(root, charter)
			if err != nil {
				t.Fatal(err)
			}
			want(t, "charter", again, c.Bytes)
			roster, err := envelope.AssembleRoster(c.Bytes, blocks[:c.N])
			if err != nil {
				t.Fatal(err)
			}
			wantSum(t, "roster", roster, c.RosterSum)
			if charter.Rows != c.Rows || charter.Serial != c.Serial || len(charter.Editors) != c.N {
				t.Errorf("%d editors, %d rows, serial %d", len(charter.Editors), charter.Rows, charter.Serial)
			}
		}
		wantSum(t, "roster.bin", file(t, v.Roster.File), v.Roster.Sum)
		if got := r.OldestBundle(envelope.Daily); got != v.Roster.OldestDaily {
			t.Errorf("oldest bundle %d", got)
		}
	})
	t.Run("the roster is good on some days", func(t *testing.T) {
		for _, day := range v.Roster.GoodAt {
			if _, err := envelope.ParseRoster(v.root(), file(t, v.Roster.File), day, 0); err != nil {
				t.Errorf("on %d: %v", day, err)
			}
		}
		for _, day := range v.Roster.BadAt {
			if _, err := envelope.ParseRoster(v.root(), file(t, v.Roster.File), day, 0); !errors.Is(err, envelope.ErrRoster) {
				t.Errorf("on %d: %v", day, err)
			}
		}
	})
	t.Run("questions", func(t *testing.T) {
		q, err := envelope.ParseQuestions(v.desk(), []ed25519.PublicKey{v.root(), ed25519.PublicKey(v.Editor.VK)}, file(t, v.Questions.File))
		if err != nil || string(q.JSON) != v.Questions.JSON || q.Serial != v.Questions.Serial || q.From != v.Questions.From || q.To != v.Questions.To {
			t.Errorf("%+v, %v", q, err)
		}
	})
	t.Run("messages open, on the side they are for", func(t *testing.T) {
		open, source := v.opener(t), v.source(t, v.Source, v.Source.Phrase)
		for _, m := range v.allMessages() {
			toSource := m.To == "source"
			got, err := open.Open(m.Bytes)
			if toSource {
				if err != envelope.ErrNotForUs {
					t.Errorf("%s opens at the desk: %v", m.Name, err)
				}
				got, err = source.Open(m.Bytes)
			}
			if err != nil {
				t.Errorf("%s: %v", m.Name, err)
				continue
			}
			author := got.Author.Bytes()
			want(t, m.Name+": author", author[:], m.SenderDH)
			want(t, m.Name+": id", got.ID[:], m.MsgID)
			want(t, m.Name+": body", got.Body(), append([]byte(m.Body), m.BodyHex...))
			if got.Type != m.Type || got.Part != m.Part || got.Parts != m.Parts || got.Endorsed(v.desk()) != m.Endorsed {
				t.Errorf("%s: type %#x, part %d of %d, endorsed %v", m.Name, got.Type, got.Part, got.Parts, got.Endorsed(v.desk()))
			}
			if !toSource {
				fp := got.Contact.Fingerprint(v.desk()).Bytes()
				want(t, m.Name+": inbox", fp[:], m.InboxFP)
			}
		}
	})
	t.Run("a manifest and its chunks", v.checkChunks)
	t.Run("a rollover names the next source", func(t *testing.T) {
		s, err := envelope.ParseRollover(v.desk(), v.Rollover.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		next := v.sealAndOpen(t, v.source(t, v.NextSource, v.NextSource.Phrase))
		if s.Contact != next.Contact || s.Author != next.Author {
			t.Error("somebody else")
		}
		author, fp := s.Author.Bytes(), s.Contact.Fingerprint(v.desk()).Bytes()
		want(t, "author", author[:], v.Rollover.Author)
		want(t, "inbox", fp[:], v.Rollover.InboxFP)
	})
	t.Run("deposits have the least nonce", v.checkDeposits)
	t.Run("drops, their acks and replies", v.checkDrops)
	t.Run("an outbound file from its parts", v.checkOutbound)
	t.Run("what relay and desk say to each other", v.checkWire)
}

// sealAndOpen returns what the first editor sees of a source.
func (v *vectors) sealAndOpen(t *testing.T, s *envelope.Source) *envelope.Message {
	t.Helper()
	payloads, err := s.Seal(v.roster(t), envelope.Daily, strings.Repeat("text ", 3))
	if err != nil {
		t.Fatal(err)
	}
	m, err := v.opener(t).OpenPayload(payloads[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
