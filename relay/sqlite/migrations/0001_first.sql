PRAGMA application_id = 0x48535231; -- HSR1

-- A deposit is a day and a payload; when in the day it came is not kept, and
-- nor is the order. Below zero the id is a random number: the day is open.
-- Above zero it is the place in the day after it was closed and shuffled.
CREATE TABLE deposit (
	id      INTEGER PRIMARY KEY,
	epoch   INTEGER NOT NULL,
	digest  BLOB NOT NULL, -- SHA-256 of the payload
	payload BLOB NOT NULL
) STRICT;

CREATE INDEX deposit_epoch ON deposit (epoch);

-- Not unique: while a day is being closed each of its deposits is there twice.
CREATE INDEX deposit_digest ON deposit (digest);

-- How many came on a day, those included that a full day did not keep.
CREATE TABLE day (
	epoch INTEGER PRIMARY KEY,
	seen  INTEGER NOT NULL
) STRICT;

CREATE TABLE record (
	name  TEXT PRIMARY KEY,
	until INTEGER NOT NULL, -- the last day on which it is kept
	body  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
