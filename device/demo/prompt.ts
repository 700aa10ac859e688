import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ChargeView } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { formatYuan } from '../till/yuan.ts'
import type { Counter, CounterHandlers, CounterNews } from './counter.ts'
import { Desk, HELP } from './desk.ts'

/** What the lights look like, in words. */
const LIGHTS: Readonly<Record<PatternName, string>> = {
  idle: 'green winks: nothing to do',
  waiting: 'slow green: scan please',
  working: 'quick amber: sent, asking',
  customer_types: 'two amber winks: the customer is typing the password',
  paid: 'steady green, one beep: paid',
  refused: 'long red, long beeps: not paid',
  unknown: 'red and amber: nobody knows yet, do not scan again',
  wrong_code: 'short red, short beeps: this scan pays for nothing',
  not_ready: 'three red winks: no charge can be taken',
}

/** To the first column, and what stands there is wiped out: the user's own line is written again below. */
const CLEAR_LINE = '\r\u001b[K'

/** The counter for whoever sits at a terminal. What happens there comes as lines above the one being typed. */
export class Prompt implements CounterHandlers {
  readonly logsForPeople = true
  readonly #input: Readable
  readonly #output: Writable
  #lines: Interface | null = null
  #isOver = false
  #presence = ''

  constructor(input: Readable, output: Writable) {
    this.#input = input
    this.#output = output
  }

  /** Resolves with 0 when the user leaves: `quit`, Ctrl-C, Ctrl-D, or the end of the input. */
  async play(counter: Counter): Promise<number> {
    const desk = new Desk(counter, (who, what) => this.#say(who, what))
    this.#say('', 'A real box; WeChat Pay, broker, gun, lights and till around it are simulated, all in this process.')
    this.#say('', `To follow its messages: mosquitto_sub -L '${counter.around.brokerUrl}/tillbridge/#' -v\n\n${HELP}\n`)
    const lines = createInterface({ input: this.#input, output: this.#output, prompt: '> ' })
    this.#lines = lines
    lines.prompt()
    for await (const line of lines) {
      if (!(await desk.obey(line))) break
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
        return this.#say('lights', `${news.pattern} (${LIGHTS[news.pattern]})`)
      case 'scan':
        return this.#say('register', `a scan that was no payment: ${news.notice.kind}, ${news.notice.reason}`)
      case 'event':
        return this.#say('register', describe(news.charge))
      case 'presence':
        return this.#onPresence(news.notReady)
      default:
        news satisfies never
    }
  }

  onLog(line: string): void {
    this.#say('log', line)
  }

  /** Many messages tell the same. */
  #onPresence(notReady: readonly string[] | null): void {
    const presence = notReady === null ? 'offline' : notReady.length === 0 ? 'ready' : `not ready: ${notReady.join(', ')}`
    if (presence !== this.#presence) this.#say('register', `the lane is ${presence}`)
    this.#presence = presence
  }

  #say(who: string, what: string): void {
    if (this.#isOver) return
    this.#output.write(`${CLEAR_LINE}${who === '' ? '' : `  ${who.padEnd(10)}`}${what}\n`)
    this.#lines?.prompt(true)
  }
}

function describe({ charge_id, amount, state, reason, refusals, advice_code, advice }: ChargeView): string {
  const refusal = state === 'awaiting_scan' ? refusals?.at(-1)?.reason : undefined
  const why = reason ?? refusal
  const todo = advice_code === undefined || advice_code === 'none' ? '' : `. ${advice}`
  return `${charge_id} ${formatYuan(amount)} ${state}${why === undefined ? '' : ` (${why})`}${todo}`
}
