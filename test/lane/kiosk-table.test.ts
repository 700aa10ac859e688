import { toFen } from '../../core/money.ts'
import { answered, Bench, LANE, PAID } from '../core-box/bench.ts'
import { LOOK_UPS, QUIET, READS, SCANS, SUBMIT_REPLIES } from '../core-box/happening-names.ts'
import { HAPPENINGS, type HappeningName, SENT_CODE } from '../core-box/happenings.ts'
import { type Expected, NOTHING, type Start, testTable } from '../core-box/table.ts'
import { describeLane } from './starts.ts'

/** A kiosk that has had a customer. */
function kiosk(): Bench {
  const bench = new Bench({
    settings: { kiosks: new Map([[LANE, { amount: toFen(1_234), description: 'Entry', hasLock: true }]]) },
  }).prove()
  bench.scan(SENT_CODE)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  return bench
}

const STARTS: Readonly<Record<string, () => Start>> = {
  'a kiosk that waits': () => ({ bench: kiosk(), order: null }),
  'a kiosk that is shut': () => {
    const bench = kiosk()
    bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_missing'] })
    return { bench, order: null }
  },
  'a kiosk with a customer': () => {
    const bench = kiosk()
    bench.scan()
    bench.advance(500)
    return { bench, order: bench.order }
  },
  'a kiosk that serves, and the disk has not said yet that it holds that': () => {
    const bench = kiosk()
    bench.scan()
    bench.advance(500)
    bench.holdCommits = true
    bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
    return { bench, order: bench.order }
  },
}

/** Of questions that nobody asked. */
const STRAY_REPLIES: readonly HappeningName[] = [...HAPPENINGS.keys()].filter(
  name => /^(?!submit_).*_replied: /.test(name) && name !== 'query_replied: set-up is wrong',
)
const STRAY_SUBMITS: readonly HappeningName[] = SUBMIT_REPLIES.filter(name => name !== 'submit_replied: set-up is wrong')

/** What every kiosk does, whatever its state: the commands here name charges of registers, and it has none. */
const COMMANDS = [...HAPPENINGS.keys()].filter(name => name.startsWith('commanded: '))
const REGISTER: Expected = {
  'stays: refuse': [...COMMANDS.filter(name => !READS.includes(name)), 'requested: unreadable'],
  'stays: find': ['commanded: lookup'],
  'stays: read_out': ['commanded: events'],
  'stays: look_up': ['requested: charge, the same', ...LOOK_UPS],
}

/** Where every happening takes a kiosk, where that is not where it takes any lane. */
const TABLE: Readonly<Record<string, Expected>> = {
  'a kiosk that waits': {
    ...REGISTER,
    [NOTHING]: [...STRAY_REPLIES, ...STRAY_SUBMITS, ...QUIET, 'tick: its time is up'],
    'arming: show:not_ready tell_state tell_status': ['storage: fails', 'health: a part fails'],
    'arming: show:not_ready probe tell_state tell_status': ['submit_replied: set-up is wrong', 'query_replied: set-up is wrong'],
    'idle, told cancelled: show:not_ready tell_state tell_events tell_status': ['stopping: now'],
    'submitting, told submitting: submit show:working tell_state tell_events': ['scanned: fresh code'],
    'stays: tell_scan show:wrong_code': SCANS.filter(name => name !== 'scanned: fresh code'),
  },
  'a kiosk that is shut': {
    ...REGISTER,
    [NOTHING]: [
      ...STRAY_REPLIES,
      ...STRAY_SUBMITS,
      ...QUIET.filter(name => name !== 'health: a part works'),
      'tick: its time is up',
    ],
    'awaiting_scan: show:waiting tell_state tell_status': ['health: a part works'],
    'stays: tell_state tell_status': ['storage: fails', 'health: a part fails'],
    'stays: probe tell_state tell_status': ['submit_replied: set-up is wrong', 'query_replied: set-up is wrong'],
    'idle, told cancelled: tell_state tell_events tell_status': ['stopping: now'],
    'stays: tell_scan show:wrong_code': SCANS,
  },
  'a kiosk with a customer': {
    ...REGISTER,
    [NOTHING]: [...STRAY_REPLIES, ...QUIET],
    'stays: tell_state tell_status': ['storage: fails', 'health: a part fails', 'stopping: now'],
    'stays: probe tell_state tell_status': ['query_replied: set-up is wrong'],
    'stays: tell_scan': SCANS,
    'confirming, asked, told confirming: show:unknown query tell_state tell_events': ['tick: its time is up'],
    'awaiting_scan, told paid,awaiting_scan: pulse show:waiting show:paid warm tell_state tell_events': ['submit_replied: paid'],
    'awaiting_payer, told awaiting_payer: show:customer_types tell_state tell_events': ['submit_replied: USERPAYING'],
    'confirming insufficient_funds, asked, told confirming: show:unknown query tell_state tell_events': [
      'submit_replied: curable refusal',
    ],
    'confirming not_permitted, asked, told confirming: show:unknown query tell_state tell_events': [
      'submit_replied: incurable refusal',
    ],
    'confirming misconfigured, asked, told confirming: show:unknown query probe tell_state tell_events tell_status': [
      'submit_replied: set-up is wrong',
    ],
    'confirming, told confirming: show:unknown tell_state tell_events': [
      'submit_replied: unlisted code',
      'submit_replied: unknown',
    ],
    'awaiting_scan, told awaiting_scan: show:waiting show:refused tell_state tell_events': ['submit_replied: not sent'],
  },
  'a kiosk that serves, and the disk has not said yet that it holds that': {
    ...REGISTER,
    [NOTHING]: [
      ...STRAY_REPLIES,
      ...SUBMIT_REPLIES.filter(name => name !== 'submit_replied: set-up is wrong'),
      ...QUIET.filter(name => name !== 'committed: all'),
    ],
    'arming, told paid,awaiting_scan: pulse show:waiting show:paid warm tell_state tell_events': ['committed: all'],
    'arming, told reversing,awaiting_scan: show:waiting show:refused warm query tell_state tell_events': ['tick: its time is up'],
    'stays: tell_state tell_status': ['storage: fails', 'health: a part fails', 'stopping: now'],
    'stays: probe tell_state tell_status': ['submit_replied: set-up is wrong', 'query_replied: set-up is wrong'],
    'stays: tell_scan': SCANS,
  },
}

testTable(STARTS, TABLE, describeLane)
