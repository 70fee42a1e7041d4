-- Chunks of files that sources sent, sealed as they came, until their file is
-- whole or their time is over; and the files. A locator stands in the clear on
-- the way here, so that others may have sent chunks under it too.

CREATE TABLE chunk (
  id         BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32), -- SHA-256 of body
  locator    BLOB NOT NULL CHECK (length(locator) = 32),
  channel    TEXT NOT NULL,
  keep_until INTEGER NOT NULL,                                  -- days since 1970-01-01 UTC
  body       BLOB NOT NULL
) STRICT;
CREATE INDEX chunk_by_locator ON chunk (locator);
CREATE INDEX chunk_by_channel ON chunk (channel, keep_until);

CREATE TRIGGER chunk_unchanged BEFORE UPDATE ON chunk
  BEGIN SELECT RAISE(ABORT, 'a chunk is never changed'); END;

-- Like a report, a file is never changed or removed.
CREATE TABLE file (
  id   BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32), -- SHA-256 of body
  body BLOB NOT NULL
) STRICT;

CREATE TRIGGER file_unchanged BEFORE UPDATE ON file
  BEGIN SELECT RAISE(ABORT, 'a file is never changed'); END;
CREATE TRIGGER file_stays BEFORE DELETE ON file
  BEGIN SELECT RAISE(ABORT, 'a file is never removed'); END;
