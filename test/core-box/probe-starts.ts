import { answered, Bench, NOT_SENT } from './bench.ts'
import type { Start } from './table.ts'

function asked(): Bench {
  const bench = new Bench()
  bench.post({ type: 'tick' })
  return bench
}

/** The gateway's proof in each of its phases. */
export const PROBE_STARTS: Readonly<Record<string, () => Start>> = {
  'the proving query is under way': () => ({ bench: asked(), order: null }),
  'the proving query is due later': () => {
    const bench = asked()
    bench.post({ type: 'probe_replied', reply: NOT_SENT })
    return { bench, order: null }
  },
  'the proving reverse is under way': () => {
    const bench = asked()
    bench.post({ type: 'probe_replied', reply: answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }) })
    return { bench, order: null }
  },
}

/** Where the proof stands, and what it finds wrong. */
export function describeProbe({ box: { probe } }: Bench): string {
  if (probe.next === 'none') return 'proven'
  return `${probe.next} ${probe.callUntil === null ? 'later' : 'under way'} (${probe.reasons.join()})`
}
