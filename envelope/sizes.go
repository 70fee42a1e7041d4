package envelope

// Sizes in bytes (PROTOCOL 4). They are the protocol: whoever sees a file on
// the wire learns nothing but which of these it is.
const (
	Size          = 8192         // one envelope (4.4)
	MaxBody       = 3290         // text in one message part (4.3)
	MaxParts      = 3            // parts of one message (4.3)
	Slots         = 3            // envelopes in a deposit; editors a charter may name (2.3)
	PayloadSize   = Slots * Size // what a deposit carries (4.5)
	DepositHeader = 64           // what stands before it
	DepositSize   = DepositHeader + PayloadSize
	CharterSize   = 1400  // 4.2
	BlockSize     = 6336  // 4.2
	RosterSize    = 20480 // 4.2
	QuestionsSize = 32768 // 4.2b
	StatusSize    = 128   // 7
	AnswerSize    = 64    // 7
	AcksPerDrop   = 256   // 4.6
	AckSize       = 16    // 4.6
	InboxPage     = 32    // payloads on one page of an inbox (7)
	InboxPageSize = InboxPage * PayloadSize

	ChunkSize        = 65536                                        // a sealed piece of a file (4.7)
	ChunkData        = ChunkSize - chunkLocator - tagSize           // 65,488: what it holds of the file
	ChunkDepositSize = DepositHeader + ChunkSize                    // 65,600
	ChunkPage        = 12                                           // chunks on one page (7)
	ChunkPageSize    = ChunkPage * ChunkSize                        // 786,432, as much as a page of the inbox
	MaxOutboundSize  = outboundFixed + MaxDrops*(dropFixed+16*Size) // the longest outbound file (4.8)
)

// Limits (PROTOCOL 7 and 8).
const (
	MaxDeposits      = 2048 // deposits a relay keeps per epoch
	MaxChunkDeposits = 2048 // chunks a relay keeps per epoch
	MaxChunks        = 64   // chunks of all files of one manifest (4.7)
	MaxFiles         = 16   // files of one manifest
	MaxFileName      = 64   // bytes of a file's name
	MaxDrops         = 84   // drops in an outbound file: 28 days of three editors (4.8)
	RelayKeepsDays   = 28   // epochs after which a relay deletes deposits and drops
	DefaultPuzzle    = 18   // leading zero bits that a deposit's hash must have
	MinPuzzle        = 16   // least a relay may ask for
	MaxPuzzle        = 24   // most a relay may ask for
	CharterDays      = 90   // longest a charter may run
	DailyUse         = 20   // days a daily bundle is sealed to
	DailyDestroy     = 28   // days after which its secrets are destroyed
	CourierEvery     = 7    // days between two courier bundles
	CourierUse       = 56   // days a courier bundle is sealed to
	CourierDestroy   = 84   // days after which its secrets are destroyed
)

const (
	mlkemKeySize  = 1184
	mlkemSeedSize = 64
	mlkemCTSize   = 1088
	xwingKeySize  = 1216
	xwingSeedSize = 32
	xwingCTSize   = 1120
	dhSize        = 32
	tagSize       = 16 // of ChaCha20-Poly1305
	sigSize       = 64

	plaintextSize  = 4704                                          // 4.3
	authorSize     = dhSize + mlkemKeySize                         // what CT_PKE tells of the sender
	pkeCTSize      = xwingCTSize + authorSize + tagSize            // 2,352
	sealedSize     = plaintextSize + tagSize                       // 4,720
	envelopeParts  = mlkemCTSize + dhSize + sealedSize + pkeCTSize // 8,192
	dropHeader     = 112                                           // 4.6
	dropFixed      = dropHeader + AcksPerDrop*AckSize + sigSize    // 4,272
	chunkLocator   = 32                                            // 4.7
	outboundHeader = 64                                            // 4.8
	outboundFixed  = outboundHeader + RosterSize + QuestionsSize
)

var _ = [1]struct{}{}[Size-envelopeParts] // the parts of an envelope fill it exactly

// DropSize returns the length of a drop with that many rows.
func DropSize(rows int) int { return dropFixed + rows*Size }

// ValidRows reports whether a charter may ask for that many rows in a drop.
func ValidRows(rows int) bool { return rows == 4 || rows == 8 || rows == 16 }
