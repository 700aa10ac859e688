import { merchantOf } from '../../../core/order.ts'
import type { Runner } from '../../../device/runner.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'
import { MERCHANT, OTHER_MERCHANT } from '../merchant.ts'

/** When all has come to its end, nothing is left to be done, in memory and in the journal. */
export class RestCheck {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  atRest(runner: Runner, disk: Disk): void {
    const { box } = runner
    if (box.finds > 0) this.#stuck(`${box.finds} look-ups at WeChat Pay are still under way`)
    if (box.undoing.size > 0) this.#stuck(`${box.undoing.size} order numbers are still being undone`)
    if (box.committed !== box.ticket) this.#stuck('rows still wait for the journal')
    for (const [name, { lane, background, refunds, foreign, unwritten, settled, refunded }] of box.lanes) {
      if (foreign.size > 0) this.#stuck(`lane ${name} still has charges of another merchant`)
      if (lane.at !== 'idle' && !this.#isKiosk(name)) this.#stuck(`lane ${name} is still ${lane.at}`)
      if (refunds.size > 0) this.#stuck(`lane ${name} still has refunds`)
      for (const table of [unwritten, settled, refunded])
        if (table.size > 0) this.#stuck(`lane ${name} still remembers charges that nothing waits for`)
      if (background.size > 0) this.#stuck(`lane ${name} still has charges in the background`)
    }
    for (const merchant of [MERCHANT, OTHER_MERCHANT].map(merchantOf)) {
      const { look } = disk.nextLook({ merchant, now: Number.MAX_SAFE_INTEGER, farthestMs: 0 })
      if (look !== null) this.#stuck(`${look.outTradeNo} still waits for a look`)
    }
    for (const [name, { open, attempts, refunds }] of disk.load().lanes) {
      if (open.length > (this.#isKiosk(name) ? 1 : 0) || attempts.length > 0 || refunds.length > 0)
        this.#stuck(
          `the journal of lane ${name} has open ${open.length} charges, ${attempts.length} attempts, ${refunds.length} refunds`,
        )
      if (disk.outbox(name, 1).length > 0) this.#stuck(`the outbox of lane ${name} is not empty`)
    }
  }

  /** A kiosk has one charge before it, always: see `KioskCheck`. */
  #isKiosk(lane: string): boolean {
    return this.#ground.settings.kiosks.has(lane)
  }

  #stuck(message: string): void {
    this.#ground.fail('noProgress', null, message)
  }
}
