package keyring

import (
	"cmp"
	"fmt"
	"slices"

	"hearsay/envelope"
)

// A bundle is the secret half of a bundle, and the fetch key that its editor
// had in the roster beside it: whoever sealed to the one bound the other, and
// an editor whose keys were replaced has another since.
type bundle struct {
	*envelope.SecretBundle
	fetch [32]byte // public
}

const (
	bundlesMagic = "HS1BNDLS"
	bundleSize   = 32 + 144
)

// sealBundles returns the file of the secret bundles.
func sealBundles(master [32]byte, bundles []bundle) ([]byte, error) {
	body, err := marshalBundles(bundles)
	if err != nil {
		return nil, fmt.Errorf("seal bundles: %w", err)
	}
	defer clear(body)
	return seal(master, []byte(bundlesMagic), body), nil
}

func marshalBundles(bundles []bundle) ([]byte, error) {
	var body []byte
	for _, u := range bundles {
		b, err := u.Bytes()
		if err != nil {
			return nil, err
		}
		body = append(append(body, u.fetch[:]...), b...)
	}
	return body, nil
}

// unsealBundles reads what sealBundles writes.
func unsealBundles(master [32]byte, b []byte) ([]bundle, error) {
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

func parseBundles(body []byte) ([]bundle, error) {
	if len(body)%bundleSize != 0 {
		return nil, ErrWrongPassphrase
	}
	var bundles []bundle
	for one := range slices.Chunk(body, bundleSize) {
		u, err := envelope.ParseSecretBundle(one[32:])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWrongPassphrase, err)
		}
		bundles = append(bundles, bundle{u, [32]byte(one)})
	}
	return bundles, nil
}

// newest returns the latest bundle of a class, published with that fetch key,
// that is not of the future, or nil. A clock that once ran ahead must not keep
// the desk from making others.
func newest(bundles []bundle, class envelope.Class, fetch [32]byte, today envelope.Epoch) *envelope.SecretBundle {
	var found *envelope.SecretBundle
	for _, u := range bundles {
		if u.Class() == class && u.fetch == fetch && u.Epoch() <= today && (found == nil || u.Epoch() > found.Epoch()) {
			found = u.SecretBundle
		}
	}
	return found
}

// split returns the bundles that may live on that day, and the days of those
// that may not.
func split(bundles []bundle, today envelope.Epoch) (live []bundle, past []envelope.Epoch) {
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

// openers returns what opens envelopes with the bundles: one opener for each
// fetch key that they were published with, the newest bundle's first.
func openers(desk envelope.DeskID, bundles []bundle) []*envelope.Opener {
	sorted := slices.Clone(bundles)
	slices.SortStableFunc(sorted, func(a, b bundle) int { return cmp.Compare(b.Epoch(), a.Epoch()) })
	var order [][32]byte
	with := map[[32]byte][]*envelope.SecretBundle{}
	for _, u := range sorted {
		if with[u.fetch] == nil {
			order = append(order, u.fetch)
		}
		with[u.fetch] = append(with[u.fetch], u.SecretBundle)
	}
	var all []*envelope.Opener
	for _, fetch := range order {
		all = append(all, envelope.NewOpener(desk, envelope.LongTerm{Fetch: fetch}, with[fetch]...))
	}
	return all
}
