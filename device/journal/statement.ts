import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { toShapeError } from './error.ts'

/** Every statement the journal runs, prepared once. */
export type Statements = { readonly [Name in keyof typeof SQL]: StatementSync }

const CHARGE = 'c.lane, c.charge_id, c.state, c.amount, c.out_trade_no, c.merchant, c.body'
const REFUND = 'r.lane, r.refund_id, r.charge_id, r.state, r.amount, r.out_refund_no, r.body'
const ATTEMPT = 'a.out_trade_no, a.lane, a.charge_id, a.try_no, a.ended, a.late, a.by_hand'
const LOOK = 'l.out_trade_no, l.merchant, l.made, l.due_at, l.sure'

// As the indexes spell it, or they are not used.
const PAID_AT_S = "coalesce(unixepoch(body ->> '$.paid.paidAt'), (body ->> '$.finalAt') / 1000)"
const PAID_IN = `state = 'paid' AND ${PAID_AT_S} >= :from / 1000 AND ${PAID_AT_S} < :until / 1000`
const RETURNED_IN = `state = 'returned' AND body ->> '$.updatedAt' >= :from AND body ->> '$.updatedAt' < :until`

const TRUSTED = `(content ->> '$.clock_trusted') IS NOT 0`

const ASKED_FOR = `
  (:lane IS NULL OR c.lane = :lane) AND (NOT :open OR c.final_no IS NULL OR EXISTS (
    SELECT 1 FROM attempts a WHERE a.lane = c.lane AND a.charge_id = c.charge_id AND a.ended IS NULL) OR EXISTS (
    SELECT 1 FROM refunds r INDEXED BY refunds_by_charge WHERE r.lane = c.lane AND r.charge_id = c.charge_id AND r.ended = 0))`

/** The stream that is told of: the journal's last. */
const NOW = '(SELECT max(era) FROM streams)'

// Where two indexes would do SQLite may take the one that grows with the years, so the short one is named.
const SQL = {
  stream: 'SELECT name FROM streams ORDER BY era DESC LIMIT 1',
  // What no broker has of the streams before stays in the outbox: it is told no more, and never counts as told.
  beginStream: 'INSERT INTO streams (era, name) SELECT max(era) + 1, ? FROM streams',
  board: `SELECT value FROM meta WHERE name = 'board'`,
  putBoard: `INSERT INTO meta (name, value) VALUES ('board', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,

  // A charge never changes its amount or its merchant; a row that would changes nothing, and the caller sees that.
  putCharge: `
    INSERT INTO charges (lane, charge_id, state, final_no, amount, out_trade_no, transaction_id, created_at, updated_at,
      merchant, body)
    VALUES (:lane, :chargeId, :state,
      iif(:final, (SELECT coalesce(max(final_no), 0) + 1 FROM charges WHERE lane = :lane AND final_no IS NOT NULL), NULL),
      :amount, :outTradeNo, :transactionId, :createdAt, :updatedAt, :merchant, :body)
    ON CONFLICT (lane, charge_id) DO UPDATE SET
      state = excluded.state,
      final_no = iif(:final, coalesce(charges.final_no, excluded.final_no), NULL),
      out_trade_no = excluded.out_trade_no,
      transaction_id = excluded.transaction_id,
      updated_at = excluded.updated_at,
      merchant = excluded.merchant,
      body = excluded.body
    WHERE charges.amount = excluded.amount AND coalesce(charges.merchant, excluded.merchant) IS excluded.merchant`,

  // An order number belongs to one try of one charge for ever.
  putAttempt: `
    INSERT INTO attempts (out_trade_no, lane, charge_id, try_no, ended, late, by_hand)
    VALUES (:outTradeNo, :lane, :chargeId, :tryNo, :end, :late, :byHand)
    ON CONFLICT (out_trade_no) DO UPDATE SET ended = excluded.ended, late = excluded.late, by_hand = excluded.by_hand
    WHERE attempts.lane = excluded.lane AND attempts.charge_id = excluded.charge_id AND attempts.try_no = excluded.try_no`,

  // A refund is of one charge, over one amount and under one number for ever.
  putRefund: `
    INSERT INTO refunds (lane, refund_id, charge_id, state, amount, out_refund_no, ended, body)
    VALUES (:lane, :refundId, :chargeId, :state, :amount, :outRefundNo, :ended, :body)
    ON CONFLICT (lane, refund_id) DO UPDATE SET state = excluded.state, ended = excluded.ended, body = excluded.body
    WHERE refunds.charge_id = excluded.charge_id AND refunds.amount = excluded.amount
      AND refunds.out_refund_no = excluded.out_refund_no`,

  putLook: `
    INSERT INTO looks (out_trade_no, merchant, made, due_at, sure) VALUES (:outTradeNo, :merchant, :made, :dueAt, :sure)
    ON CONFLICT (out_trade_no) DO UPDATE SET merchant = excluded.merchant, made = excluded.made, due_at = excluded.due_at, sure = excluded.sure`,
  lookSoon: 'UPDATE looks SET due_at = min(due_at, :dueAt) WHERE out_trade_no = :outTradeNo',
  looked: 'DELETE FROM looks WHERE out_trade_no = ?',
  lookDue: `
    SELECT ${LOOK} FROM looks l INDEXED BY looks_by_time
    WHERE l.merchant = :merchant AND l.due_at <= :now ORDER BY l.due_at`,
  lookFar: `
    SELECT ${LOOK} FROM looks l INDEXED BY looks_by_time
    WHERE l.merchant = :merchant AND l.due_at > :now + :farthestMs ORDER BY l.due_at`,
  lookTimes: 'SELECT out_trade_no, due_at FROM looks INDEXED BY looks_by_time WHERE merchant = ? ORDER BY due_at',
  attempt: `SELECT ${ATTEMPT} FROM attempts a WHERE out_trade_no = ?`,

  putEvent: `INSERT INTO events (lane, era, seq, content) VALUES (:lane, ${NOW}, :seq, :content) ON CONFLICT DO NOTHING`,
  sameEvent: `SELECT 1 FROM events WHERE lane = :lane AND era = ${NOW} AND seq = :seq AND content = :content`,
  putOutbox: `INSERT INTO outbox (lane, era, seq) VALUES (?, ${NOW}, ?)`,
  delivered: `DELETE FROM outbox WHERE lane = ? AND era = ${NOW} AND seq = ?`,

  nextLane: `
    SELECT min(lane) AS lane FROM (
      SELECT min(lane) AS lane FROM charges WHERE lane > :after
      UNION ALL
      SELECT min(lane) FROM events WHERE lane > :after)`,
  highestSeq: `SELECT coalesce(max(seq), 0) AS seq FROM events WHERE lane = ? AND era = ${NOW}`,
  oldestSeq: `SELECT coalesce(min(seq), 1) AS seq FROM events WHERE lane = ? AND era = ${NOW}`,
  last: `SELECT ${CHARGE} FROM charges c WHERE lane = ? AND final_no IS NOT NULL ORDER BY final_no DESC LIMIT 1`,
  open: `
    SELECT ${CHARGE} FROM charges c INDEXED BY charges_not_final WHERE lane = :lane AND final_no IS NULL
    UNION
    SELECT ${CHARGE} FROM attempts a JOIN charges c USING (lane, charge_id) WHERE a.lane = :lane AND a.ended IS NULL
    ORDER BY c.charge_id`,
  openAttempts: `SELECT ${ATTEMPT} FROM attempts a INDEXED BY attempts_open WHERE lane = ? AND ended IS NULL ORDER BY charge_id, try_no`,

  openRefunds: `SELECT ${REFUND} FROM refunds r INDEXED BY refunds_open WHERE lane = ? AND ended = 0 ORDER BY rowid`,
  refundsOf: `SELECT ${REFUND} FROM refunds r INDEXED BY refunds_by_charge WHERE lane = ? AND charge_id = ? ORDER BY rowid`,

  byChargeId: `SELECT ${CHARGE} FROM charges c WHERE lane = :lane AND charge_id = :id`,
  byOutTradeNo: `
    SELECT ${CHARGE} FROM attempts a JOIN charges c USING (lane, charge_id) WHERE a.out_trade_no = :id AND a.lane = :lane
    UNION
    SELECT ${CHARGE} FROM charges c INDEXED BY charges_by_out_trade_no WHERE lane = :lane AND out_trade_no = :id`,
  byTransactionId: `SELECT ${CHARGE} FROM charges c INDEXED BY charges_by_transaction_id WHERE lane = :lane AND transaction_id = :id`,
  byRefundId: `
    SELECT ${CHARGE} FROM refunds r JOIN charges c USING (lane, charge_id) WHERE r.lane = :lane AND r.refund_id = :id`,

  // A place is the rowid of a charge: it grows with every charge that is taken, and an update keeps it.
  listOldestFirst: `
    SELECT c.rowid AS place, ${CHARGE} FROM charges c
    WHERE c.rowid > coalesce(:from, -1) AND ${ASKED_FOR} ORDER BY c.rowid LIMIT :limit + 1`,
  listNewestFirst: `
    SELECT c.rowid AS place, ${CHARGE} FROM charges c
    WHERE c.rowid < coalesce(:from, 9223372036854775807) AND ${ASKED_FOR} ORDER BY c.rowid DESC LIMIT :limit + 1`,
  attemptsOf: `SELECT ${ATTEMPT} FROM attempts a WHERE lane = ? AND charge_id = ? ORDER BY try_no`,
  eventsOf: `
    SELECT lane, seq, content FROM events INDEXED BY events_by_charge
    WHERE lane = ? AND content ->> '$.charge.charge_id' = ? ORDER BY era, seq`,

  waitingOf: `
    SELECT e.seq FROM events e INDEXED BY events_by_charge JOIN outbox o USING (lane, era, seq)
    WHERE e.lane = ? AND e.era = ${NOW} AND content ->> '$.charge.charge_id' = ? ORDER BY e.seq`,
  lastEventOf: `
    SELECT lane, seq, content FROM events INDEXED BY events_by_charge
    WHERE lane = ? AND content ->> '$.charge.charge_id' = ? ORDER BY era DESC, seq DESC LIMIT 1`,
  lastToldOf: `
    SELECT lane, seq, content FROM events e INDEXED BY events_by_charge
    WHERE lane = ? AND content ->> '$.charge.charge_id' = ?
      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = e.lane AND o.era = e.era AND o.seq = e.seq)
    ORDER BY era DESC, seq DESC LIMIT 1`,

  knownNumbers: `
    SELECT a.out_trade_no FROM json_each(:numbers) n CROSS JOIN attempts a ON a.out_trade_no = n.value`,
  knownAttempts: `
    SELECT ${ATTEMPT} FROM json_each(:numbers) n CROSS JOIN attempts a ON a.out_trade_no = n.value`,
  movedIn: `
    SELECT out_trade_no FROM charges INDEXED BY charges_by_paid_at WHERE ${PAID_IN}
    UNION
    SELECT body ->> '$.outTradeNo' FROM refunds INDEXED BY refunds_by_returned_at WHERE ${RETURNED_IN}`,
  firstCharge: 'SELECT created_at FROM charges ORDER BY rowid LIMIT 1',
  takenIn: `
    SELECT lane, count(*) AS count, sum(amount) AS amount FROM charges INDEXED BY charges_by_paid_at
    WHERE ${PAID_IN} GROUP BY lane`,
  refundedIn: `
    SELECT lane, count(*) AS count, sum(amount) AS amount FROM refunds INDEXED BY refunds_by_returned_at
    WHERE ${RETURNED_IN} GROUP BY lane`,

  // An event tells of a clock that was not known to be right; when it happened, only those before and after it tell.
  oldestTrusted: `SELECT content ->> '$.at' AS at FROM events WHERE lane = :lane AND ${TRUSTED} ORDER BY era, seq LIMIT 1`,
  prunable: `
    WITH last (era, seq) AS (SELECT era, seq FROM events WHERE lane = :lane ORDER BY era DESC, seq DESC LIMIT 1),
    young (era, seq) AS (
      SELECT era, seq FROM events WHERE lane = :lane AND ${TRUSTED} AND content ->> '$.at' >= :until ORDER BY era, seq LIMIT 1),
    kept (era, seq) AS (SELECT era, seq FROM (SELECT * FROM last UNION ALL SELECT * FROM young) ORDER BY era, seq LIMIT 1),
    old (era, seq) AS (
      SELECT era, seq FROM events WHERE lane = :lane AND (era, seq) < (SELECT era, seq FROM kept) AND ${TRUSTED}
      ORDER BY era DESC, seq DESC LIMIT 1)
    SELECT era, seq, content ->> '$.charge.charge_id' AS charge_id FROM events
    WHERE lane = :lane AND (era, seq) <= (SELECT era, seq FROM old) ORDER BY era, seq LIMIT :limit`,
  dropEvent: 'DELETE FROM events WHERE lane = ? AND era = ? AND seq = ?',
  dropWaiting: 'DELETE FROM outbox WHERE lane = ? AND era = ? AND seq = ?',
  doneWith: `
    SELECT 1 FROM charges c WHERE c.lane = :lane AND c.charge_id = :chargeId AND c.final_no IS NOT NULL
      AND c.final_no < (SELECT max(final_no) FROM charges WHERE lane = :lane AND final_no IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM attempts WHERE lane = :lane AND charge_id = :chargeId AND ended IS NULL)
      AND NOT EXISTS (SELECT 1 FROM attempts JOIN looks USING (out_trade_no) WHERE lane = :lane AND charge_id = :chargeId)
      AND NOT EXISTS (SELECT 1 FROM refunds WHERE lane = :lane AND charge_id = :chargeId AND ended = 0)
      AND NOT EXISTS (
        SELECT 1 FROM events INDEXED BY events_by_charge
        WHERE lane = :lane AND content ->> '$.charge.charge_id' = :chargeId)`,
  dropRefunds: 'DELETE FROM refunds WHERE lane = ? AND charge_id = ?',
  dropAttempts: 'DELETE FROM attempts WHERE lane = ? AND charge_id = ?',
  dropCharge: 'DELETE FROM charges WHERE lane = ? AND charge_id = ?',
  putTombstone: 'INSERT INTO tombstones (mark) VALUES (?) ON CONFLICT DO NOTHING',
  tombstone: 'SELECT 1 FROM tombstones WHERE mark = ?',

  note: 'SELECT value FROM meta WHERE name = ?',
  putNote: 'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',

  // Nothing here looks into a content, which may be no JSON; the last takes the charge out of the index, which was made when it was.
  everyEvent: 'SELECT e.lane, e.era, e.seq, e.content, e.rowid, s.name AS stream FROM events e JOIN streams s USING (era)',
  putContent: 'UPDATE events SET content = ? WHERE lane = ? AND era = ? AND seq = ?',
  eventIndex: `SELECT sql FROM sqlite_schema WHERE name = 'events_by_charge'`,
  chargeOfEvent: `
    SELECT content ->> '$.charge.charge_id' AS charge_id FROM events INDEXED BY events_by_charge WHERE lane = ? AND rowid = ?`,

  events: `
    SELECT lane, seq, content, name AS stream, octet_length(content) AS bytes FROM events JOIN streams USING (era)
    WHERE lane = :lane AND era = ${NOW} AND seq > :afterSeq ORDER BY seq LIMIT :limit + 1`,
  outbox: `
    SELECT e.lane, e.seq, e.content, s.name AS stream FROM outbox o JOIN events e USING (lane, era, seq) JOIN streams s USING (era)
    WHERE o.lane = :lane AND o.era = ${NOW} ORDER BY o.seq LIMIT :limit`,
}

/** Throws `JournalError`, `journal_damaged` if a table is not as this program made it. */
export function prepareStatements(db: DatabaseSync): Statements {
  try {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)] as const)
    return Object.fromEntries(prepared) as Statements // `entries` forgets which names there are
  } catch (error) {
    throw toShapeError(error)
  }
}
