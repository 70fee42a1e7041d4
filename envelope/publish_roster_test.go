package envelope

import "crypto/ed25519"

type charterVector struct {
	Serial  uint32   `json:"serial"`
	From    Epoch    `json:"from"`
	To      Epoch    `json:"to"`
	Editors int      `json:"n"`
	Rows    int      `json:"rows"`
	Bytes   hexBytes `json:"bytes"`
	Roster  hexBytes `json:"roster_sum"` // SHA-256 of this charter, that many blocks, zeros
}

type rosterVector struct {
	RootVK     hexBytes `json:"root_vk"`
	NR         hexBytes `json:"nr"`
	File       string   `json:"file"`
	Sum        hexBytes `json:"sum"`
	Serial     uint32   `json:"serial"`
	GoodAt     []Epoch  `json:"good_at"`
	BadAt      []Epoch  `json:"bad_at"`
	OldestFrom Epoch    `json:"oldest_daily"`
}

type questionsVector struct {
	File   string   `json:"file"`
	Sum    hexBytes `json:"sum"`
	Serial uint32   `json:"serial"`
	From   Epoch    `json:"from"`
	To     Epoch    `json:"to"`
	Signer string   `json:"signer"`
	JSON   string   `json:"json"`
}

const publishedQuestions = `{"questions":[{"key":"road-open","type":"choice","labels":{"en":"Is the road open?","ko":"길이 열려 있습니까?","ru":"Дорога открыта?","zh":"路通吗？"}}]}`

func (w *publishedWorld) publishRoster(p *published, files map[string][]byte) {
	var blocks [][]byte
	for _, e := range w.desk.editors {
		blocks = append(blocks, e.block)
	}
	// The last charter is that of the roster; the others show fewer editors.
	for i, rows := range []int{8, 16, 4} {
		n := i + 1
		c := Charter{Serial: uint32(4 + n), From: publishedDay - 1, To: publishedDay - 1 + CharterDays, Rows: rows, Import: w.importKey}
		for slot := range n {
			c.Editors = append(c.Editors, ed25519.PublicKey(publicKey(w.editor(slot).key)))
		}
		charter, err := SignCharter(w.desk.root, c)
		w.check(err)
		roster, err := AssembleRoster(charter, blocks[:n])
		w.check(err)
		p.Charters = append(p.Charters, charterVector{c.Serial, c.From, c.To, n, rows, charter, sum(roster)})
		if n == Slots {
			w.rosterFile = roster
		}
	}

	var err error
	w.roster, err = ParseRoster(w.desk.public(), w.rosterFile, publishedDay, 0)
	w.check(err)
	files["roster.bin"] = w.rosterFile
	p.Roster = rosterVector{
		RootVK: publicKey(w.desk.root), NR: w.desk.id[:], File: "roster.bin", Sum: sum(w.rosterFile), Serial: w.roster.Charter.Serial,
		GoodAt:     []Epoch{publishedDay - 1, publishedDay, publishedDay + DailyUse},
		BadAt:      []Epoch{publishedDay - 2, publishedDay + DailyUse + 1},
		OldestFrom: w.roster.OldestBundle(Daily),
	}

	q := Questions{Serial: 3, From: publishedDay - 1, To: publishedDay + 30, JSON: []byte(publishedQuestions)}
	w.questions, err = SignQuestions(w.editor(0).key, w.desk.id, q)
	w.check(err)
	files["questions.bin"] = w.questions
	p.Questions = questionsVector{"questions.bin", sum(w.questions), q.Serial, q.From, q.To, "editor", publishedQuestions}
}
