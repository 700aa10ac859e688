import { AssertionError } from 'node:assert'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { deriveOrderKey, deriveOutTradeNo } from '../../core/order.ts'
import { openJournal } from '../../device/journal/journal.ts'
import { TillError } from '../../device/till/till.ts'
import type { Till } from '../till.ts'
import { API_KEY, type BoxProcess, Rig } from '../whole/rig.ts'
import { CashDesk } from './cash-desk.ts'
import { judge, judgeJournal } from './judgement.ts'
import type { KillCase } from './kill-case.ts'
import { SCENES } from './scene.ts'

const MORTAL_BOX = new URL('./mortal-box.ts', import.meta.url).pathname
/** As short as the order of the defaults allows: what is looked at is what survives, not how long it takes. */
const TIMING = {
  poll_every_s: 0.1,
  poll_for_s: 1,
  reverse_after_s: 0.3,
  not_found_after_s: 0.6,
  answer_within_s: 0.8,
  look_again_after_s: [60, 600],
}
/** What a machine that is busy with other things may take for anything. */
const WITHIN_MS = 120_000
const READY = '"msg":"ready"'
const TRIES_MAX = 4

/** How a case went. `wrong` is empty where everything was right; `end` is the state in which the charge ended. */
export interface Played {
  readonly died: boolean
  readonly end: string
  readonly wrong: readonly string[]
  readonly log: string
}

/** A box that dies again and again, with its broker, its gateway, its register and its gun, which do not. */
export class Shop {
  readonly #rig: Rig
  readonly #till: Till
  readonly #orderKey = deriveOrderKey(API_KEY)

  private constructor(rig: Rig, till: Till) {
    this.#rig = rig
    this.#till = till
  }

  static async open(t: Pick<TestContext, 'after'>): Promise<Shop> {
    const rig = await Rig.start(t, { timing: TIMING })
    rig.configure({ register: { url: rig.broker.url, refunds: true } }, TIMING)
    return new Shop(rig, await rig.till(t))
  }

  /** Lets the box die in the middle of one payment, starts the ordinary daemon, and compares what everybody holds once it is at rest. */
  async play(given: KillCase): Promise<Played> {
    const mortal = this.#rig.startBox([MORTAL_BOX, JSON.stringify(given.death)])
    const desk = new CashDesk(this.#rig, this.#till, given)
    const wrong: string[] = []
    let daemon: BoxProcess | null = null
    try {
      await Promise.race([mortal.exited, this.#untilItEnds(mortal, desk, given)])
      desk.close()
      if (!mortal.wasKilled && mortal.exitCode !== null) wrong.push(`the box ended by itself, with ${mortal.exitCode}`)
    } catch (error) {
      if (!(error instanceof AssertionError || error instanceof TillError)) throw error
      wrong.push(`before the death: ${error.message}`)
    }
    const died = mortal.wasKilled
    try {
      await mortal.kill()
      daemon = this.#rig.startBox()
      wrong.push(...(await this.#recover(daemon, desk, given)))
    } catch (error) {
      if (!(error instanceof AssertionError || error instanceof TillError)) throw error
      wrong.push(`after the death: ${error.message}`)
    }
    const end = this.#till.book.get(given.chargeId)?.state ?? 'never taken'
    return { died, end, wrong, log: `${mortal.output}\n--- again ---\n${daemon?.output ?? ''}` }
  }

  /** The ordinary daemon settles what was left, and everybody has to hold the same. */
  async #recover(daemon: BoxProcess, desk: CashDesk, given: KillCase): Promise<readonly string[]> {
    const { chargeId } = given
    const [rig, till] = [this.#rig, this.#till]
    await daemon.says(READY, WITHIN_MS)
    await desk.clear()
    await rig.until(`${chargeId} and its lane come to rest`, () => this.#isAtRest(desk), WITHIN_MS)
    const looked = await desk.lookup()
    const { engine, wire } = rig
    const wrong = judge({
      given,
      till,
      accepted: desk.accepted,
      looked,
      numbers: this.#numbersOf(chargeId),
      engine,
      received: wire.received,
    })
    const code = await daemon.stop()
    return code === 0 ? wrong : [...wrong, `the daemon ended with ${code}`]
  }

  /** What the journal holds in the end, compared with what the register was told. */
  async close(): Promise<readonly string[]> {
    const lost: string[] = []
    const path = join(this.#rig.folder, 'journal.db')
    const journal = await openJournal({ path, onLost: error => lost.push(String(error)) })
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

  #isAtRest(desk: CashDesk): boolean {
    const { isOnline, state } = this.#till
    return desk.isOver && isOnline && state?.['state'] === 'idle' && state['undoing'] === 0
  }

  #numbersOf(chargeId: string): string[] {
    return Array.from({ length: TRIES_MAX }, (_, index) =>
      deriveOutTradeNo(this.#orderKey, 'counter-1', 'main', chargeId, index + 1),
    )
  }
}
