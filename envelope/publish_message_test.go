package envelope

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

type messageVector struct {
	Name     string         `json:"name"`
	Why      string         `json:"why,omitempty"`
	Type     MessageType    `json:"type"`
	From     string         `json:"from"`
	To       string         `json:"to"`
	SenderDH hexBytes       `json:"sender_dh"`
	MsgID    hexBytes       `json:"msg_id"`
	Part     int            `json:"part"`
	Parts    int            `json:"parts"`
	Body     string         `json:"body,omitempty"`     // of a text
	BodyHex  hexBytes       `json:"body_hex,omitempty"` // of anything else
	InboxFP  hexBytes       `json:"inbox_fp,omitempty"` // of what comes from a source
	Endorsed bool           `json:"endorsed"`           // own_sig is good
	PTSum    hexBytes       `json:"pt_sum"`             // SHA-256 of the plaintext
	Bytes    hexBytes       `json:"bytes"`
	Inside   envelopeInside `json:"hpke"`
}

type manifestVector struct {
	Report hexBytes     `json:"report"`
	Files  []fileVector `json:"files"`
	Bytes  hexBytes     `json:"bytes"`
}

// A fileVector is a file of a manifest, or one put together from others.
type fileVector struct {
	Key    hexBytes `json:"key,omitempty"`
	Size   int64    `json:"size"`
	Chunks int      `json:"n,omitempty"`
	Sum    hexBytes `json:"sum"`
	Name   string   `json:"name,omitempty"`
	Recipe string   `json:"recipe"`
	Parts  []string `json:"parts,omitempty"`
}

type rolloverVector struct {
	Bytes   hexBytes `json:"bytes"`
	InboxFP hexBytes `json:"inbox_fp"`
	Author  hexBytes `json:"author"`
}

type chunkVector struct {
	File    int      `json:"file"`
	Key     hexBytes `json:"key"`
	I       int      `json:"i"`
	N       int      `json:"n"`
	Data    string   `json:"data,omitempty"` // text; without it, the file's recipe says
	Locator hexBytes `json:"locator"`
	Tail16  hexBytes `json:"tail16"`
	Sum     hexBytes `json:"sum"`
}

// publishedFile is the file of that length whose byte j is j mod 251.
func publishedFile(size int) []byte {
	b := make([]byte, size)
	for j := range b {
		b[j] = byte(j % 251)
	}
	return b
}

const fileRecipe = "byte j is j mod 251"

func (w *publishedWorld) publishMessages(p *published) {
	report := func(s *Source, class Class, text string) [][]byte {
		payloads, err := s.Seal(w.roster, class, text)
		w.check(err)
		return payloads
	}
	fromSource := func(name, from, why string, class Class, envelope []byte) messageVector {
		to := "editor, daily bundle"
		if class == Courier {
			to = "editor, courier bundle"
		}
		m, err := w.editor(0).opener(w.desk.id).Open(envelope)
		w.check(err)
		fp := m.Contact.Fingerprint(w.desk.id).Bytes()
		v := w.messageVector(name, from, to, why, w.editorSecrets(class), m, envelope)
		v.InboxFP, v.Endorsed = fp[:], m.Endorsed(w.desk.id)
		return v
	}
	toSource := func(name, from, why string, envelope []byte) messageVector {
		m, err := w.source.Open(envelope)
		w.check(err)
		w.rows[name] = envelope
		return w.messageVector(name, from, "source", why, w.sourceSecrets(), m, envelope)
	}
	add := func(v messageVector) { p.Messages = append(p.Messages, v) }

	w.payload = report(w.source, Daily, "The bridge at kilometre nine was mined on Tuesday.")[0]
	p.Envelope = fromSource("report", "source", "", Daily, w.payload[:Size])
	p.Duress = fromSource("duress", "source, other order", "the same inbox, another author: duress", Daily,
		report(w.otherOrder, Daily, "Everything is normal.")[0][:Size])
	p.Claim = fromSource("claim", "stranger", "opens, but must be filed as an unverified claim: the source's inbox, an author for whom nobody vouches",
		Daily, w.claim())
	rows, err := w.editor(0).lt.Reply(w.desk.id, w.contact("report"), "Received. Stay away from the road.")
	w.check(err)
	p.Reply = toSource("reply", "editor", "", rows[0])

	for part, payload := range report(w.source, Daily, strings.Repeat("다리에 지뢰가 있다. ", 130)) {
		add(fromSource(fmt.Sprintf("long report, part %d", part), "source", "a part ends before the character that would not fit", Daily, payload[:Size]))
	}
	add(fromSource("report by courier", "source", "", Courier, report(w.source, Courier, "By drive.")[0][:Size]))
	add(fromSource("claim to an inbox", "stranger", "opens, but must be filed as an unverified claim: an inbox of its own with the source's reply_dh",
		Daily, w.claimInbox()))

	m := w.manifest(p.Envelope.MsgID)
	payload, err := w.source.SealManifest(w.roster, Daily, m)
	w.check(err)
	add(fromSource("manifest", "source", "", Daily, payload[:Size]))
	p.Manifest.Bytes, err = m.Marshal()
	w.check(err)
	p.Manifest.Report = m.Report[:]
	for _, f := range m.Files {
		key := f.Key.Bytes()
		p.Manifest.Files = append(p.Manifest.Files, fileVector{key[:], f.Size, f.Chunks, f.Digest[:], f.Name, fileRecipe, nil})
	}

	payload, err = w.source.SealRollover(w.roster, Daily, w.next)
	w.check(err)
	rollover := fromSource("rollover", "source", "from now on the desk answers next_source only", Daily, payload[:Size])
	add(rollover)
	successor, err := ParseRollover(w.desk.id, rollover.BodyHex)
	w.check(err)
	fp, author := successor.Contact.Fingerprint(w.desk.id).Bytes(), successor.Author.Bytes()
	p.Rollover = rolloverVector{rollover.BodyHex, fp[:], author[:]}

	// No desk sends a manifest (4.7), so there is no call that seals one.
	editor := w.editor(0).lt.keys.get()
	asEditor := sender{dh: editor.dh, mlkem: editor.mlkem.EncapsulationKey().Bytes()}
	row, err := seal(w.desk.id, w.sourceSecrets().public(), asEditor, plaintext{kind: ReplyManifest, id: [16]byte(p.Reply.MsgID), parts: 1, body: p.Manifest.Bytes})
	w.check(err)
	add(toSource("reply manifest", "editor", "shown as a file that a kit cannot fetch", row))
	row, err = seal(w.desk.id, w.sourceSecrets().public(), w.authorOf(w.stranger), plaintext{kind: Reply, parts: 1, body: []byte("Not the desk.")})
	w.check(err)
	add(toSource("reply by a stranger", "stranger", "opens, but must be discarded: the author is not the long-term pair of the drop's editor", row))
}

// messageVector writes down what was opened, and how.
func (w *publishedWorld) messageVector(name, from, to, why string, secrets *recipientSecrets, m *Message, envelope []byte) messageVector {
	inside, author, text := lookInside(w.t, w.desk.id, secrets, envelope)
	w.opened[name] = m
	w.messageBytes[name] = envelope
	v := messageVector{
		Name: name, Why: why, Type: m.Type, From: from, To: to, SenderDH: author[:dhSize], MsgID: m.ID[:], Part: m.Part, Parts: m.Parts,
		PTSum: sum(text), Bytes: envelope, Inside: inside,
	}
	if m.Type.isText() {
		v.Body = string(m.Body())
	} else {
		v.BodyHex = m.Body()
	}
	return v
}

func (w *publishedWorld) contact(name string) Contact { return w.opened[name].Contact }

// claim is what a former editor can make, who knows the source's public keys.
func (w *publishedWorld) claim() []byte {
	from := w.authorOf(w.source)
	from.dh = w.stranger.keys.get().author
	return w.hostile(from, plaintext{kind: Report, contact: w.source.keys.get().contact, parts: 1, body: []byte("I am the source.")}.marshal())
}

// claimInbox vouches for itself, but wants replies to go to another's inbox.
func (w *publishedWorld) claimInbox() []byte {
	contact := slices.Clone(w.stranger.keys.get().contact)
	copy(contact[32+xwingKeySize:], w.source.keys.get().inbox.dh.PublicKey().Bytes())
	return w.hostile(w.authorOf(w.stranger), plaintext{kind: Report, contact: contact, parts: 1, body: []byte("Answer me there.")}.marshal())
}

// hostile seals anything to the first editor.
func (w *publishedWorld) hostile(from sender, text []byte) []byte {
	b, err := sealText(w.desk.id, w.editorSecrets(Daily).public(), from, text)
	w.check(err)
	return b
}

func (w *publishedWorld) manifest(report hexBytes) ManifestBody {
	m := ManifestBody{Report: [16]byte(report)}
	for i, size := range []int{ChunkData + 1, 5} {
		data := publishedFile(size)
		m.Files = append(m.Files, File{
			Key: NewFileKey(), Size: int64(size), Chunks: 2 - i, Digest: sha256.Sum256(data), Name: []string{"photo-1.jpg", "기록.pdf"}[i],
		})
	}
	w.files = m.Files
	return m
}

func (w *publishedWorld) publishChunks(p *published) {
	chunk := func(file int, key FileKey, i, n int, data []byte) chunkVector {
		b, err := SealChunk(w.desk.id, key, i, n, data)
		w.check(err)
		w.chunks = append(w.chunks, b)
		k := key.Bytes()
		return chunkVector{File: file, Key: k[:], I: i, N: n, Locator: b[:chunkLocator], Tail16: b[ChunkSize-tagSize:], Sum: sum(b)}
	}
	const text = "attachment"
	p.Chunk = chunk(-1, NewFileKey(), 0, 1, []byte(text))
	p.Chunk.Data = text
	for file, f := range w.files {
		data := publishedFile(int(f.Size))
		for i := range f.Chunks {
			p.Chunks = append(p.Chunks, chunk(file, f.Key, i, f.Chunks, data[i*ChunkData:min(len(data), (i+1)*ChunkData)]))
		}
	}
}
