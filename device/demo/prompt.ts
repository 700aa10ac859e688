import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ChargeView } from '../../core/contract/message.ts'
import { parseYuan } from '../till/yuan.ts'
import type { Counter, CounterHandlers, CounterNews } from './counter.ts'
import { CUSTOMERS } from './customers.ts'
import { Desk } from './desk.ts'
import { describeAdvice, describeCharge, describePresence, describeScan, LIGHTS } from './wording.ts'

const HELP = `  12.34               the till asks for that much (so does: charge 12.34)
  scan                a customer shows a code, and the gun reads it
  scan WHO            ${[...CUSTOMERS.keys()].join(', ')}
  134567890123456789  the gun reads this code
  cancel              the till cancels
  lane                the other lane
  unplug, plug        the gun's cable
  network off|on      the line to WeChat Pay
  power off|on        the box's
  book                what the register knows, beside WeChat Pay's ledger
  help, quit`

/** To the first column, and what stands there is wiped out: the user's own line is written again below. */
const CLEAR_LINE = '\r\u001b[K'

type Act = (word: string) => void | Promise<void>

/** The counter on a terminal that cannot draw: what happens comes as lines above the one being typed. */
export class Prompt implements CounterHandlers {
  readonly logsForPeople = true
  readonly #input: Readable
  readonly #output: Writable
  #lines: Interface | null = null
  #isOver = false
  readonly #presence = new Map<string, string>()

  constructor(input: Readable, output: Writable) {
    this.#input = input
    this.#output = output
  }

  /** Resolves with 0 when the user leaves: `quit`, Ctrl-C, Ctrl-D, or the end of the input. */
  async play(counter: Counter): Promise<number> {
    const acts = this.#actsOf(new Desk(counter, (who, what) => this.#say(who, what)))
    this.#say('', 'A real box; WeChat Pay, broker, guns, lights and tills around it are simulated, all in this process.')
    this.#say('', `To follow its messages: mosquitto_sub -L '${counter.around.brokerUrl}/tillbridge/#' -v\n\n${HELP}\n`)
    const lines = createInterface({ input: this.#input, output: this.#output, prompt: '> ' })
    this.#lines = lines
    lines.prompt()
    for await (const line of lines) {
      const [first = '', second = ''] = line.trim().toLowerCase().split(/\s+/)
      if (first === 'quit') break
      await this.#obey(acts, first, second)
      lines.prompt()
    }
    return 0
  }

  /** Gives the terminal back, and says no more. */
  close(): void {
    this.#isOver = true
    this.#lines?.close()
  }

  onNews(news: CounterNews): void {
    if (this.#lines === null) return // the box is still starting
    switch (news.kind) {
      case 'lights':
        return this.#say('lights', `${news.pattern} (${LIGHTS[news.pattern]})`, news.lane)
      case 'lamps':
        return // nothing blinks here
      case 'scan':
        return this.#say('register', describeScan(news.notice), news.lane)
      case 'event':
        return this.#onEvent(news.lane, news.charge)
      case 'presence':
        return this.#onPresence(news.lane, describePresence(news.notReady))
      default:
        news satisfies never
    }
  }

  onLog(line: string): void {
    this.#say('log', line)
  }

  #actsOf(desk: Desk): ReadonlyMap<string, Act> {
    const isOn = (word: string) => word === 'on'
    return new Map<string, Act>([
      ['charge', amount => desk.charge(amount)],
      ['scan', who => desk.scan(who === '' ? 'good' : who)],
      ['cancel', () => desk.cancel()],
      [
        'lane',
        () => {
          desk.nextLane()
          this.#say('demo', `this is lane ${desk.lane.name}`)
        },
      ],
      ['unplug', () => desk.unplugGun()],
      ['plug', () => desk.plugGun()],
      ['network', word => (isOn(word) ? desk.mendNetwork() : desk.cutNetwork())],
      ['power', word => (isOn(word) ? desk.powerOn() : desk.powerOff())],
      ['book', () => desk.book()],
      ['help', () => this.#say('', HELP)],
      ['', amount => (amount === '' ? undefined : desk.enter(amount))],
    ])
  }

  async #obey(acts: ReadonlyMap<string, Act>, first: string, second: string): Promise<void> {
    const isEntry = parseYuan(first) !== null || /^\d+$/.test(first)
    const act = acts.get(isEntry ? '' : first)
    if (act === undefined) this.#say('demo', `there is no ${first} here; help tells what there is`)
    else await act(isEntry ? first : second)
  }

  #onEvent(lane: string, charge: ChargeView): void {
    const advice = describeAdvice(charge)
    this.#say('register', `${describeCharge(charge)}${advice === '' ? '' : `. ${advice}`}`, lane)
  }

  /** Many messages tell the same. */
  #onPresence(lane: string, presence: string): void {
    if (presence !== this.#presence.get(lane)) this.#say('register', `the lane is ${presence}`, lane)
    this.#presence.set(lane, presence)
  }

  #say(who: string, what: string, lane?: string): void {
    if (this.#isOver) return
    const whose = who === '' ? '' : `  ${who.padEnd(10)}${lane === undefined ? '' : `${lane.padEnd(6)}`}`
    this.#output.write(`${CLEAR_LINE}${whose}${what}\n`)
    this.#lines?.prompt(true)
  }
}
