import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Colour } from '../../core/indicator/patterns.ts'
import { formatYuan } from '../till/yuan.ts'
import { Canvas } from './canvas.ts'
import { type Counter, type CounterHandlers, type CounterNews, owedFen } from './counter.ts'
import { CUSTOMERS } from './customers.ts'
import { Desk } from './desk.ts'
import { type CounterView, drawCounter, LEAST } from './picture.ts'
import { describeCharge, describePresence, describeScan } from './wording.ts'

const SAID_MAX = 20
/** An amount or a code is no longer. */
const INPUT_CHARS_MAX = 18
const NAMES = [...CUSTOMERS.keys()]

interface Key {
  readonly name?: string
  readonly ctrl?: boolean
  readonly sequence?: string
}

interface LaneSigns {
  lit: ReadonlySet<Colour>
  pattern: PatternName | null
  presence: string
}

/** Whether a terminal can be drawn on. */
export function canDraw({ isTTY, columns, rows }: WriteStream, { TERM = 'dumb' }: NodeJS.ProcessEnv): boolean {
  return isTTY && TERM !== 'dumb' && columns >= LEAST.columns && rows >= LEAST.rows
}

/** The counter as one screen, played with keys. */
export class Screen implements CounterHandlers {
  readonly logsForPeople = true
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #canvas: Canvas
  readonly #signs = new Map<string, LaneSigns>()
  #said: string[] = []
  #typed = ''
  #who = 0
  #counter: Counter | null = null
  #isDue = false
  #stop = () => {}

  constructor(input: ReadStream, output: WriteStream, env: NodeJS.ProcessEnv) {
    this.#input = input
    this.#output = output
    this.#canvas = new Canvas(input, output, (env['NO_COLOR'] ?? '') === '')
    output.write('starting a box, and what stands around it\n')
  }

  /** Resolves with 0 when the user leaves: q, Ctrl-C, Ctrl-D, or the end of the input. Rejects with what no key should bring about. */
  async play(counter: Counter): Promise<number> {
    const desk = new Desk(counter, (who, what) => this.#say(`${who}: ${what}`))
    this.#counter = counter
    this.#say(`follow: mosquitto_sub -v -L ${counter.around.brokerUrl}/tillbridge/#`)
    this.#canvas.open()
    this.#output.on('resize', this.#onResize)
    emitKeypressEvents(this.#input)
    await new Promise<void>((resolve, reject) => {
      const onKey = (text: string | undefined, key: Key) => {
        if (isLeaving(key)) return resolve()
        Promise.resolve(this.#onKey(desk, text ?? '', key)).then(() => this.#redraw(), reject)
        this.#redraw()
      }
      this.#input.on('keypress', onKey).once('end', resolve)
      this.#stop = () => this.#input.off('keypress', onKey).off('end', resolve).pause()
      this.#draw = () => this.#canvas.draw(drawCounter(this.#view(counter, desk), this.#output))
      this.#input.resume()
      this.#redraw()
    })
    return 0
  }

  /** Gives the terminal back, and tells what it came to. */
  close(): void {
    const counter = this.#counter
    if (counter === null) return
    this.#counter = null
    this.#stop()
    this.#output.off('resize', this.#onResize)
    this.#canvas.close()
    const sums = `register's book ${formatYuan(counter.bookedFen())}, WeChat Pay's ledger ${formatYuan(counter.takenFen())}`
    this.#output.write(`${counter.charges.length} sales; ${sums}\n`)
  }

  onNews(news: CounterNews): void {
    const signs = this.#signsOf(news.lane)
    switch (news.kind) {
      case 'lights':
        break // the lamps tell which pattern is being played
      case 'lamps':
        signs.lit = news.lit
        signs.pattern = news.pattern
        break
      case 'presence':
        signs.presence = describePresence(news.notReady)
        break
      case 'scan':
        this.#say(`${news.lane}: ${describeScan(news.notice)}`)
        break
      case 'event':
        this.#say(`${news.lane}: ${describeCharge(news.charge)}`)
        break
      default:
        news satisfies never
    }
    this.#redraw()
  }

  onLog(line: string): void {
    this.#say(line)
  }

  #draw = () => {}

  readonly #onResize = () => {
    this.#canvas.forget()
    this.#redraw()
  }

  /** Much happens at once: it is drawn together. */
  #redraw(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      if (this.#counter !== null) this.#draw()
    })
  }

  #onKey(desk: Desk, text: string, { name = '' }: Key): void | Promise<void> {
    if (/^[0-9.]$/.test(text)) {
      this.#typed = `${this.#typed}${text}`.slice(0, INPUT_CHARS_MAX)
      return
    }
    switch (name) {
      case 'backspace':
        this.#typed = this.#typed.slice(0, -1)
        return
      case 'escape':
        this.#typed = ''
        return
      case 'left':
        this.#who = (this.#who + NAMES.length - 1) % NAMES.length
        return
      case 'right':
        this.#who = (this.#who + 1) % NAMES.length
        return
      case 'tab':
        return desk.nextLane()
      case 'return':
      case 'enter':
        return this.#enter(desk)
      case 'space':
        return desk.scan(this.#customer)
      case 'c':
        return desk.cancel()
      default:
        return this.#onPlug(desk, name)
    }
  }

  #onPlug(desk: Desk, name: string): void | Promise<void> {
    const counter = this.#counter
    if (name === 'u') return desk.lane.gun.isPlugged ? desk.unplugGun() : desk.plugGun()
    if (name === 'n') return counter?.around.network.isUp === true ? desk.cutNetwork() : desk.mendNetwork()
    if (name === 'p') return counter?.isOn === true ? desk.powerOff() : desk.powerOn()
  }

  #enter(desk: Desk): Promise<void> {
    const typed = this.#typed
    this.#typed = ''
    return desk.enter(typed)
  }

  get #customer(): string {
    return NAMES[this.#who] ?? ''
  }

  #view(counter: Counter, desk: Desk): CounterView {
    const { lanes, charges, isOn, around } = counter
    return {
      lanes: lanes.map(({ name, till }) => ({
        ...this.#signsOf(name),
        name,
        isCurrent: name === desk.lane.name,
        charge: [...till.book.values()].at(-1),
      })),
      input: this.#typed,
      customer: { name: this.#customer, does: CUSTOMERS.get(this.#customer)?.does ?? '' },
      isGunPlugged: desk.lane.gun.isPlugged,
      isNetworkUp: around.network.isUp,
      isOn,
      sales: charges.map(charge => ({ charge, ledgerFen: counter.chargedFen(charge), owedFen: owedFen(charge) })),
      bookedFen: counter.bookedFen(),
      takenFen: counter.takenFen(),
      said: this.#said,
    }
  }

  #signsOf(lane: string): LaneSigns {
    const known = this.#signs.get(lane)
    if (known !== undefined) return known
    const signs: LaneSigns = { lit: new Set(), pattern: null, presence: '' }
    this.#signs.set(lane, signs)
    return signs
  }

  #say(line: string): void {
    this.#said = [...this.#said, line].slice(-SAID_MAX)
    this.#redraw()
  }
}

function isLeaving({ name, ctrl = false }: Key): boolean {
  return name === 'q' || (ctrl && (name === 'c' || name === 'd'))
}
