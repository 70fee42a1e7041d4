package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hearsay/envelope"
)

// replace seals s and the bundles under a master key and a keyslot that were
// never used, and destroys those before. See the package's comment for the
// order of steps. The caller holds k.mu, or nobody else has k yet.
func (k *Keyring) replace(s secrets, bundles []*envelope.SecretBundle) (err error) {
	if k.broken != nil {
		return k.broken
	}
	in := k.in.get()
	if err := in.checkKeyslot(k.place.Keyslot); err != nil {
		return err
	}
	old := in.secrets.generation
	s.generation = old + 1
	_, _ = rand.Read(s.master[:]) // never fails
	keyslot := make([]byte, keyslotSize)
	_, _ = rand.Read(keyslot)

	sealed, err := sealBundles(s.master, bundles)
	if err != nil {
		return err
	}
	body := s.marshal()
	defer clear(body)
	vault := seal(in.header.kek(in.stretched, [keyslotSize]byte(keyslot)), in.header.marshal(), body)

	if err := k.files.save(k.place.Keyslot+pending, keyslot); errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrNoKeyslot, err)
	} else if err != nil {
		return err
	}
	if err := k.files.save(k.place.bundles(s.generation), sealed); err != nil {
		return err
	}
	if err := k.files.save(k.place.vault()+pending, vault); err != nil {
		return err
	}
	// From the rename on the new ones count. Until all is done, and wherever it
	// fails, the disk holds two keyslots of which one is needed: another
	// replacement would overwrite it. Open finds out which.
	k.broken = ErrReopen
	if err := k.files.rename(k.place.vault()+pending, k.place.vault()); err != nil {
		return err
	}
	in.secrets, in.keyslot = s, keyslot
	in.hold(bundles)
	if err := k.promoteKeyslot(); err != nil {
		return err
	}
	k.broken = nil
	return k.files.remove(k.place.bundles(old))
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
func (k *Keyring) saveBundles(bundles []*envelope.SecretBundle) error {
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
