import type { ChargeView } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig } from '../config/index.ts'
import type { createLog } from '../log/index.ts'
import { type News, Till } from '../till/till.ts'
import { type DemoBox, openBox } from './box.ts'
import type { Customer } from './customers.ts'
import { DemoError } from './demo-error.ts'
import { BOX, LANE, openSurroundings, type Surroundings } from './surroundings.ts'

/** What the demo takes of the rooms that it does not know. */
export interface Tools {
  readonly loadConfig: (file: string) => BoxConfig
  readonly createLog: typeof createLog
}

/** What can be seen and heard at a counter. */
export type CounterNews = News | { readonly kind: 'lights'; readonly pattern: PatternName }

export interface CounterHandlers {
  onNews(news: CounterNews): void
  /** Warnings of the box, one line each. */
  onLog(line: string): void
  /** Whether these lines are for people, or JSON. */
  readonly logsForPeople: boolean
}

interface Watcher {
  look(): void
  giveUp(error: unknown): void
}

/** How long anything may take that this demo waits for. */
const WAIT_MS_MAX = 15_000

/** A shop's counter: a real box, and everything around it. */
export class Counter {
  readonly around: Surroundings
  readonly till: Till
  #break = (_error: unknown) => {}
  /** Resolves with the error when the box cannot trust itself any more. */
  readonly broken = new Promise<unknown>(resolve => {
    this.#break = resolve
  })
  readonly #tools: Tools
  readonly #handlers: CounterHandlers
  readonly #watchers = new Set<Watcher>()
  /** Why nothing more can be waited for. */
  #over: unknown = null
  #box: DemoBox | null = null

  constructor(around: Surroundings, tools: Tools, handlers: CounterHandlers) {
    this.around = around
    this.#tools = tools
    this.#handlers = handlers
    this.till = new Till({ url: around.brokerUrl, box: BOX, lane: LANE, onNews: news => this.#onNews(news) })
  }

  /** Starts the box. It is ready when the register hears so. */
  async startBox(): Promise<void> {
    const config = this.#tools.loadConfig(this.around.configFile)
    const stream = { write: (line: string) => this.#handlers.onLog(line.trimEnd()) }
    const terminal = this.#handlers.logsForPeople
    const log = this.#tools.createLog({ stream, terminal, level: 'warn', secrets: config.secrets.texts() })
    const onLights = (pattern: PatternName) => this.#onNews({ kind: 'lights', pattern })
    this.#box = await openBox(config, { log, onLights, fatal: error => this.#onFatal(error) })
  }

  async stopBox(): Promise<void> {
    const box = this.#box
    this.#box = null
    await box?.stop()
  }

  /** The box's power is gone. */
  async cutPower(): Promise<void> {
    const box = this.#box
    this.#box = null
    await box?.cut()
  }

  /** A customer holds something before the gun. */
  async scan(name: string, { shows, fault }: Customer): Promise<void> {
    const { engine, wire, gun } = this.around
    wire.faults.clear() // a code that was never sent has left its own behind
    if (fault !== undefined) wire.faults.add(fault)
    await gun.read(shows === 'own_code' ? engine.issueCode(name) : shows.text)
  }

  /** Waits for the thing itself. Rejects with a `DemoError` that tells of `what` when it does not come. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) return reject(this.#over)
      if (isSo()) return resolve()
      const end = (settle: () => void) => {
        takeBack()
        this.#watchers.delete(watcher)
        settle()
      }
      const watcher: Watcher = {
        look: () => {
          if (isSo()) end(resolve)
        },
        giveUp: error => end(() => reject(error)),
      }
      const late = new DemoError('did_not_happen', `did not happen within ${WAIT_MS_MAX / 1_000} s: ${what}`)
      const takeBack = systemClock.after(WAIT_MS_MAX, () => watcher.giveUp(late))
      this.#watchers.add(watcher)
    })
  }

  ready(): Promise<void> {
    return this.until('the register hears that the lane is ready', () => this.till.isReady)
  }

  /** What all customers together have paid and not got back, in fen. */
  takenFen(): number {
    const { debitedFen, creditedFen } = this.around.engine.ledger.total()
    return debitedFen - creditedFen
  }

  /** What a charge has cost its customers, in fen, over all its order numbers. */
  chargedFen({ out_trade_no, refusals = [] }: ChargeView): number {
    const numbers = new Set([out_trade_no, ...refusals.map(refusal => refusal.out_trade_no)])
    return [...numbers].reduce((sum, number) => sum + this.around.engine.ledger.netFen(number), 0)
  }

  async close(): Promise<void> {
    this.#end(new DemoError('closed', 'the counter is closed'))
    await this.stopBox()
    await this.till.close()
    await this.around.close()
  }

  #onNews(news: CounterNews): void {
    this.#handlers.onNews(news)
    for (const { look } of [...this.#watchers]) look()
  }

  #onFatal(error: unknown): void {
    this.#end(error)
    this.#break(error)
  }

  #end(error: unknown): void {
    this.#over ??= error
    for (const { giveUp } of [...this.#watchers]) giveUp(this.#over)
  }
}

/** Opens a counter whose lane is ready. */
export async function openCounter(tools: Tools, handlers: CounterHandlers): Promise<Counter> {
  const counter = new Counter(await openSurroundings(), tools, handlers)
  try {
    await counter.startBox()
    await counter.ready()
    return counter
  } catch (error) {
    await counter.close()
    throw error
  }
}
