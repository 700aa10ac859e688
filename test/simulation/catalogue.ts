import type { Tally } from './story.ts'

const FATES = ['answered', 'not sent', 'request lost', 'answer lost', 'request late', 'answer late', 'unverifiable', 'claimed']
const EFFECTS = [
  ...[
    'answer',
    'commit',
    'delivered',
    'events',
    'events waiting',
    'find',
    'next look',
    'outbox',
    'query',
    'refund',
    'refund_query',
    'reverse',
  ],
  ...['scan', 'show', 'state', 'status', 'submit', 'warm'],
]

/** Everything that the simulator can do to a box, and every pair of states that it can lead to, by the groups of the closing table. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  submit: FATES,
  query: FATES,
  reverse: FATES,
  refund: FATES,
  refund_query: FATES,
  probe: FATES,
  unverifiable: [
    ...['wrong_sign', 'no_sign', 'bad_gateway', 'garbage', 'captive'],
    ...['wrong_amount', 'other_order', 'other_merchant', 'other_currency'],
  ],
  command: ['lost', 'repeated', 'late'],
  answer: ['lost', 'repeated', 'late'],
  event: ['lost', 'repeated', 'late', 'acknowledgement lost'],
  cut: [
    ...['out of the blue', 'a write under way is lost', 'a write under way survives'],
    ...['lost', 'cut', 'garbled', 'whole'].map(became => `what was not synced is ${became}`),
    ...EFFECTS.flatMap(effect => [`before ${effect}`, `after ${effect}`]),
  ],
  disk: ['slow'],
  'disk full': ['refused', 'done but refused'],
  'disk failing': ['refused', 'done but refused'],
  trouble: [
    ...[
      'the disk is stalled',
      'the disk is full',
      'the disk is failing',
      'the link is down',
      'a gun comes loose',
      'it lasts for hours',
    ],
    ...['refusing', 'silent', 'standby'].map(how => `the gateway is away (${how})`),
  ],
  'pair of states': [
    ...follow('new', ['awaiting_scan']),
    ...follow('awaiting_scan', ['submitting', 'confirming', 'reversing', 'cancelled', 'expired']),
    ...follow('submitting', ['submitting', 'awaiting_payer', 'confirming', 'awaiting_scan', 'reversing', 'paid', 'declined']),
    ...follow('awaiting_payer', ['awaiting_payer', 'confirming', 'awaiting_scan', 'reversing', 'paid', 'declined']),
    ...follow('confirming', ['confirming', 'awaiting_payer', 'awaiting_scan', 'reversing', 'paid', 'declined', 'cancelled']),
    ...follow('reversing', ['reversing', 'reversed', 'cancelled']),
  ],
  end: ['paid', 'declined', 'reversed', 'cancelled', 'expired'],
  'late money': ['an order is debited late', 'told and given back'],
  contradicted: ['that it is asked too often', 'another amount', 'another merchant', 'a wrong signature'],
  owner: [
    ...['pays back by hand', 'settles paid', 'settles not_paid'],
    ...['hears of an order that is answered in vain', 'has an order put right'],
  ],
  card: [
    ...['the journal is lost', 'a backup is put back', 'the card is in another board', 'a clone is in another board'],
    ...['and the broker is away', 'and the broker is away for longer than it is waited for'],
  ],
  'clouded sale': ['not known any more', 'ended paid', 'ended declined', 'ended reversed', 'ended cancelled'],
  'refund ended': ['returned', 'refused'],
  kiosk: ['paid', 'declined', 'reversed', 'cancelled', 'the lock opens'],
  'wall clock': ['jumps by years'],
  nuisance: [
    'repeats a charge',
    'counts from 1 again',
    'charges too late',
    'cancels nothing',
    'asks back another amount',
    'scans unasked',
  ],
  technician: ['takes a lane out', 'puts another merchant in'],
  till: [
    ...['cancels', 'sends a code', 'sees a new stream', 'hears of a payment that the journal does not know'],
    ...['closes a sale as paid by hand', 'closes a sale as not paid by hand'],
  ],
  'charge refused': ['not_ready', 'storage'],
  'cancel refused': ['already_final', 'internal'],
  'refund refused': ['forbidden', 'invalid (amount)', 'not_ready', 'storage'],
  'scan refused': ['already_final', 'busy', 'conflict', 'internal', 'invalid sent_before', 'invalid wallet_not_supported'],
  scan: ['goods', 'lane_busy', 'no_open_charge', 'not_a_code', 'sent_before', 'too_old', 'wallet_not_supported'],
  customer: [
    'leaves',
    'shows a code to a slow gun',
    'shows an old code',
    'shows one code everywhere',
    'shows the code again',
    'shows the same code',
  ],
}

export const CATALOGUE: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(GROUPS))

function follow(before: string, states: readonly string[]): readonly string[] {
  return states.map(state => `${before} → ${state}`)
}

/** What was never met, each with its group. */
export function unmet(met: Tally): readonly string[] {
  return [...CATALOGUE].flatMap(([group, kinds]) =>
    kinds.filter(kind => !met.get(group)?.has(kind)).map(kind => `${group}: ${kind}`),
  )
}
