// Sizes in bytes (PROTOCOL.md 4). They are the protocol: whoever sees a file on
// the wire learns nothing but which of these it is.

export const ENVELOPE = 8192; // 4.4
export const MAX_BODY = 3290; // text in one message part, 4.3
export const MAX_PARTS = 3; // parts of one message, 4.3
export const SLOTS = 3; // envelopes in a deposit, editors a charter may name, 2.3
export const PAYLOAD = SLOTS * ENVELOPE; // what a deposit carries, 4.5
export const HEADER = 64; // what stands before a payload or a chunk
export const DEPOSIT = HEADER + PAYLOAD;
export const CHARTER = 1400; // 4.2
export const BLOCK = 6336; // 4.2
export const ROSTER = 20480; // 4.2
export const QUESTIONS = 32768; // 4.2b
export const STATUS = 128; // 7
export const ANSWER = 64; // 7
export const ACKS = 256; // in a drop, 4.6
export const ACK = 16; // 4.6

export const CHUNK = 65536; // 4.7
export const CHUNK_DATA = 65488; // of a file, in a chunk
export const CHUNK_DEPOSIT = HEADER + CHUNK;
export const MAX_CHUNKS = 64; // of one message

export const FRAGMENT = 64312; // 4.8
export const CELL = 65536; // 4.8
export const CELLS = 16; // in a drive file, 4.8
export const DRIVE_FILE = CELLS * CELL;
export const MAX_SHARDS = 16; // the most that n of "any k of n" may be

export const MAX_DROPS = 84; // on an outbound drive, 4.8

export const ED25519_KEY = 32;
export const SIGNATURE = 64;
export const TAG = 16; // of ChaCha20-Poly1305
export const DH = 32;
export const MLKEM_KEY = 1184;
export const MLKEM_SEED = 64;
export const MLKEM_CIPHERTEXT = 1088;
export const XWING_KEY = MLKEM_KEY + DH;
export const XWING_SEED = 32;
export const XWING_CIPHERTEXT = MLKEM_CIPHERTEXT + DH;

export const PLAINTEXT = 4704; // 4.3
export const AUTHOR = DH + MLKEM_KEY; // what CT_PKE tells of the sender
export const SEALED_AUTHOR = XWING_CIPHERTEXT + AUTHOR + TAG; // CT_PKE, 2,352

const DROP_FIXED = 112 + ACKS * ACK + SIGNATURE;

/** The length of a drop with that many rows. */
export const dropSize = (rows: number): number => DROP_FIXED + rows * ENVELOPE;

// Limits (PROTOCOL.md 7 and 8).
export const MIN_PUZZLE = 16; // bits, the least a relay may ask for
export const MAX_PUZZLE = 24; // bits, the most
export const CHARTER_DAYS = 90; // longest a charter may run
export const MAX_QUESTIONS = 256 << 10; // what questions may inflate to

/** Whether a charter may ask for that many rows in a drop. */
export const validRows = (rows: number): boolean => rows === 4 || rows === 8 || rows === 16;
