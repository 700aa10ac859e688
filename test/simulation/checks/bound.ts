import type { Box } from '../../../core/box/state.ts'
import type { Lane } from '../../../core/lane/state.ts'
import { ASK_LONGER_MS } from '../../../core/lane/timing.ts'
import { LIMITS } from '../../../core/limits.ts'
import type { Ground } from '../ground.ts'

/** What a busy event loop and a slow first byte may add to a bound, ms. */
const SLACK_MS = 6_000

/** One stay of a lane: the same part of the same try of the same charge. */
interface Stay {
  readonly lane: Exclude<Lane, { at: 'idle' }>
  readonly since: number
  readonly until: number
}

/** Every state of a lane ends in its time, and nothing is reversed too soon. */
export class BoundCheck {
  readonly #ground: Ground
  readonly #stays = new Map<string, Stay>()
  readonly #left = new Map<string, number>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** The first byte of a submit leaves, or will, at this moment of the world. */
  leaves(outTradeNo: string, at: number): void {
    this.#left.set(outTradeNo, at)
  }

  reversed(outTradeNo: string): void {
    const { clock, fail, sales, settings } = this.#ground
    const waited = clock.mono - (this.#left.get(outTradeNo) ?? Number.NEGATIVE_INFINITY)
    if (waited >= settings.timing.reverseAfterMs) return
    fail(
      'wrongOutcome',
      sales.withNumber(outTradeNo)?.sale.chargeId ?? null,
      `${outTradeNo} was reversed ${waited} ms after it left`,
    )
  }

  looked(box: Box): void {
    const now = this.#ground.clock.mono
    for (const [name, { lane }] of box.lanes) {
      const stay = this.#stays.get(name)
      if (lane.at === 'idle') this.#stays.delete(name)
      else if (stay === undefined || !isSameStay(stay.lane, lane)) {
        this.#stays.set(name, { lane, since: now, until: now + this.#longest(lane) })
      } else if (now > stay.until)
        this.#ground.fail('noProgress', lane.charge.chargeId, `lane ${name} stays ${lane.at} for ${now - stay.since} ms`)
    }
  }

  /** The box started anew, and so did every stay. */
  restarted(): void {
    this.#stays.clear()
  }

  /** After a start whoever is asked for stays in front until the broker has spoken: see `Waking`. */
  #wakingMs({ at, ...lane }: Stay['lane']): number {
    const hasJustStarted = at === 'asking' && 'submittedAt' in lane && lane.submittedAt === null
    return hasJustStarted && this.#ground.settings.hasBroker ? LIMITS.wakingMs : 0
  }

  #longest(lane: Stay['lane']): number {
    const { settings, sales } = this.#ground
    const { timing, undo } = settings
    switch (lane.at) {
      case 'arming':
        return settings.kiosks.has(lane.charge.lane) ? Number.POSITIVE_INFINITY : LIMITS.storageWithinMs + SLACK_MS
      case 'awaiting_scan':
        return (sales.withCharge(lane.charge.chargeId)?.expiresInS ?? 0) * 1_000 + SLACK_MS
      case 'submitting':
      case 'asking':
      case 'serving': {
        const askForMs = undo === 'reverse' ? timing.pollForMs : timing.notFoundAfterMs + ASK_LONGER_MS
        return Math.min(askForMs, settings.kiosks.get(lane.charge.lane)?.patienceMs ?? askForMs) + this.#wakingMs(lane) + SLACK_MS
      }
      default:
        return lane satisfies never
    }
  }
}

/** Submitting and asking are one stay: the customer stands there for both. */
function isSameStay(one: Stay['lane'], other: Stay['lane']): boolean {
  if (one === other) return true
  const { chargeId, tryNo } = one.charge
  return partOf(one) === partOf(other) && chargeId === other.charge.chargeId && tryNo === other.charge.tryNo
}

function partOf({ at }: Stay['lane']): string {
  return at === 'asking' || at === 'serving' ? 'submitting' : at
}
