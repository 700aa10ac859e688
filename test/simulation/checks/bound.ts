import type { Box } from '../../../core/box/state.ts'
import type { Lane } from '../../../core/lane/state.ts'
import { ASK_LONGER_MS } from '../../../core/lane/timing.ts'
import { LIMITS } from '../../../core/limits.ts'
import type { Ground } from '../ground.ts'

/** What a busy event loop and a slow first byte may add to a bound, ms. */
const SLACK_MS = 6_000

/** Every state of a lane ends in its time, and nothing is reversed too soon. */
export class BoundCheck {
  readonly #ground: Ground
  readonly #since = new Map<string, { readonly stay: string; readonly at: number }>()
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
    const waited = clock.now().mono - (this.#left.get(outTradeNo) ?? Number.NEGATIVE_INFINITY)
    if (waited >= settings.timing.reverseAfterMs) return
    fail('wrongOutcome', sales.withNumber(outTradeNo)?.chargeId ?? null, `${outTradeNo} was reversed ${waited} ms after it left`)
  }

  looked(box: Box): void {
    const now = this.#ground.clock.now().mono
    for (const [name, { lane }] of box.lanes) {
      const stay = stayOf(lane)
      const before = this.#since.get(name)
      if (stay === null) this.#since.delete(name)
      else if (before?.stay !== stay.name) this.#since.set(name, { stay: stay.name, at: now })
      else if (now - before.at > this.#longest(lane)) {
        this.#ground.fail('noProgress', stay.chargeId, `lane ${name} stays ${lane.at} for ${now - before.at} ms`)
      }
    }
  }

  /** The box started anew, and so did every stay. */
  restarted(): void {
    this.#since.clear()
  }

  #longest(lane: Lane): number {
    const { settings, sales } = this.#ground
    const { timing, undo } = settings
    switch (lane.at) {
      case 'idle':
        return Number.POSITIVE_INFINITY
      case 'arming':
        return settings.kiosks.has(lane.charge.lane) ? Number.POSITIVE_INFINITY : LIMITS.storageWithinMs + SLACK_MS
      case 'awaiting_scan':
        return (sales.withCharge(lane.charge.chargeId)?.expiresInS ?? 0) * 1_000 + SLACK_MS
      case 'submitting':
      case 'asking':
        return (undo === 'reverse' ? timing.pollForMs : timing.notFoundAfterMs + ASK_LONGER_MS) + SLACK_MS
      default:
        return lane satisfies never
    }
  }
}

/** Submitting and asking are one stay: the customer stands there for both. */
function stayOf(lane: Lane): { readonly name: string; readonly chargeId: string } | null {
  if (lane.at === 'idle') return null
  const { chargeId, tryNo } = lane.charge
  const part = lane.at === 'asking' ? 'submitting' : lane.at
  return { name: `${part} ${chargeId} ${tryNo}`, chargeId }
}
