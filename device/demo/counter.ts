import type { ChargeView } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Colour } from '../../core/indicator/patterns.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig } from '../config/index.ts'
import type { createLog } from '../log/index.ts'
import { type News, Till } from '../till/till.ts'
import { type DemoBox, openBox } from './box.ts'
import type { Customer } from './customers.ts'
import { DemoError } from './demo-error.ts'
import type { Gun } from './gun.ts'
import { BOX, openSurroundings, type Surroundings } from './surroundings.ts'

/** What the demo takes of the rooms that it does not know. */
export interface Tools {
  readonly loadConfig: (file: string) => BoxConfig
  readonly createLog: typeof createLog
}

/** What can be seen and heard at a counter: what a lane's register hears, what its lights say, and which of them are lit. */
export type CounterNews = { readonly lane: string } & (
  | News
  | { readonly kind: 'lights'; readonly pattern: PatternName }
  | { readonly kind: 'lamps'; readonly lit: ReadonlySet<Colour>; readonly pattern: PatternName | null }
)

/** What belongs to one lane. */
export interface Lane {
  readonly name: string
  readonly gun: Gun
  readonly till: Till
}

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
  readonly lanes: readonly Lane[]
  /** The first lane. */
  readonly main: Lane
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
    const [main, ...others] = [...around.guns].map(([name, gun]) => this.#openLane(name, gun))
    if (main === undefined) throw new DemoError('closed', 'a counter has a lane')
    this.main = main
    this.lanes = [main, ...others]
  }

  get isOn(): boolean {
    return this.#box !== null
  }

  /** Starts the box. It is ready when the register hears so. */
  async startBox(): Promise<void> {
    const config = this.#tools.loadConfig(this.around.configFile)
    const stream = { write: (line: string) => this.#handlers.onLog(line.trimEnd()) }
    const terminal = this.#handlers.logsForPeople
    const log = this.#tools.createLog({ stream, terminal, level: 'warn', secrets: config.secrets.texts() })
    this.#box = await openBox(config, {
      log,
      onLights: (lane, pattern) => this.#onNews({ kind: 'lights', lane, pattern }),
      onLamps: (lane, lit, pattern) => this.#onNews({ kind: 'lamps', lane, lit, pattern }),
      fatal: error => this.#onFatal(error),
    })
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

  /** A customer holds something before a lane's gun. */
  async scan({ gun }: Lane, name: string, { shows, fault }: Customer): Promise<void> {
    const { engine, wire } = this.around
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
    return this.until('the registers hear that their lanes are ready', () => this.lanes.every(({ till }) => till.isReady))
  }

  /** What the registers were told of, oldest first. */
  get charges(): ChargeView[] {
    const charges = this.lanes.flatMap(({ till }) => [...till.book.values()])
    return charges.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at))
  }

  /** What the registers take for paid, in fen. */
  bookedFen(): number {
    return this.charges.reduce((sum, charge) => sum + owedFen(charge), 0)
  }

  /** What all customers together have paid and not got back, in fen. */
  takenFen(): number {
    const { debitedFen, creditedFen } = this.#ledger.total()
    return debitedFen - creditedFen
  }

  /** What a charge has cost its customers, in fen, over all its order numbers. */
  chargedFen({ out_trade_no, refusals = [] }: ChargeView): number {
    const numbers = new Set([out_trade_no, ...refusals.map(refusal => refusal.out_trade_no)])
    return [...numbers].reduce((sum, number) => sum + this.#ledger.netFen(number), 0)
  }

  /** As it stands now, whether or not somebody has called WeChat Pay since. */
  get #ledger(): Surroundings['engine']['ledger'] {
    const { engine } = this.around
    engine.advance()
    return engine.ledger
  }

  async close(): Promise<void> {
    this.#end(new DemoError('closed', 'the counter is closed'))
    await this.stopBox()
    await Promise.all(this.lanes.map(({ till }) => till.close()))
    await this.around.close()
  }

  #openLane(name: string, gun: Gun): Lane {
    const onNews = (news: News) => this.#onNews({ ...news, lane: name })
    return { name, gun, till: new Till({ url: this.around.brokerUrl, box: BOX, lane: name, onNews }) }
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

/** What a charge has to have cost its customer, as far as the register knows, in fen. */
export function owedFen({ outcome, amount, refunded = 0 }: ChargeView): number {
  return outcome === 'paid' ? amount - refunded : 0
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
