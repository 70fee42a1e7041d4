-- The payloads of a day lie in a file of their own, which goes when the day
-- does. What stands here is which of its places count.

-- A day: how many came, those included that were not kept, and which
-- of its files is the one that counts.
CREATE TABLE day_file (
	epoch INTEGER NOT NULL,
	kind  INTEGER NOT NULL CHECK (kind IN (0, 1)), -- three envelopes, a chunk
	seen  INTEGER NOT NULL,
	file  INTEGER NOT NULL, -- counted up each time the day is written anew
	fresh INTEGER NOT NULL, -- something came since the file was put in shuffled order
	PRIMARY KEY (epoch, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (
	epoch  INTEGER NOT NULL,
	kind   INTEGER NOT NULL CHECK (kind IN (0, 1)),
	place  INTEGER NOT NULL CHECK (place >= 0 AND place < 16777216), -- in the file, counted in payloads
	size   INTEGER NOT NULL CHECK (size >= 0 AND size <= 65536),     -- of the payload
	digest BLOB NOT NULL CHECK (length(digest) = 32),                -- SHA-256 of it
	PRIMARY KEY (epoch, kind, place)
) STRICT, WITHOUT ROWID;

-- One row, written anew with each batch of deposits, so that one of which
-- nothing is kept costs a sync like any other.
CREATE TABLE toss (value INTEGER NOT NULL) STRICT;
INSERT INTO toss VALUES (0);
