import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openJournal } from '../../device/journal/journal.ts'
import { TELLER } from '../journal/sample.ts'
import type { Till } from '../till.ts'
import { type BoxProcess, Rig } from '../whole/rig.ts'
import { CashDesk } from './cash-desk.ts'
import { dieOnce, numbersOf, type Played, READY, TIMING, WITHIN_MS } from './death.ts'
import { judge, judgeJournal } from './judgement.ts'
import type { KillCase } from './kill-case.ts'
import { SCENES } from './scene.ts'

/** A box that dies again and again, with its broker, its gateway, its register and its gun, which do not. */
export class Shop {
  readonly #rig: Rig
  readonly #till: Till

  private constructor(rig: Rig, till: Till) {
    this.#rig = rig
    this.#till = till
  }

  static async open(t: Pick<TestContext, 'after'>): Promise<Shop> {
    const rig = await Rig.start(t, { timing: TIMING })
    rig.configure({ register: { url: rig.broker.url, refunds: true } }, TIMING)
    return new Shop(rig, await rig.till(t))
  }

  /** Lets the box die in the middle of one payment, and compares what everybody holds once all is at rest again. */
  async play(given: KillCase): Promise<Played> {
    const desk = new CashDesk(this.#rig, this.#till, given)
    const played = await dieOnce(this.#rig, given.death, {
      live: mortal => this.#untilItEnds(mortal, desk, given),
      over: () => desk.close(),
      recover: () => this.#recover(desk, given),
    })
    const end = this.#till.book.get(given.chargeId)?.state ?? 'never taken'
    return { ...played, end, log: [...desk.answers, played.log].join('\n') }
  }

  /** What the journal holds in the end, compared with what the register was told. */
  async close(): Promise<readonly string[]> {
    const lost: string[] = []
    const path = join(this.#rig.folder, 'journal.db')
    const journal = await openJournal({ path, onLost: error => lost.push(String(error)), teller: TELLER })
    try {
      return [...(await judgeJournal(journal, this.#till)), ...lost]
    } finally {
      await journal.close()
    }
  }

  /** Plays the scene; it resolves once all that it began has ended, or the desk is closed because the box has. */
  async #untilItEnds(box: BoxProcess, desk: CashDesk, { scene, chargeId }: KillCase): Promise<void> {
    try {
      await this.#rig.until('the box is ready', () => desk.isClosed || box.output.includes(READY), WITHIN_MS)
      await SCENES[scene](desk)
      await this.#rig.until(`${chargeId} has ended`, () => desk.isClosed || this.#isAtRest(desk), WITHIN_MS)
    } catch (error) {
      if (!desk.isClosed) throw error
    }
  }

  async #recover(desk: CashDesk, given: KillCase): Promise<readonly string[]> {
    const { chargeId } = given
    const [rig, till] = [this.#rig, this.#till]
    await desk.clear()
    await rig.until(`${chargeId} and its lane come to rest`, () => this.#isAtRest(desk), WITHIN_MS)
    const looked = await desk.lookup()
    const { engine, wire } = rig
    const numbers = numbersOf('main', chargeId)
    return judge({ given, till, accepted: desk.accepted, looked, numbers, engine, received: wire.received })
  }

  #isAtRest(desk: CashDesk): boolean {
    const { isOnline, state } = this.#till
    return desk.isOver && isOnline && state?.['state'] === 'idle' && state['undoing'] === 0
  }
}
