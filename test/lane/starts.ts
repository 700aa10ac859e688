import { answered, Bench, NO_ANSWER, PAID } from '../core-box/bench.ts'
import { SENT_CODE } from '../core-box/happenings.ts'
import type { Start } from '../core-box/table.ts'

/** A box that has had a customer before, whose code was sent. */
function opened(chargeId: string): Bench {
  const bench = new Bench().prove()
  bench.charge(chargeId)
  bench.scan(SENT_CODE)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  return bench
}

function armed(): Bench {
  const bench = opened('EARLIER')
  bench.charge('A')
  return bench
}

function submitting(): Bench {
  const bench = armed()
  bench.scan()
  bench.now += 500
  return bench
}

function claimed(errCode: string): Start {
  const bench = submitting()
  bench.submitted(answered({ verdict: 'refused', errCode }, bench.now))
  return { bench, order: bench.order }
}

/** The lane in each of its states; where it asks, a question is under way. */
export const LANE_STARTS: Readonly<Record<string, () => Start>> = {
  'idle after a payment': () => ({ bench: opened('A'), order: null }),
  arming: () => {
    const bench = opened('EARLIER')
    bench.holdCommits = true
    bench.charge('A')
    return { bench, order: null }
  },
  awaiting_scan: () => ({ bench: armed(), order: null }),
  submitting: () => {
    const bench = submitting()
    return { bench, order: bench.order }
  },
  awaiting_payer: () => {
    const bench = submitting()
    bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
    bench.advance(5_000)
    return { bench, order: bench.order }
  },
  confirming: () => {
    const bench = submitting()
    bench.submitted(NO_ANSWER)
    bench.advance(5_000)
    return { bench, order: bench.order }
  },
  'confirming a curable refusal': () => claimed('NOTENOUGH'),
  'confirming an incurable refusal': () => claimed('NOAUTH'),
}

/** Where the lane stands, in a word or two. */
export function describeLane({ book: { lane } }: Bench): string {
  if (lane.at !== 'asking') return lane.at
  const claim = lane.claim === null ? '' : ` ${lane.claim.reason}`
  return `${lane.charge.state}${claim}${lane.query === null ? '' : ', asked'}`
}
