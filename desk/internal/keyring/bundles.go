package keyring

import (
	"cmp"
	"fmt"
	"slices"

	"hearsay/envelope"
)

const (
	bundlesMagic = "HS1BNDLS"
	bundleSize   = 144
)

// sealBundles returns the file of the secret bundles.
func sealBundles(master [32]byte, bundles []*envelope.SecretBundle) ([]byte, error) {
	var body []byte
	for _, u := range bundles {
		b, err := u.Bytes()
		if err != nil {
			return nil, fmt.Errorf("seal bundles: %w", err)
		}
		body = append(body, b...)
	}
	defer clear(body)
	return seal(master, []byte(bundlesMagic), body), nil
}

// unsealBundles reads what sealBundles writes, newest first.
func unsealBundles(master [32]byte, b []byte) ([]*envelope.SecretBundle, error) {
	if len(b) < len(bundlesMagic) || string(b[:len(bundlesMagic)]) != bundlesMagic {
		return nil, ErrWrongPassphrase
	}
	body, err := unseal(master, b, len(bundlesMagic))
	if err != nil {
		return nil, err
	}
	defer clear(body)
	return parseBundles(body)
}

func parseBundles(body []byte) ([]*envelope.SecretBundle, error) {
	if len(body)%bundleSize != 0 {
		return nil, ErrWrongPassphrase
	}
	var bundles []*envelope.SecretBundle
	for one := range slices.Chunk(body, bundleSize) {
		u, err := envelope.ParseSecretBundle(one)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWrongPassphrase, err)
		}
		bundles = append(bundles, u)
	}
	return bundles, nil
}

// newest returns the latest bundle of a class that is not of the future, or
// nil. A clock that once ran ahead must not keep the desk from making others.
func newest(bundles []*envelope.SecretBundle, class envelope.Class, today envelope.Epoch) *envelope.SecretBundle {
	var found *envelope.SecretBundle
	for _, u := range bundles {
		if u.Class() == class && u.Epoch() <= today && (found == nil || u.Epoch() > found.Epoch()) {
			found = u
		}
	}
	return found
}

// split returns the bundles that may live on that day, and the days of those
// that may not.
func split(bundles []*envelope.SecretBundle, today envelope.Epoch) (live []*envelope.SecretBundle, past []envelope.Epoch) {
	for _, u := range bundles {
		if u.DestroyAfter() >= today {
			live = append(live, u)
		} else {
			past = append(past, u.Epoch())
		}
	}
	slices.SortFunc(past, cmp.Compare[envelope.Epoch])
	return live, slices.Compact(past)
}
