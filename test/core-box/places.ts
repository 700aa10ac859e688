import { answered, Bench } from './bench.ts'

/** Where a charge stands when a test begins. */

export function armed(chargeId = 'A'): Bench {
  const bench = new Bench().prove()
  bench.charge(chargeId)
  return bench
}

export function submitting(): Bench {
  const bench = armed()
  bench.scan()
  return bench
}

/** The submit has been answered with this err_code, and nobody knows yet. */
export function refusedWith(errCode: string): Bench {
  const bench = submitting()
  bench.submitted(answered({ verdict: 'refused', errCode }, bench.now))
  return bench
}
