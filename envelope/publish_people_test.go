package envelope

import (
	"crypto/hkdf"
	"crypto/sha256"
	"strings"
)

type deskVector struct {
	RootSeed    hexBytes `json:"root_seed"`
	RootVK      hexBytes `json:"root_vk"`
	NR          hexBytes `json:"nr"`
	Fingerprint string   `json:"fingerprint"`
	ImportSeed  hexBytes `json:"import_seed"`
	ImportPK    hexBytes `json:"import_pk"`
}

type phraseVector struct {
	Text  string   `json:"text"`
	Valid bool     `json:"valid"`
	Order string   `json:"order,omitempty"`
	MKC   hexBytes `json:"mkc,omitempty"`
	Why   string   `json:"why"`
}

type sourceVector struct {
	Phrase     string        `json:"phrase"`
	Order      string        `json:"order"`
	OtherOrder string        `json:"other_order"` // the words, in an order that raises the alarm
	MKC        hexBytes      `json:"mkc"`
	AuthDHSK   hexBytes      `json:"auth_dh_sk"`
	AuthDHPK   hexBytes      `json:"auth_dh_pk"`
	ReplyDHSK  hexBytes      `json:"reply_dh_sk"`
	ReplyDHPK  hexBytes      `json:"reply_dh_pk"`
	MLKEMSeed  hexBytes      `json:"mlkem_seed"`
	MLKEMEK    hexBytes      `json:"mlkem_ek"`
	PKESeed    hexBytes      `json:"pke_seed"`
	PKEPK      hexBytes      `json:"pke_pk"`
	FetchWide  hexBytes      `json:"fetch_wide"`
	FetchSK    hexBytes      `json:"fetch_sk"`
	FetchPK    hexBytes      `json:"fetch_pk"`
	OwnSeed    hexBytes      `json:"own_seed"`
	OwnVK      hexBytes      `json:"own_vk"`
	OwnSig     hexBytes      `json:"own_sig"`
	Ack        hexBytes      `json:"ack"`
	InboxFP    hexBytes      `json:"inbox_fp"`
	Orders     []orderVector `json:"orders"`
}

type orderVector struct {
	Order    string   `json:"order"`
	AuthDHPK hexBytes `json:"auth_dh_pk"`
}

type editorVector struct {
	Slot        int      `json:"slot"`
	Seed        hexBytes `json:"seed"`
	VK          hexBytes `json:"vk"`
	LTDHSK      hexBytes `json:"lt_dh_sk"`
	LTDHPK      hexBytes `json:"lt_dh_pk"`
	LTMLKEMSeed hexBytes `json:"lt_mlkem_seed"`
	LTMLKEMEK   hexBytes `json:"lt_mlkem_ek"`
	FetchSK     hexBytes `json:"fetch_sk"`
	FetchPK     hexBytes `json:"fetch_pk"`
	EPDHSK      hexBytes `json:"ep_dh_sk"` // the daily bundle
	EPDHPK      hexBytes `json:"ep_dh_pk"`
	EPMLKEMSeed hexBytes `json:"ep_mlkem_seed"`
	EPMLKEMEK   hexBytes `json:"ep_mlkem_ek"`
	EPPKESeed   hexBytes `json:"ep_pke_seed"`
	EPPKEPK     hexBytes `json:"ep_pke_pk"`
	CODHSK      hexBytes `json:"co_dh_sk"` // the courier bundle
	COMLKEMSeed hexBytes `json:"co_mlkem_seed"`
	COPKESeed   hexBytes `json:"co_pke_seed"`
}

func (w *publishedWorld) publishIdentities(p *published) {
	p.Desk = deskVector{
		RootSeed: w.desk.root.Seed(), RootVK: publicKey(w.desk.root), NR: w.desk.id[:], Fingerprint: w.desk.id.Fingerprint(),
		ImportSeed: w.importSeed, ImportPK: w.importKey,
	}
	p.Source = w.sourceVector(w.phrase, w.source)
	p.NextSource = w.sourceVector(w.nextPhrase, w.next)
	w.publishPhrases(p)
	p.Editor = w.editorVector(0)
	for slot := 1; slot < Slots; slot++ {
		p.OtherEditors = append(p.OtherEditors, w.editorVector(slot))
	}
}

func (w *publishedWorld) sourceVector(words Phrase, s *Source) sourceVector {
	mkc := words.mkc()
	derive := func(label string, n int) hexBytes {
		b, err := hkdf.Key(sha256.New, mkc[:], append(tag("hs1-source"), w.desk.id[:]...), label, n)
		w.check(err)
		return b
	}
	wide := derive("fetch", 64)
	fetch := wideFetch(wide)
	k := s.keys.get()
	keys := contactKeys{
		ownVK:   [32]byte(k.contact[32+xwingKeySize+dhSize:]),
		mlkem:   [mlkemKeySize]byte(k.inbox.mlkem.EncapsulationKey().Bytes()),
		pke:     [xwingKeySize]byte(k.inbox.pke.PublicKey().Bytes()),
		replyDH: [dhSize]byte(k.inbox.dh.PublicKey().Bytes()),
		fetch:   k.inbox.fetch,
		ack:     k.ack,
	}
	contact, err := newContact(keys)
	w.check(err)
	fp := contact.Fingerprint(w.desk.id).Bytes()
	other, err := words.Reordered(otherOrder(words))
	w.check(err)
	v := sourceVector{
		Phrase: words.Words(), Order: words.Order(), OtherOrder: other.Words(), MKC: mkc[:],
		AuthDHSK: derive("auth-dh "+words.Order(), dhSize), AuthDHPK: k.author.PublicKey().Bytes(),
		ReplyDHSK: derive("reply-dh", dhSize), ReplyDHPK: keys.replyDH[:],
		MLKEMSeed: derive("apke-mlkem", mlkemSeedSize), MLKEMEK: keys.mlkem[:],
		PKESeed: derive("pke", xwingSeedSize), PKEPK: keys.pke[:],
		FetchWide: wide, FetchSK: fetch.secret.Encode(nil), FetchPK: keys.fetch[:],
		OwnSeed: derive("own", 32), OwnVK: keys.ownVK[:], OwnSig: k.contact[64+xwingKeySize+dhSize:][:sigSize],
		Ack: derive("ack", AckSize), InboxFP: fp[:],
	}
	for n := range 24 {
		reordered, err := words.Reordered(orderNumber(n))
		w.check(err)
		s, err := DeriveSource(reordered, w.desk.id)
		w.check(err)
		v.Orders = append(v.Orders, orderVector{orderNumber(n), s.keys.get().author.PublicKey().Bytes()})
	}
	return v
}

func (w *publishedWorld) publishPhrases(p *published) {
	accept := func(text, why string) {
		q, err := ParsePhrase(text)
		w.check(err)
		mkc := q.mkc()
		p.Phrases = append(p.Phrases, phraseVector{Text: text, Valid: true, Order: q.Order(), MKC: mkc[:], Why: why})
	}
	refuse := func(text, why string) {
		if _, err := ParsePhrase(text); err == nil {
			w.t.Errorf("%s: accepted", why)
		}
		p.Phrases = append(p.Phrases, phraseVector{Text: text, Why: why})
	}
	good := strings.Fields(w.phrase.Words())
	changed := func(change func(words []string)) string {
		words := append([]string(nil), good...)
		change(words)
		return strings.Join(words, " ")
	}
	accept(w.phrase.Words(), "as shown")
	accept(strings.ToUpper("  "+strings.Join(good, "\n\t ")), "in any case, with any white space")
	accept(p.Source.OtherOrder, "marked words in another order: the same mkc")
	canonical, err := w.phrase.Reordered("0123")
	w.check(err)
	accept(canonical.Words(), "the canonical form")
	refuse("", "nothing")
	refuse(strings.Join(good[:11], " "), "eleven words")
	refuse(strings.Join(append(good[:12:12], "abandon"), " "), "thirteen words")
	refuse(changed(func(words []string) { words[1] = "hearsay" }), "a word that is not in the list")
	refuse(changed(func(words []string) { words[1] = words[1][:4] }), "a word cut to four letters")
	refuse(changed(func(words []string) { words[3] = words[0] }), "two marked words the same")
	refuse(changed(func(words []string) { words[1], words[2] = words[2], words[1] }), "a wrong checksum: two words that are not marked exchanged")
	refuse(changed(func(words []string) { words[0], words[1] = words[1], words[0] }), "a wrong checksum: a marked word moved")
	refuse("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", "a BIP39 phrase whose marked words are the same")
}

func (w *publishedWorld) editorVector(slot int) editorVector {
	e := w.editor(slot)
	lt, k := e.lt.Public(), e.lt.keys.get()
	daily, courier := e.bundles[Daily].keys.get(), e.bundles[Courier].keys.get()
	public := e.bundles[Daily].Public()
	seed := func(s *bundleSecrets) hexBytes {
		b, err := s.pke.Bytes()
		w.check(err)
		return b
	}
	return editorVector{
		Slot: slot, Seed: e.key.Seed(), VK: publicKey(e.key),
		LTDHSK: k.dh.Bytes(), LTDHPK: lt.DH[:], LTMLKEMSeed: k.mlkem.Bytes(), LTMLKEMEK: lt.MLKEM[:],
		FetchSK: k.fetch.secret.Encode(nil), FetchPK: lt.Fetch[:],
		EPDHSK: daily.dh.Bytes(), EPDHPK: public.DH[:], EPMLKEMSeed: daily.mlkem.Bytes(), EPMLKEMEK: public.MLKEM[:],
		EPPKESeed: seed(daily), EPPKEPK: public.PKE[:],
		CODHSK: courier.dh.Bytes(), COMLKEMSeed: courier.mlkem.Bytes(), COPKESeed: seed(courier),
	}
}
