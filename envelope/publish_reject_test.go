package envelope

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// A rejectVector is input that must be refused. Kinds without "-flip" carry it;
// those with it change one byte of something that is good.
type rejectVector struct {
	Kind  string   `json:"kind"`
	Why   string   `json:"why"`
	Bytes hexBytes `json:"bytes,omitempty"`
	Text  string   `json:"text,omitempty"`
	At    int      `json:"at,omitempty"`
	XOR   int      `json:"xor,omitempty"`
	Code  int      `json:"code,omitempty"` // what a relay answers
}

func (w *publishedWorld) publishRejects(p *published) {
	p.Reject = slices.Concat(w.rejectedEnvelopes(), w.rejectedRows(), rejectedFlips(), w.rejectedCharters(),
		w.rejectedManifests(), rejectedWire(p), rejectedKeys())
}

// rejectedEnvelopes are what a sender with good keys, but a fault or ill will,
// seals to the first editor's daily bundle.
func (w *publishedWorld) rejectedEnvelopes() []rejectVector {
	honest := w.authorOf(w.source)
	contact := w.source.keys.get().contact
	var all []rejectVector
	add := func(why string, b []byte) { all = append(all, rejectVector{Kind: "envelope", Why: why, Bytes: b}) }
	sealed := func(why string, change func(text []byte)) {
		text := plaintext{kind: Report, contact: contact, parts: 1, body: []byte("text")}.marshal()
		change(text)
		add(why, w.hostile(honest, text))
	}
	sealed("version 2", func(b []byte) { b[0] = 2 })
	sealed("a type that is none", func(b []byte) { b[1] = 4 })
	sealed("a reply, to the desk", func(b []byte) { b[1] = byte(Reply) })
	sealed("dirty filler after the body", func(b []byte) { b[ptBodyAt+4] = 1 })
	sealed("len 3291", func(b []byte) { binary.BigEndian.PutUint16(b[ptLenAt:], MaxBody+1) })
	sealed("part not below parts", func(b []byte) { b[ptPartAt] = 1 })
	sealed("four parts", func(b []byte) { b[ptPartAt+1] = 4 })
	sealed("a manifest in two parts", func(b []byte) { b[1], b[ptPartAt+1] = byte(Manifest), 2 })
	sealed("fetch is not canonical", func(b []byte) { copy(b[ptContactAt:], bytes.Repeat([]byte{0xff}, 32)) })
	sealed("pke has a coefficient of q and above", func(b []byte) { b[ptContactAt+32], b[ptContactAt+33] = 0xff, 0xff })
	sealed("reply_dh is of low order", func(b []byte) { clear(b[ptContactAt+32+xwingKeySize:][:dhSize]) })

	elsewhere, err := sealText(DeskID{1}, w.editorSecrets(Daily).public(), honest, plaintext{kind: Report, contact: contact, parts: 1}.marshal())
	w.check(err)
	add("sealed for another desk", elsewhere)
	spliced := bytes.Clone(w.messageBytes["report"])
	copy(spliced[pkeAt:], w.messageBytes["rollover"][pkeAt:])
	add("CT_PKE of another envelope by the same sender", spliced)
	return all
}

// rejectedRows are what nobody may show a source.
func (w *publishedWorld) rejectedRows() []rejectVector {
	k := w.editor(0).lt.keys.get()
	editor := sender{dh: k.dh, mlkem: k.mlkem.EncapsulationKey().Bytes()}
	var all []rejectVector
	add := func(why string, p plaintext) {
		b, err := seal(w.desk.id, w.sourceSecrets().public(), editor, p)
		w.check(err)
		all = append(all, rejectVector{Kind: "row", Why: why, Bytes: b})
	}
	add("a report, to a source", plaintext{kind: Report, contact: w.source.keys.get().contact, parts: 1})
	add("a reply that names an inbox", plaintext{kind: Reply, contact: w.source.keys.get().contact, parts: 1})
	return all
}

// rejectedFlips change each field of what is good.
func rejectedFlips() []rejectVector {
	var all []rejectVector
	add := func(kind string, fields ...any) { // name, offset, name, offset, …
		for i := 0; i < len(fields); i += 2 {
			all = append(all, rejectVector{Kind: kind, Why: fields[i].(string), At: fields[i+1].(int), XOR: 1})
		}
	}
	add("envelope-flip", "c2", 0, "c2, last", c1At-1, "c1", c1At, "c'", cAt, "tag of c'", pkeAt-1, "CT_PKE", pkeAt,
		"X25519 share in CT_PKE", pkeAt+mlkemCTSize, "author in CT_PKE", pkeAt+xwingCTSize, "tag of CT_PKE", Size-1)
	const block, bundle = CharterSize, CharterSize + longTermSize
	add("roster-flip", "magic", 0, "serial", 8, "from", 12, "to", 16, "n", 20, "rows", 21, "filler", 22, "pk_import", charterImportAt,
		"vk of slot 0", charterEditors, "vk of slot 2", charterEditors+64, "signature of the charter", charterSigned,
		"long-term dh", block, "long-term mlkem", block+dhSize, "fetch", block+dhSize+mlkemKeySize, "signature of the long-term keys", bundle-1,
		"class", bundle, "filler of a bundle", bundle+1, "epoch", bundle+4, "use_until", bundle+8, "destroy_after", bundle+12,
		"bundle dh", bundle+16, "bundle mlkem", bundle+48, "bundle pke", bundle+48+mlkemKeySize, "signature of a bundle", bundle+bundleSize-1,
		"courier bundle", bundle+bundleSize, "block of slot 2", block+2*BlockSize, "filler at the end", CharterSize+3*BlockSize, "last byte", RosterSize-1)
	add("drop-flip", "magic", 0, "NR", 8, "slot", 40, "filler", 41, "rows", 43, "epoch", 47, "prev", 48, "filler of the header", 80,
		"an ack", dropHeader, "a row", dropHeader+AcksPerDrop*AckSize, "the last row", DropSize(16)-sigSize-1, "signature", DropSize(16)-1)
	add("questions-flip", "magic", 0, "NR", 8, "serial", 40, "from", 44, "to", 48, "len", 55, "deflated", questionsHeader,
		"filler", questionsSigned-1, "signature", QuestionsSize-1)
	add("chunk-flip", "locator", 0, "data", chunkLocator, "tag", ChunkSize-1)
	add("rollover-flip", "own_vk", 1280, "own_sig", 1312, "auth_dh", 1392)
	add("outbound-flip", "magic", 0, "number of drops", 41, "filler", 42, "rows of the first drop", outboundFixed+43,
		"magic of the second drop", outboundFixed+DropSize(4))
	for _, f := range []struct {
		why  string
		at   int
		code AnswerCode
	}{
		{"magic", 0, BadShape}, {"kind", depositKindAt, BadShape}, {"filler", depositKindAt + 1, BadShape}, {"token", depositTokenAt, BadShape},
		{"filler at the end of the header", DepositHeader - 1, BadShape},
		{"epoch, 256 days on", depositEpochAt + 2, BadEpoch}, {"nonce", depositNonceAt + 7, BadEpoch}, {"payload", DepositHeader, BadEpoch},
	} {
		all = append(all, rejectVector{Kind: "deposit-flip", Why: f.why, At: f.at, XOR: 1, Code: int(f.code)})
	}
	return all
}

// rejectedCharters are signed by the root and yet no charters.
func (w *publishedWorld) rejectedCharters() []rejectVector {
	good := w.rosterFile[:CharterSize]
	all := []rejectVector{
		{Kind: "charter", Why: "a signature that holds only when both sides are multiplied by the cofactor", Bytes: withSignature(good, cofactoredSignature(w.desk.root, charterPreimage(good)))},
		{Kind: "charter", Why: "a signature whose S is not below the order of the group", Bytes: withSignature(good, malleatedSignature(good[charterSigned:]))},
	}
	for _, c := range []struct {
		why    string
		change func(b []byte)
	}{
		{"runs 91 days", func(b []byte) { binary.BigEndian.PutUint32(b[16:], binary.BigEndian.Uint32(b[12:])+CharterDays+1) }},
		{"ends before it begins", func(b []byte) { binary.BigEndian.PutUint32(b[16:], binary.BigEndian.Uint32(b[12:])-1) }},
		{"five rows", func(b []byte) { b[21] = 5 }},
		{"no editors", func(b []byte) { b[20] = 0 }},
		{"four editors", func(b []byte) { b[20] = 4 }},
		{"one editor, and the keys of three", func(b []byte) { b[20] = 1 }},
		{"an editor's key of small order", func(b []byte) { clear(b[charterEditors:][:32]) }},
		{"pk_import with a coefficient of q and above", func(b []byte) { b[charterImportAt], b[charterImportAt+1] = 0xff, 0xff }},
	} {
		b := bytes.Clone(good)
		c.change(b)
		copy(b[charterSigned:], ed25519.Sign(w.desk.root, charterPreimage(b)))
		all = append(all, rejectVector{Kind: "charter", Why: c.why, Bytes: b})
	}
	return all
}

func (w *publishedWorld) rejectedManifests() []rejectVector {
	var all []rejectVector
	add := func(why string, change func(m *ManifestBody)) {
		m := ManifestBody{Report: [16]byte{1}, Files: slices.Clone(w.files)}
		change(&m)
		all = append(all, rejectVector{Kind: "manifest", Why: why, Bytes: writeUnchecked(m)})
	}
	add("no files", func(m *ManifestBody) { m.Files = nil })
	add("an empty file", func(m *ManifestBody) { m.Files[1].Size = 0 })
	add("more bytes than the chunks hold", func(m *ManifestBody) { m.Files[1].Size = ChunkData + 1 })
	add("a chunk too many", func(m *ManifestBody) { m.Files[1].Chunks = 2 })
	add("65 chunks in all", func(m *ManifestBody) { m.Files[0].Size, m.Files[0].Chunks = 64*ChunkData, 64 })
	add("a size of 2^63", func(m *ManifestBody) { m.Files[0].Size = -1 << 63 })
	add("one key twice", func(m *ManifestBody) { m.Files[1].Key = m.Files[0].Key })
	add("a key of zeros", func(m *ManifestBody) { m.Files[1].Key = FileKeyFromBytes([32]byte{}) })
	for why, name := range map[string]string{
		"no name": "", "a name of 65 bytes": strings.Repeat("n", 65), "a path": "a/b", "a path on Windows": `a\b`, "this folder": ".",
		"the folder above": "..", "a line feed in a name": "a\nb", "a C1 control in a name": "a\u0085b", "a line separator in a name": "a\u2028b",
		"a turn of direction in a name": "photo\u202egpj.exe", "a name that is not UTF-8": "a\xff",
	} {
		add(why, func(m *ManifestBody) { m.Files[1].Name = name })
	}
	slices.SortFunc(all, func(a, b rejectVector) int { return strings.Compare(a.Why, b.Why) }) // a map has no order
	good := w.manifestBytes()
	return append(all,
		rejectVector{Kind: "manifest", Why: "cut", Bytes: good[:len(good)-1]},
		rejectVector{Kind: "manifest", Why: "a byte too many", Bytes: append(bytes.Clone(good), 0)},
		rejectVector{Kind: "manifest", Why: "nothing"})
}

func (w *publishedWorld) manifestBytes() []byte {
	b, err := ManifestBody{Report: [16]byte{1}, Files: w.files}.Marshal()
	w.check(err)
	return b
}

func rejectedWire(p *published) []rejectVector {
	changed := func(good []byte, at int, to byte) hexBytes {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	taken := Answer(Taken)
	status := p.Status.Bytes
	header := p.Authorization.Header
	other := "A"
	if header[20] == 'A' {
		other = "B"
	}
	return []rejectVector{
		{Kind: "status", Why: "magic", Bytes: changed(status, 0, 'h')},
		{Kind: "status", Why: "a puzzle of 15 bits", Bytes: changed(status, 12, MinPuzzle-1)},
		{Kind: "status", Why: "a puzzle of 25 bits", Bytes: changed(status, 12, MaxPuzzle+1)},
		{Kind: "status", Why: "filler", Bytes: changed(status, 13, 1)},
		{Kind: "status", Why: "filler at the end", Bytes: changed(status, StatusSize-1, 1)},
		{Kind: "status", Why: "a byte too few", Bytes: status[1:]},
		{Kind: "answer", Why: "code 6", Bytes: changed(taken, 0, 6)},
		{Kind: "answer", Why: "filler", Bytes: changed(taken, AnswerSize-1, 1)},
		{Kind: "answer", Why: "a byte too few", Bytes: taken[1:]},
		{Kind: "authorization", Why: "another scheme", Text: "hearsay" + header[7:]},
		{Kind: "authorization", Why: "no scheme", Text: header[8:]},
		{Kind: "authorization", Why: "cut", Text: header[:len(header)-1]},
		{Kind: "authorization", Why: "slot 3", Text: header[:8] + "Aw" + header[10:]},
		{Kind: "authorization", Why: "another random number: the signature fails", Text: header[:20] + other + header[21:]},
	}
}

// rejectedKeys are public keys that must be refused wherever they stand.
func rejectedKeys() []rejectVector {
	var all []rejectVector
	for _, key := range lowOrderX25519 {
		all = append(all, rejectVector{Kind: "x25519", Why: "of low order", Bytes: key})
		top := bytes.Clone(key)
		top[31] |= 0x80
		all = append(all, rejectVector{Kind: "x25519", Why: "of low order, with the top bit that is ignored", Bytes: top})
	}
	for _, key := range lowOrderEd25519 {
		all = append(all, rejectVector{Kind: "ed25519", Why: "of small order", Bytes: key})
	}
	for _, low := range []string{"ed", "ee", "ff"} {
		key, err := hex.DecodeString(low + strings.Repeat("ff", 30) + "7f")
		if err != nil {
			panic(err) // a constant
		}
		all = append(all, rejectVector{Kind: "ed25519", Why: "y of p and above", Bytes: key})
	}
	all = append(all, rejectVector{Kind: "ristretto255", Why: "the identity", Bytes: make([]byte, 32)})
	return all
}
