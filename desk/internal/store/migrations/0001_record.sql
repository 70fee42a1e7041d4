-- What happened at the desk, in order, and the bytes that were reported.
-- Neither is ever changed or removed: a later record supersedes an earlier one.

CREATE TABLE report (
  id   BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32), -- SHA-256 of body
  body BLOB NOT NULL
) STRICT;

CREATE TABLE record (
  seq    INTEGER PRIMARY KEY CHECK (seq > 0),
  day    INTEGER NOT NULL,                        -- days since 1970-01-01 UTC
  editor TEXT NOT NULL,                           -- empty for the desk itself
  kind   TEXT NOT NULL CHECK (kind <> ''),
  source BLOB CHECK (length(source) = 16),        -- whom it is about
  report BLOB REFERENCES report (id),             -- what it is about
  keeps  BLOB REFERENCES report (id),             -- bytes that came with it
  data   TEXT                                     -- JSON, by kind
) STRICT;

CREATE TRIGGER report_unchanged BEFORE UPDATE ON report
  BEGIN SELECT RAISE(ABORT, 'a report is never changed'); END;
CREATE TRIGGER report_stays BEFORE DELETE ON report
  BEGIN SELECT RAISE(ABORT, 'a report is never removed'); END;
CREATE TRIGGER record_unchanged BEFORE UPDATE ON record
  BEGIN SELECT RAISE(ABORT, 'a record is never changed'); END;
CREATE TRIGGER record_stays BEFORE DELETE ON record
  BEGIN SELECT RAISE(ABORT, 'a record is never removed'); END;
