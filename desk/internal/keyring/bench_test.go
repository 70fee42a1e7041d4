package keyring

import (
	"fmt"
	"testing"

	"hearsay/envelope"
)

// BenchmarkOpenVault is what an editor waits for after typing the passphrase.
func BenchmarkOpenVault(b *testing.B) {
	for _, mib := range []uint32{64, 512} {
		b.Run(fmt.Sprintf("%dMiB", mib), func(b *testing.B) {
			place := newPlace(b)
			k, err := Create(place, testPassphrase, Params{Memory: mib << 10, Passes: 3, Threads: 4}, NewRoot().Public())
			if err != nil {
				b.Fatal(err)
			}
			mustRotate(b, k, day0)
			mustClose(b, k)
			for b.Loop() {
				mustClose(b, mustOpen(b, place))
			}
		})
	}
}

// BenchmarkOpenPage opens a page of an inbox, all of it reports, with the
// bundles of 28 days, on all cores.
func BenchmarkOpenPage(b *testing.B) {
	root := NewRoot()
	k, _ := newKeyring(b, root)
	for day := range envelope.Epoch(envelope.DailyDestroy) {
		mustRotate(b, k, day0+day)
	}
	r := roster(b, k, root, day0+envelope.DailyDestroy-1)
	var payloads [][]byte
	for range envelope.InboxPage {
		payloads = append(payloads, sealTo(b, r, envelope.Daily, "the bridge is out"))
	}
	for b.Loop() {
		messages, err := k.OpenPayloads(b.Context(), payloads)
		if err != nil || messages[0] == nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(payloads)), "µs/envelope")
}

// BenchmarkRotateWithDestruction is what a desk does once a day.
func BenchmarkRotateWithDestruction(b *testing.B) {
	k, _ := newKeyring(b, NewRoot())
	today := day0
	for range envelope.DailyDestroy + 1 {
		mustRotate(b, k, today)
		today++
	}
	for b.Loop() {
		if r := mustRotate(b, k, today); len(r.Destroyed) != 1 {
			b.Fatal("nothing was destroyed")
		}
		today++
	}
}
