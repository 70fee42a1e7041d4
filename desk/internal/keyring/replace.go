package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A change is what replace puts in the place of what there was.
type change struct {
	secrets   secrets
	bundles   []bundle
	header    header   // with stretched: another passphrase; zero for the one there is
	stretched [32]byte // of the new passphrase
	keyslot   string   // where the next keyslot goes; empty for where the last one is
}

// replace seals what changed under a master key and a keyslot that were never
// used, and destroys those before. See the package's comment for the order of
// steps. The caller holds k.mu, or nobody else has k yet.
func (k *Keyring) replace(c change) (err error) {
	if k.broken != nil {
		return k.broken
	}
	in := k.in.get()
	place := k.place
	if c.keyslot != "" {
		place.Keyslot = c.keyslot
	}
	if c.header == (header{}) {
		c.header, c.stretched = in.header, in.stretched
	}
	if err := in.checkKeyslot(k.place.Keyslot); err != nil {
		return err
	}
	s := c.secrets
	old := in.secrets.generation
	s.generation = old + 1
	_, _ = rand.Read(s.master[:]) // never fails
	keyslot := make([]byte, keyslotSize)
	_, _ = rand.Read(keyslot)

	sealed, err := sealBundles(s.master, c.bundles)
	if err != nil {
		return err
	}
	body := s.marshal()
	defer clear(body)
	vault := seal(c.header.kek(c.stretched, [keyslotSize]byte(keyslot)), c.header.marshal(), body)

	if err := k.files.save(place.Keyslot+pending, keyslot); errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrNoKeyslot, err)
	} else if err != nil {
		return err
	}
	if err := k.files.save(place.bundles(s.generation), sealed); err != nil {
		return err
	}
	if err := k.files.save(place.vault()+pending, vault); err != nil {
		return err
	}
	// From the rename on the new ones count. Until all is done, and wherever it
	// fails, the disk holds two keyslots of which one is needed: another
	// replacement would overwrite it. Open finds out which.
	k.broken = ErrReopen
	if err := k.files.rename(place.vault()+pending, place.vault()); err != nil {
		return err
	}
	before := k.place.Keyslot
	in.secrets, in.keyslot, in.header, in.stretched, k.place = s, keyslot, c.header, c.stretched, place
	if err := in.takeUp(); err != nil {
		return err
	}
	in.hold(c.bundles)
	if err := k.promoteKeyslot(); err != nil {
		return err
	}
	if before != place.Keyslot {
		if err := k.forgetKeyslot(before); err != nil {
			return err
		}
	}
	k.broken = nil
	return k.files.remove(place.bundles(old))
}

// forgetKeyslot destroys a keyslot that has gone elsewhere.
func (k *Keyring) forgetKeyslot(path string) error {
	if err := k.files.overwrite(path, keyslotSize); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return k.files.remove(path)
}

// checkKeyslot asks that the keyslot in use lies where the next is to be. Where
// its medium was taken out, the folder may still be there, and the next would
// go to the disk under it: not to be found again once the medium is back.
func (in *unlocked) checkKeyslot(path string) error {
	if in.keyslot == nil {
		return nil
	}
	found, err := readAtMost(path, keyslotSize)
	if err != nil || !bytes.Equal(found, in.keyslot) {
		return errors.Join(ErrNoKeyslot, err)
	}
	return nil
}

// saveBundles keeps more bundles under the master key that there is.
func (k *Keyring) saveBundles(bundles []bundle) error {
	if k.broken != nil {
		return k.broken
	}
	in := k.in.get()
	sealed, err := sealBundles(in.secrets.master, bundles)
	if err != nil {
		return err
	}
	path := k.place.bundles(in.secrets.generation)
	if err := k.files.save(path+pending, sealed); err != nil {
		return err
	}
	if err := k.files.rename(path+pending, path); err != nil {
		return err
	}
	in.hold(bundles)
	return nil
}

// settle brings the disk to what the opened vault says, after a kill: it
// finishes the replacement of the keyslot or forgets one that did not come to
// count, and removes bundles of other generations.
func (k *Keyring) settle(finish bool) error {
	if finish {
		if err := k.promoteKeyslot(); err != nil {
			return err
		}
	} else if err := k.removeIfThere(k.place.Keyslot + pending); err != nil {
		return err
	}
	entries, err := os.ReadDir(k.place.Dir)
	if err != nil {
		return err
	}
	current := filepath.Base(k.place.bundles(k.in.get().secrets.generation))
	for _, e := range entries {
		name := e.Name()
		if name == vaultName+pending || strings.HasPrefix(name, bundlesPrefix) && name != current {
			if err := k.files.remove(filepath.Join(k.place.Dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeIfThere spares a keyslot's medium that cannot be written, when there is
// nothing to remove from it.
func (k *Keyring) removeIfThere(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return k.files.remove(path)
}

// promoteKeyslot puts the pending keyslot in the place of the one before,
// which is overwritten first: a rename alone would leave its bytes on the
// medium.
func (k *Keyring) promoteKeyslot() error {
	err := k.files.overwrite(k.place.Keyslot, keyslotSize)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return k.files.rename(k.place.Keyslot+pending, k.place.Keyslot)
}
