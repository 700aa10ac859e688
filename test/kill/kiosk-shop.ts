import type { TestContext } from 'node:test'
import type { LaneView } from '../../core/contract/message.ts'
import type { Till } from '../till.ts'
import { type BoxProcess, Rig } from '../whole/rig.ts'
import { dieOnce, numbersOf, type Played, TIMING, WITHIN_MS } from './death.ts'
import { brokenPromises } from './judgement.ts'
import type { KillCase } from './kill-case.ts'
import { PAYS } from './scene.ts'

const LANE = 'entry'
const PRICE = 500
const OPENS = `${LANE}: ◆ the lock opens`

/** A kiosk with a lock, which dies again and again at serving somebody. */
export class KioskShop {
  readonly #rig: Rig
  /** It gives no command, and only hears. */
  readonly #till: Till

  private constructor(rig: Rig, till: Till) {
    this.#rig = rig
    this.#till = till
  }

  static async open(t: Pick<TestContext, 'after'>): Promise<KioskShop> {
    const rig = await Rig.start(t, { timing: TIMING })
    const scanner = { type: 'serial', path: rig.gunLink }
    const lock = { driver: 'terminal' }
    const lane = { name: LANE, scanner, indicators: { driver: 'terminal' }, lock, mode: { fixed_amount: PRICE } }
    rig.configure({ lanes: [lane] }, TIMING)
    return new KioskShop(rig, await rig.till(t, LANE))
  }

  async play({ death, chargeId: name }: KillCase): Promise<Played> {
    const [rig, till] = [this.#rig, this.#till]
    const gone = { isSo: false }
    let sold = ''
    rig.engine.addCustomer({ name, balanceFen: 1_000_000, ...PAYS })
    const end = () => till.book.get(sold)?.state ?? 'never taken'
    const played = await dieOnce(rig, death, {
      live: async () => {
        await rig.until('the kiosk waits for somebody', () => gone.isSo || this.#waitsFor(sold) !== null, WITHIN_MS)
        sold = this.#waitsFor(sold) ?? ''
        if (!gone.isSo) await rig.scan(name)
        await rig.until('somebody has paid', () => gone.isSo || till.book.get(sold)?.final === true, WITHIN_MS)
      },
      over: () => {
        gone.isSo = true
      },
      recover: async (daemon, mortal) => {
        await rig.until('the kiosk is at rest', () => this.#waitsFor(sold) !== null && this.#isOver(sold), WITHIN_MS)
        return this.#judge(sold, [mortal, daemon])
      },
    })
    return { ...played, end: end() }
  }

  async close(): Promise<readonly string[]> {
    return brokenPromises(this.#till)
  }

  /** The charge that the kiosk has before it, other than this one. */
  #waitsFor(before: string): string | null {
    const { state, isReady } = this.#till
    const { charge } = (state ?? {}) as Partial<LaneView>
    return isReady && charge?.state === 'awaiting_scan' && charge.charge_id !== before ? charge.charge_id : null
  }

  #isOver(chargeId: string): boolean {
    return this.#till.book.get(chargeId)?.final === true && this.#till.state?.['undoing'] === 0
  }

  /** Who was served has paid, once; who was not, and did not come to count as served, has the money back. */
  #judge(chargeId: string, boxes: readonly BoxProcess[]): string[] {
    const wrong: string[] = []
    const net = numbersOf(LANE, chargeId).reduce((sum, number) => sum + this.#rig.engine.ledger.netFen(number), 0)
    const isPaid = this.#till.book.get(chargeId)?.outcome === 'paid'
    const opened = boxes.reduce((sum, { output }) => sum + output.split(OPENS).length - 1, 0)
    if (net !== (isPaid ? PRICE : 0)) wrong.push(`the customer has paid ${net} fen, and the charge is ${isPaid ? 'paid' : 'not'}`)
    if (opened > 1) wrong.push(`the lock has opened ${opened} times for one payment`)
    if (opened === 1 && !isPaid) wrong.push('the lock has opened for nothing')
    return wrong
  }
}
