package envelope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/cryptotest"
)

var update = flag.Bool("update", false, "write docs/vectors anew")

// publishedDir holds the vectors that other implementations are held to. Its
// README says what is in them.
const publishedDir = "../docs/vectors"

// published is docs/vectors/hs1.json.
type published struct {
	Note  string         `json:"note"`
	Made  string         `json:"made"` // the Go release, on which the random bytes depend
	Suite string         `json:"suite"`
	Sizes map[string]int `json:"sizes"`

	Desk         deskVector     `json:"desk"`
	Phrases      []phraseVector `json:"phrases"`
	Source       sourceVector   `json:"source"`
	NextSource   sourceVector   `json:"next_source"`
	Editor       editorVector   `json:"editor"`
	OtherEditors []editorVector `json:"other_editors"`

	Charters  []charterVector `json:"charters"`
	Roster    rosterVector    `json:"roster"`
	Questions questionsVector `json:"questions"`

	Envelope messageVector   `json:"envelope"`
	Reply    messageVector   `json:"reply"`
	Duress   messageVector   `json:"duress"`
	Claim    messageVector   `json:"claim"`
	Messages []messageVector `json:"messages"`
	Manifest manifestVector  `json:"manifest"`
	Rollover rolloverVector  `json:"rollover"`

	Chunk  chunkVector   `json:"chunk"`
	Chunks []chunkVector `json:"chunks"`

	Deposit      depositVector `json:"deposit"`
	ChunkDeposit depositVector `json:"chunk_deposit"`
	PoW          puzzleVector  `json:"pow"`
	Drop         dropVector    `json:"drop"`
	Drops        []dropVector  `json:"drops"`
	Outbound     fileVector    `json:"outbound"`

	Status        statusVector        `json:"status"`
	Answers       []answerVector      `json:"answers"`
	Authorization authorizationVector `json:"authorization"`

	Reject []rejectVector `json:"reject"`
}

// The vectors are what this code makes of one seed, so that nobody can have
// chosen them. They are byte-identical on every run of one Go release; another
// may take its random bytes in another order, and then -update is due.
func TestPublishedVectorsAreOurs(t *testing.T) {
	files := publish(t)
	for name, want := range files {
		path := filepath.Join(publishedDir, name)
		if *update {
			if err := os.MkdirAll(publishedDir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s makes: go test ./envelope -run PublishedVectorsAreOurs -update, and look at what changed",
				path, runtime.Version())
		}
	}
	t.Run("and stay small", func(t *testing.T) {
		if n := len(files["hs1.json"]); n > 600_000 {
			t.Errorf("hs1.json has %d bytes", n)
		}
	})
}

// publish returns the files of docs/vectors by name.
func publish(t *testing.T) map[string][]byte {
	cryptotest.SetGlobalRandom(t, 0x68656172) // "hear", the seed of the first vectors
	w := newPublishedWorld(t)
	p := &published{
		Note:  "Vectors of profile hs1 of the Hearsay protocol. README.md beside this file says how to read them. Apache-2.0.",
		Made:  runtime.Version(),
		Suite: "hearsay-1",
		Sizes: map[string]int{
			"envelope": Size, "pt": plaintextSize, "body": MaxBody, "deposit": DepositSize, "charter": CharterSize,
			"block": BlockSize, "roster": RosterSize, "questions": QuestionsSize, "drop": DropSize(16), "drop_8": DropSize(8),
			"drop_4": DropSize(4), "chunk": ChunkSize, "chunk_data": ChunkData, "chunk_deposit": ChunkDepositSize,
			"inbox_page": InboxPageSize, "chunk_page": ChunkPageSize, "status": StatusSize, "answer": AnswerSize,
			"rollover": rolloverSize,
		},
	}
	files := map[string][]byte{}
	w.publishIdentities(p)
	w.publishRoster(p, files)
	w.publishMessages(p)
	w.publishChunks(p)
	w.publishDeposits(p, files)
	w.publishDrops(p, files)
	w.publishWire(p)
	w.publishRejects(p)

	text, err := json.MarshalIndent(p, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	files["hs1.json"] = append(text, '\n')
	return files
}

// A publishedWorld is the desk, the people and what they have sent so far.
type publishedWorld struct {
	t            *testing.T
	desk         *testDesk
	importSeed   []byte
	importKey    []byte
	phrase       Phrase
	source       *Source
	otherOrder   *Source
	next         *Source
	stranger     *Source
	nextPhrase   Phrase
	roster       *Roster
	rosterFile   []byte
	questions    []byte
	payload      []byte // of the first report, its envelopes for all editors
	rows         map[string][]byte
	files        []File
	chunks       [][]byte
	opened       map[string]*Message
	messageBytes map[string][]byte
}

// publishedDay is in the roster's charter and in the life of all bundles.
const publishedDay Epoch = 20780

func newPublishedWorld(t *testing.T) *publishedWorld {
	w := &publishedWorld{t: t, rows: map[string][]byte{}, opened: map[string]*Message{}, messageBytes: map[string][]byte{}}
	importKey, err := xwing.GenerateKey()
	w.check(err)
	w.importKey = importKey.PublicKey().Bytes()
	w.importSeed, err = importKey.Bytes()
	w.check(err)

	w.desk = &testDesk{root: newSigner(t)}
	w.desk.id = DeskIDOf(w.desk.public())
	for range Slots {
		w.desk.editors = append(w.desk.editors, w.newEditor())
	}
	w.phrase, w.nextPhrase = newTestPhrase(t), newTestPhrase(t)
	w.source, err = DeriveSource(w.phrase, w.desk.id)
	w.check(err)
	w.next, err = DeriveSource(w.nextPhrase, w.desk.id)
	w.check(err)
	other, err := w.phrase.Reordered(otherOrder(w.phrase))
	w.check(err)
	w.otherOrder, err = DeriveSource(other, w.desk.id)
	w.check(err)
	w.stranger = newTestSource(t, w.desk.id)
	return w
}

// otherOrder swaps the first and the last of the marked words.
func otherOrder(p Phrase) string {
	o := p.Order()
	return string([]byte{o[3], o[1], o[2], o[0]})
}

// newEditor is an editor whose two bundles live as long as PROTOCOL 3 says.
func (w *publishedWorld) newEditor() testEditor {
	e := testEditor{key: newSigner(w.t)}
	var err error
	e.lt, err = NewLongTerm()
	w.check(err)
	k := Block{LongTerm: e.lt.Public()}
	made := publishedDay - 3 // the weekly bundle is the older one
	e.bundles[Daily], err = NewBundle(Daily, publishedDay, publishedDay+DailyUse, publishedDay+DailyDestroy)
	w.check(err)
	e.bundles[Courier], err = NewBundle(Courier, made, made+CourierUse, made+CourierDestroy)
	w.check(err)
	for class, u := range e.bundles {
		k.Bundles[class] = u.Public()
	}
	e.block, err = SignBlock(e.key, w.desk.id, k)
	w.check(err)
	return e
}

func (w *publishedWorld) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *publishedWorld) editor(slot int) testEditor { return w.desk.editors[slot] }

// sourceSecrets are the inbox of the first source, which opens replies.
func (w *publishedWorld) sourceSecrets() *recipientSecrets { return &w.source.keys.get().inbox }

// editorSecrets are what opens at the first editor.
func (w *publishedWorld) editorSecrets(class Class) *recipientSecrets {
	e := w.editor(0)
	s := e.bundles[class].keys.get().recipientSecrets
	s.fetch = e.lt.Public().Fetch
	return &s
}

func (w *publishedWorld) authorOf(s *Source) sender {
	k := s.keys.get()
	return sender{dh: k.author, mlkem: k.inbox.mlkem.EncapsulationKey().Bytes()}
}

func sum(b []byte) hexBytes {
	s := sha256.Sum256(b)
	return s[:]
}

func publicKey(k ed25519.PrivateKey) hexBytes { return hexBytes(k.Public().(ed25519.PublicKey)) }
