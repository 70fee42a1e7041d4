package casebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"hearsay"
)

// Record is one thing that happened at the desk. Records are never changed and
// never removed; a later one supersedes an earlier. Ids and a report's bytes
// have places of their own, so that Data never holds one.
type Record struct {
	Seq    int64       // ascending from 1 without a gap; the casebook numbers, and the store refuses another
	Day    hearsay.Day // the day it happened on, at the desk
	Editor string      // who did it; empty for the desk itself
	Kind   Kind
	Source SourceID // the source it is about, if any
	Report ReportID // the report it is about, if any
	Body   Text     // a report's bytes, on the record that keeps them; two sources may send equal ones
	Data   Text     // the JSON of the kind's payload
}

// Format prints the kind alone: a record holds what may not be shown.
func (r Record) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "[record %s]", r.Kind) }

// LogValue logs the kind alone.
func (r Record) LogValue() slog.Value { return slog.StringValue(string(r.Kind)) }

// MarshalJSON refuses: records are written by the store, field by field.
func (Record) MarshalJSON() ([]byte, error) { return nil, ErrStaysInDesk }

// Store keeps records. Append keeps all or none under the numbers they have and
// returns when they would survive a loss of power; Load yields them in order.
type Store interface {
	Append(ctx context.Context, records []Record) error
	Load(ctx context.Context, yield func(Record) error) error
}

// Kind says what a record tells.
type Kind string

// The kinds of records, each with the payload of its name below.
const (
	kindEditor    Kind = "editor"
	kindRemoved   Kind = "editor removed"
	kindClaim     Kind = "claim"
	kindContact   Kind = "contact"
	kindSource    Kind = "source"
	kindRollover  Kind = "rollover"
	kindLift      Kind = "lift"
	kindAdmit     Kind = "admit"
	kindManifest  Kind = "manifest"
	kindFile      Kind = "file"
	kindUnread    Kind = "unread"
	kindPart      Kind = "part"
	kindReport    Kind = "report"
	kindCut       Kind = "cut"
	kindCutLifted Kind = "cut lifted"
	kindMerge     Kind = "merge"
	kindSign      Kind = "sign"
	kindConsent   Kind = "consent"
	kindDraft     Kind = "draft"
	kindOverride  Kind = "override"
	kindFloor     Kind = "floor"
	kindPublished Kind = "published"
	kindAssessed  Kind = "assessed"
	kindDropped   Kind = "dropped"
	kindPulled    Kind = "pulled"

	kindDropOut     Kind = "drop out"
	kindReply       Kind = "reply"
	kindReplyMeant  Kind = "reply meant"
	kindReplyUndone Kind = "reply undone"
)

type editorData struct {
	Name     string `json:"name"`
	Verifier string `json:"verifier"`         // of the editor's passphrase; made and checked by the keyring
	Second   string `json:"second,omitempty"` // who stood by, where two were needed
}

type claimData struct {
	Claim
}

// contactData is what the desk knows of an inbox that writes to it.
type contactData struct {
	Fingerprint [32]byte    `json:"fingerprint"`
	Author      [32]byte    `json:"author"`
	Received    hearsay.Day `json:"received"`
	Inbox       []byte      `json:"inbox"`      // the contact's public half, for acks and replies
	InboxKeys   [][32]byte  `json:"inbox_keys"` // digests of its parts, to see one under another fingerprint
	Verified    bool        `json:"verified"`   // endorsed, and none of its keys another's
}

type sourceData struct {
	CodeName string `json:"code_name"`
	Note     string `json:"note,omitempty"` // what kind of source; never who
}

type partData struct {
	Author  [32]byte `json:"author"`
	Message [16]byte `json:"message"`
	Part    uint8    `json:"part"`
	Parts   uint8    `json:"parts"`
}

// arrivalData is how any message came, and how it was filed then.
type arrivalData struct {
	Channel  Channel     `json:"channel"`
	Received hearsay.Day `json:"received"`
	Flag     Flag        `json:"flag,omitempty"`
	Author   [32]byte    `json:"author"`
	Message  [16]byte    `json:"message"`

	Fingerprint [32]byte `json:"fingerprint"` // of the inbox that it came with
}

type reportData struct {
	arrivalData
}

// rolloverData is a source's word that it changed its words.
type rolloverData struct {
	arrivalData
	Next       [32]byte `json:"next"`              // fingerprint of the new inbox
	NextAuthor [32]byte `json:"next_author"`       // who will write from it
	Refused    bool     `json:"refused,omitempty"` // a key of the new inbox is another's
}

// liftData is one editor's word that an order of the words, taken for a false
// one, is the source's own. It needs two.
type liftData struct {
	Place int64  `json:"place"` // what came in that order
	Why   string `json:"why"`
}

// admitData lets a report that came under changed words carry weight.
type admitData struct {
	Place int64  `json:"place"`
	Why   string `json:"why"`
}

type manifestData struct {
	arrivalData
	Report [16]byte           `json:"report"` // the message that the files belong to, zero for none
	Files  []manifestFileData `json:"files"`
}

type manifestFileData struct {
	Key    [32]byte `json:"key"`
	Size   int64    `json:"size"`
	Chunks int      `json:"chunks"`
	Digest [32]byte `json:"digest"`
	Name   string   `json:"name"`
}

// fileData tells what became of a file that a manifest names.
type fileData struct {
	Manifest int64     `json:"manifest"`
	File     int       `json:"file"`
	State    FileState `json:"state"`
}

// unreadData is a message that opened and that this version cannot read. Its
// bytes are kept for one that can.
type unreadData struct {
	arrivalData
	Type  uint8 `json:"type"`
	Part  uint8 `json:"part"`
	Parts uint8 `json:"parts"`
}

type replyData struct {
	Text  string `json:"text"`
	Meant bool   `json:"meant,omitempty"` // although whoever forces the source may read it
}

type replyMeantData struct {
	Reply int64 `json:"reply"`
}

type replyUndoneData struct {
	Reply int64 `json:"reply"`
}

type cutData struct {
	Since hearsay.Day `json:"since"`
}

type mergeData struct {
	Claim hearsay.Address `json:"claim"`
	Group int64           `json:"group"` // the same number on each record of one merge
	Why   string          `json:"why"`
}

type signData struct {
	Claim    hearsay.Address `json:"claim"`
	ByRecord bool            `json:"by_record,omitempty"`
	Binding  [32]byte        `json:"binding"` // what was signed: the value and its origin groups
}

type consentData struct {
	Case      string `json:"case"`
	By        string `json:"by"`
	Public    string `json:"public"` // what may be told
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

type draftData struct {
	ID       string               `json:"id"`
	Kind     hearsay.BulletinKind `json:"kind"`
	Text     string               `json:"text"`
	Corrects string               `json:"corrects,omitempty"`
}

type overrideData struct {
	Bulletin string   `json:"bulletin"`
	Digest   [32]byte `json:"digest"` // of the draft: another text needs another override
	Claim    string   `json:"claim"`  // an address, or empty for the text itself
	Why      string   `json:"why"`

	Findings [][32]byte `json:"findings"` // digests of what it lets pass
}

type floorData struct {
	Floor Reach `json:"floor"`
}

type publishedData struct {
	Serial   int                    `json:"serial"`
	Bulletin hearsay.Bulletin       `json:"bulletin"`
	Claims   []hearsay.PublicClaim  `json:"claims"` // as first told with this bulletin: what the edition adds
	Findings []publishedFindingData `json:"overridden,omitempty"`
}

type publishedFindingData struct {
	Rule  Rule   `json:"rule"`
	Claim string `json:"claim,omitempty"`
}

type assessedData struct {
	Claim     hearsay.Address  `json:"claim"`
	Standing  hearsay.Standing `json:"standing"`
	Value     hearsay.Value    `json:"value"`
	P         float64          `json:"p"`
	Origins   int              `json:"origins"`
	Fragility int              `json:"fragility"`
}

type droppedData struct {
	Epoch  hearsay.Day `json:"epoch"`
	Digest [32]byte    `json:"digest"` // of the whole drop, for the next one's chain
	Acked  int64       `json:"acked"`  // reports up to this record are acknowledged

	Replies []int64 `json:"replies,omitempty"` // that are in its rows
}

// dropOutData tells that the relay has taken a drop.
type dropOutData struct {
	Epoch hearsay.Day `json:"epoch"`
}

type pulledData struct {
	Through hearsay.Day `json:"through"` // every inbox up to this epoch is kept and done
}

// ErrRecord tells that a kept record cannot be read: another version wrote it,
// or the store is damaged.
var ErrRecord = errors.New("a kept record cannot be read")

func encode(payload any) Text {
	b, err := json.Marshal(payload)
	if err != nil {
		panic("casebook: a payload of plain fields does not encode: " + err.Error())
	}
	return NewText(string(b))
}

func decode[T any](r Record) (T, error) {
	var payload T
	d := json.NewDecoder(strings.NewReader(r.Data.Reveal()))
	d.DisallowUnknownFields() // another version knows more: better to stop than to forget it
	if err := d.Decode(&payload); err == nil {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return payload, nil
		}
	}
	return payload, fmt.Errorf("record %d, %s: %w", r.Seq, r.Kind, ErrRecord)
}
