package envelope

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

type depositVector struct {
	File   string   `json:"file,omitempty"`
	Recipe string   `json:"recipe,omitempty"`
	Epoch  Epoch    `json:"epoch"`
	Kind   int      `json:"kind"`
	Bits   int      `json:"bits"`
	Nonce  uint64   `json:"nonce"`
	Header hexBytes `json:"header"`
	Sum    hexBytes `json:"sum"` // of header and payload
}

type puzzleVector struct {
	Epoch       Epoch    `json:"epoch"`
	PayloadHash hexBytes `json:"payload_hash"`
	Bits        int      `json:"bits"`
	Nonce       uint64   `json:"nonce"` // the least
}

type dropVector struct {
	Name    string   `json:"name"`
	Slot    int      `json:"slot"`
	Epoch   Epoch    `json:"epoch"`
	Rows    int      `json:"rows"`
	File    string   `json:"file"`
	Sum     hexBytes `json:"sum"`
	Prev    hexBytes `json:"prev"`
	Ack     hexBytes `json:"ack"`              // what source looks for
	Acked   bool     `json:"acked"`            // and finds
	NextAck hexBytes `json:"next_ack"`         // what next_source looks for
	NextHas bool     `json:"next_acked"`       // and finds
	Replies []string `json:"replies"`          // names of the messages that source can open
	Shown   []string `json:"shown"`            // those of them that the editor wrote
	Signer  string   `json:"signer,omitempty"` // "editor"
}

type statusVector struct {
	Epoch    Epoch    `json:"epoch"`
	PoW      int      `json:"pow"`
	LastDrop []Epoch  `json:"last_drop"`
	Roster   hexBytes `json:"roster_sum"`
	Bytes    hexBytes `json:"bytes"`
}

type answerVector struct {
	Code  int      `json:"code"`
	Means string   `json:"means"`
	Bytes hexBytes `json:"bytes"`
}

type authorizationVector struct {
	Slot   int      `json:"slot"`
	Epoch  Epoch    `json:"epoch"`
	Random hexBytes `json:"rnd"`
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Body   hexBytes `json:"body"`
	Signed hexBytes `json:"signed"` // what the signature is over
	Header string   `json:"header"`
}

func (w *publishedWorld) publishDeposits(p *published, files map[string][]byte) {
	deposit, err := NewDeposit(w.t.Context(), w.desk.id, publishedDay, w.payload, MinPuzzle)
	w.check(err)
	files["deposit.bin"] = deposit
	p.Deposit = newDepositVector(deposit)
	p.Deposit.File = "deposit.bin"
	hash := sha256.Sum256(w.payload)
	p.PoW = puzzleVector{publishedDay, hash[:], MinPuzzle, p.Deposit.Nonce}

	chunk, err := NewChunkDeposit(w.t.Context(), w.desk.id, publishedDay, w.chunks[0], MinPuzzle)
	w.check(err)
	p.ChunkDeposit = newDepositVector(chunk)
	p.ChunkDeposit.Recipe = "header, then the chunk under \"chunk\""
}

func newDepositVector(b []byte) depositVector {
	return depositVector{
		Epoch: publishedDay, Kind: int(b[depositKindAt]), Bits: MinPuzzle, Nonce: binary.BigEndian.Uint64(b[depositNonceAt:]),
		Header: b[:DepositHeader], Sum: sum(b),
	}
}

func (w *publishedWorld) publishDrops(p *published, files map[string][]byte) {
	build := func(name string, rows int, epoch Epoch, prev hexBytes, acks []Contact, replies ...string) dropVector {
		c := DropContent{Epoch: epoch, Rows: rows}
		copy(c.Prev[:], prev)
		v := dropVector{
			Name: name, Epoch: epoch, Rows: rows, File: name + ".bin", Prev: c.Prev[:], Replies: replies, Shown: []string{}, Signer: "editor",
		}
		for _, contact := range acks {
			c.Acks = append(c.Acks, contact.Ack(0, epoch))
			v.Acked = v.Acked || contact == w.contact("report")
			v.NextHas = v.NextHas || contact != w.contact("report")
		}
		ack, next := makeAck(w.source.keys.get().ack, 0, epoch), makeAck(w.next.keys.get().ack, 0, epoch)
		v.Ack, v.NextAck = ack[:], next[:]
		for _, reply := range replies {
			c.Replies = append(c.Replies, w.rows[reply])
			if reply != "reply by a stranger" {
				v.Shown = append(v.Shown, reply)
			}
		}
		b, err := BuildDrop(w.editor(0).key, w.desk.id, c)
		w.check(err)
		v.Sum = sum(b)
		files[v.File] = b
		return v
	}
	successor, err := ParseRollover(w.desk.id, p.Rollover.Bytes)
	w.check(err)
	old, next := w.contact("report"), successor.Contact
	p.Drop = build("drop", 16, publishedDay, nil, []Contact{old, next}, "reply")
	eight := build("drop-8", 8, publishedDay, nil, []Contact{old}, "reply", "reply manifest", "reply by a stranger")
	four := build("drop-4", 4, publishedDay, nil, []Contact{old}, "reply")
	after := build("drop-4-next", 4, publishedDay+1, four.Sum, []Contact{next})
	after.Replies = []string{}
	p.Drops = []dropVector{eight, four, after}

	b, err := MarshalOutbound(w.desk.public(), w.rosterFile, w.questions, [][]byte{files[after.File], files[four.File]})
	w.check(err)
	p.Outbound = fileVector{
		Size: int64(len(b)), Sum: sum(b), Recipe: "\"HS1OUTBD\", desk.root_vk, u16 2, 22 zeros, then the parts",
		Parts: []string{"roster.bin", "questions.bin", four.File, after.File},
	}
}

func (w *publishedWorld) publishWire(p *published) {
	s := Status{Epoch: publishedDay, Puzzle: DefaultPuzzle, LastDrop: [Slots]Epoch{publishedDay, publishedDay - 1, 0}, RosterDigest: sha256.Sum256(w.rosterFile)}
	p.Status = statusVector{s.Epoch, s.Puzzle, s.LastDrop[:], s.RosterDigest[:], s.Marshal()}
	for code := Taken; code <= Unavailable; code++ {
		p.Answers = append(p.Answers, answerVector{int(code), code.String(), Answer(code)})
	}
	v := authorizationVector{Epoch: publishedDay, Method: "POST", Path: PathPublishDrop, Body: bytes.Repeat([]byte("drop"), 4)}
	header, err := Authorize(w.editor(0).key, w.desk.id, v.Slot, v.Epoch, v.Method, v.Path, v.Body)
	w.check(err)
	a, err := ParseAuthorization(header)
	w.check(err)
	v.Random, v.Signed, v.Header = a.Random[:], a.signed(w.desk.id, v.Method, v.Path, v.Body), header
	p.Authorization = v
}
