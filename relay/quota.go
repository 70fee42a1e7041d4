package relay

import (
	"errors"
	"fmt"

	"hearsay/envelope"
)

// ErrQuota is returned by [Quota] for too little to run a relay with.
var ErrQuota = errors.New("too little room for a relay")

// A disk holds the days that are kept, the open one, and once more the one
// that is being closed; and the database, to which a page and a half of
// figures and of what the desk publishes are next to nothing.
const (
	daysOnDisk = envelope.RelayKeepsDays + 2
	ownRoom    = 64 << 20
	leastDay   = 64 // triples: a day with room for fewer is no service
)

// FullQuota is the room that days of the greatest size take.
const FullQuota = ownRoom + daysOnDisk*(envelope.MaxDeposits*envelope.PayloadSize+envelope.MaxChunkDeposits*envelope.ChunkSize)

// Quota returns how many deposits of each kind a day may keep for the store
// to stay within so many bytes, whatever comes. Each day has the same share, so
// that a flood on one takes nothing from another; a quarter of it, or what
// triples leave over, is for chunks. What comes beyond is sampled as ever
// ([Reservoir]): a small disk dilutes sooner, and refuses nobody.
func Quota(bytes int64) (deposits, chunks int, err error) {
	share := (bytes - ownRoom) / daysOnDisk
	deposits = int(min(share*3/4/envelope.PayloadSize, envelope.MaxDeposits))
	if deposits < leastDay {
		least := int64(ownRoom + daysOnDisk*(leastDay+1)*envelope.PayloadSize*4/3)
		return 0, 0, fmt.Errorf("%w: %d MiB, and it takes %d", ErrQuota, bytes>>20, least>>20+1)
	}
	left := share - int64(deposits)*envelope.PayloadSize
	return deposits, int(min(left/envelope.ChunkSize, envelope.MaxChunkDeposits)), nil
}
