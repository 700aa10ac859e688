import type { DatabaseSync } from 'node:sqlite'
import { JournalError } from './error.ts'

/** Marks a SQLite file as a journal of this program ("till" in ASCII). Source: SQLite, PRAGMA application_id. */
export const APPLICATION_ID = 0x74_69_6c_6c

/**
 * The journal's shape. Step n leads from version n to n + 1, and the version is kept in `user_version`. A step that was
 * released is never edited: journals in the field have taken it.
 *
 * Foreign keys are checked at the end of a commit, so the rows of a commit may come in any order.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The columns serve look-ups; the truth is the body, which is compared with them whenever it is read.
  -- final_no counts the lane's charges in the order in which they became final, because clocks may be wrong.
  CREATE TABLE charges (
    lane           TEXT NOT NULL,
    charge_id      TEXT NOT NULL,
    state          TEXT NOT NULL,
    final_no       INTEGER,
    amount         INTEGER NOT NULL CHECK (amount >= 0),
    out_trade_no   TEXT NOT NULL,
    transaction_id TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    body           TEXT NOT NULL,
    PRIMARY KEY (lane, charge_id)
  ) STRICT;
  CREATE INDEX charges_by_out_trade_no ON charges (lane, out_trade_no);
  CREATE INDEX charges_by_transaction_id ON charges (lane, transaction_id) WHERE transaction_id IS NOT NULL;
  CREATE UNIQUE INDEX charges_by_final_no ON charges (lane, final_no) WHERE final_no IS NOT NULL;
  CREATE INDEX charges_not_final ON charges (lane) WHERE final_no IS NULL;

  CREATE TABLE attempts (
    out_trade_no TEXT PRIMARY KEY,
    lane         TEXT NOT NULL,
    charge_id    TEXT NOT NULL,
    try_no       INTEGER NOT NULL CHECK (try_no >= 1),
    ended        TEXT CHECK (ended IN ('paid', 'unpaid', 'returned')),
    UNIQUE (lane, charge_id, try_no),
    FOREIGN KEY (lane, charge_id) REFERENCES charges DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attempts_open ON attempts (lane, charge_id) WHERE ended IS NULL;

  CREATE TABLE events (
    lane    TEXT NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq >= 1),
    content TEXT NOT NULL,
    PRIMARY KEY (lane, seq)
  ) STRICT;

  -- Events that no broker has acknowledged.
  CREATE TABLE outbox (
    lane TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (lane, seq),
    FOREIGN KEY (lane, seq) REFERENCES events DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- As with charges, the body is the truth. Row ids count the refunds in the order in which they were accepted.
  CREATE TABLE refunds (
    lane          TEXT NOT NULL,
    refund_id     TEXT NOT NULL,
    charge_id     TEXT NOT NULL,
    state         TEXT NOT NULL,
    amount        INTEGER NOT NULL CHECK (amount >= 1),
    out_refund_no TEXT NOT NULL UNIQUE,
    ended         INTEGER NOT NULL CHECK (ended IN (0, 1)),
    body          TEXT NOT NULL,
    PRIMARY KEY (lane, refund_id),
    FOREIGN KEY (lane, charge_id) REFERENCES charges DEFERRABLE INITIALLY DEFERRED
  ) STRICT;
  CREATE INDEX refunds_by_charge ON refunds (lane, charge_id);
  CREATE INDEX refunds_open ON refunds (lane) WHERE ended = 0;
  `,
  `
  -- What was told of one charge is looked up by people only, and yet not by reading the events of years.
  CREATE INDEX events_by_charge ON events (lane, content ->> '$.charge.charge_id');
  `,
  `
  -- Whose order it is, so that no other merchant's key asks about it. Null: the merchant that is configured when it is met next.
  ALTER TABLE charges ADD COLUMN merchant TEXT;
  `,
  `
  -- A day's payments and refunds, for its bill and its sums. WeChat Pay's own time counts, s; where it told none, the box's.
  CREATE INDEX charges_by_paid_at ON charges (coalesce(unixepoch(body ->> '$.paid.paidAt'), (body ->> '$.finalAt') / 1000))
    WHERE state = 'paid';
  CREATE INDEX refunds_by_returned_at ON refunds (body ->> '$.updatedAt') WHERE state = 'returned';
  `,
  `
  -- What is left for ever of charges whose rows were pruned: 16 bytes of a hash of lane and charge id.
  CREATE TABLE tombstones (mark BLOB PRIMARY KEY CHECK (length(mark) = 16)) STRICT, WITHOUT ROWID;
  `,
  `
  -- While it has no end: WeChat Pay's number of a payment that came after its charge had ended; registers were told of it.
  ALTER TABLE attempts ADD COLUMN late TEXT;

  -- Order numbers that ended without money and are looked at again: a row leaves with its last look.
  CREATE TABLE looks (
    out_trade_no TEXT PRIMARY KEY REFERENCES attempts DEFERRABLE INITIALLY DEFERRED,
    merchant     TEXT NOT NULL,
    made         INTEGER NOT NULL CHECK (made >= 0),
    due_at       INTEGER NOT NULL,
    sure         INTEGER NOT NULL CHECK (sure IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX looks_by_time ON looks (merchant, due_at);
  `,
  `
  -- While it has no end: a person was asked to pay back by hand what came on it, so nothing else moves that any more.
  ALTER TABLE attempts ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1));
  `,
  `
  -- The streams of this journal, one after the other: numbers begin anew with each. The last one is told of; the events of the others are history.
  CREATE TABLE streams (
    era  INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  INSERT INTO streams (era, name) SELECT 1, value FROM meta WHERE name = 'stream';
  DELETE FROM meta WHERE name = 'stream';

  CREATE TABLE events_by_era (
    lane    TEXT NOT NULL,
    era     INTEGER NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq >= 1),
    content TEXT NOT NULL,
    PRIMARY KEY (lane, era, seq)
  ) STRICT;
  INSERT INTO events_by_era (lane, era, seq, content) SELECT lane, 1, seq, content FROM events;
  CREATE TABLE outbox_by_era (
    lane TEXT NOT NULL,
    era  INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (lane, era, seq),
    FOREIGN KEY (lane, era, seq) REFERENCES events_by_era DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  INSERT INTO outbox_by_era (lane, era, seq) SELECT lane, 1, seq FROM outbox;
  DROP TABLE outbox;
  DROP TABLE events;
  ALTER TABLE events_by_era RENAME TO events;
  ALTER TABLE outbox_by_era RENAME TO outbox;
  CREATE INDEX events_by_charge ON events (lane, content ->> '$.charge.charge_id');
  `,
]

/** The schema version that the file was written with; 0 for a file that is just being made. */
export function schemaVersion(db: DatabaseSync): number {
  return readNumber(db, 'PRAGMA user_version', 'user_version')
}

/** Whose file it is. */
export function applicationId(db: DatabaseSync): number {
  return readNumber(db, 'PRAGMA application_id', 'application_id')
}

/** Throws `JournalError` `journal_newer_schema` if the file has taken steps that this release does not know. */
export function refuseNewer(db: DatabaseSync, migrations: readonly string[]): void {
  const version = schemaVersion(db)
  if (version <= migrations.length) return
  throw new JournalError(
    'journal_newer_schema',
    `the journal has schema version ${version}, this release knows ${migrations.length}: install the newer release again, or set journal.path to another file`,
  )
}

/** Throws `JournalError` `journal_older_schema` if there are steps that the file has not taken. */
export function refuseOlder(db: DatabaseSync, migrations: readonly string[]): void {
  const version = schemaVersion(db)
  if (version >= migrations.length) return
  throw new JournalError(
    'journal_older_schema',
    `the journal has schema version ${version}, this release reads ${migrations.length}: the daemon brings it there when it starts`,
  )
}

/** Takes the steps that are missing, all or none; within the transaction of the caller. */
export function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  const version = schemaVersion(db)
  if (version === migrations.length) return
  for (const step of migrations.slice(version)) db.exec(step)
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`)
}

function readNumber(db: DatabaseSync, sql: string, column: string): number {
  const value = db.prepare(sql).get()?.[column]
  if (typeof value !== 'number') throw new JournalError('journal_damaged', `the journal does not tell its ${column}`)
  return value
}
