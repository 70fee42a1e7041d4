package keyring

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNotShown(t *testing.T) {
	root := NewRoot()
	k, _ := newKeyring(t, root)
	mustRotate(t, k, day0)
	const words = "a passphrase to look for"
	p := NewPassphrase(words)
	in := k.in.get()
	secrets := [][]byte{
		[]byte(words), root.key.get().Seed(), in.keyslot, in.stretched[:], in.secrets.master[:],
		in.secrets.editor[:], in.secrets.longTerm[:32], in.secrets.database[:],
	}
	shown := func(text string) bool {
		for _, s := range secrets {
			decimal := strings.Trim(fmt.Sprint([]byte(s[:6])), "[]")
			goish := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(s[:6])), "[]byte{"), "}")
			for _, form := range []string{string(s), hex.EncodeToString(s[:6]), decimal, goish} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					return true
				}
			}
		}
		return false
	}
	if !shown(fmt.Sprint(in.keyslot)) || !shown(fmt.Sprintf("%#v", in.secrets)) || !shown(fmt.Sprintf("%x", in.secrets.database)) {
		t.Fatal("this test would not see a secret")
	}
	type open struct {
		Keyring    *Keyring
		Passphrase Passphrase
		Root       Root
	}
	type hidden struct {
		keyring    *Keyring
		passphrase Passphrase
		root       Root
		pointers   []*Passphrase
	}
	for _, v := range []any{k, p, &p, root, &root, open{k, p, root}, hidden{k, p, root, []*Passphrase{&p}}, []any{p, root}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p"} {
			if text := fmt.Sprintf(verb, v); shown(text) {
				t.Errorf("%s of %T shows a secret", verb, v)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		if shown(log.String()) {
			t.Errorf("slog of %T shows a secret", v)
		}
		if b, err := json.Marshal(v); err == nil && shown(string(b)) {
			t.Errorf("JSON of %T shows a secret", v)
		}
	}
	for _, v := range []any{p, root, k} {
		if _, err := json.Marshal(v); err == nil {
			t.Errorf("%T has become JSON", v)
		}
	}
}
