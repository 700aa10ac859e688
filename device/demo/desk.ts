import { TillError } from '../till/till.ts'
import { formatYuan, parseYuan } from '../till/yuan.ts'
import type { Counter } from './counter.ts'
import { CUSTOMERS } from './customers.ts'
import { PseudoTerminalError } from './pseudo-terminal.ts'

export const HELP = `  12.34               the till asks for that much (so does: charge 12.34)
  scan                a customer shows a code, and the gun reads it
  scan WHO            ${[...CUSTOMERS.keys()].join(', ')}
                      (a password is asked for above 500.00 only, or for the
                      same amount by the same customer twice in a minute)
  134567890123456789  the gun reads this code
  cancel              the till cancels
  unplug, plug        the gun's cable
  book                what the register knows, beside WeChat Pay's ledger
  help, quit`

const CODE = /^[0-9]{8,32}$/

type Say = (who: string, what: string) => void
type Act = (word: string | undefined) => void | Promise<void>

/** What can be done at the counter by typing: the user is till, customer and gun in one. */
export class Desk {
  readonly #counter: Counter
  readonly #say: Say
  readonly #acts: ReadonlyMap<string, Act>
  #sales = 0

  constructor(counter: Counter, say: Say) {
    this.#counter = counter
    this.#say = say
    this.#acts = new Map<string, Act>([
      ['charge', amount => this.#charge(amount)],
      ['scan', who => this.#scan(who)],
      ['cancel', () => this.#cancel()],
      ['unplug', () => counter.around.gun.unplug()],
      ['plug', () => counter.around.gun.plug()],
      ['book', () => this.#book()],
      ['help', () => say('', HELP)],
    ])
  }

  /** Does what a line asks for. Resolves with false when the user wants to leave. */
  async obey(line: string): Promise<boolean> {
    const [first = '', second] = line.trim().toLowerCase().split(/\s+/)
    if (first === 'quit') return false
    try {
      await this.#do(first, second)
    } catch (error) {
      if (!(error instanceof TillError || error instanceof PseudoTerminalError)) throw error
      this.#say('demo', error.message)
    }
    return true
  }

  async #do(first: string, second: string | undefined): Promise<void> {
    if (first === '') return
    if (CODE.test(first)) return this.#counter.around.gun.read(first)
    if (parseYuan(first) !== null) return this.#charge(first)
    const act = this.#acts.get(first)
    if (act === undefined) this.#say('demo', `there is no ${first} here; help tells what there is`)
    else await act(second)
  }

  async #charge(amount = ''): Promise<void> {
    const fen = parseYuan(amount)
    if (fen === null) return this.#say('demo', 'an amount is needed, such as 12.34')
    const { ok, error } = await this.#counter.till.charge({ charge_id: saleId(this.#sales + 1), amount: fen })
    if (ok) this.#sales += 1
    else this.#say('register', `refused: ${error?.code} (${error?.reasons?.join(', ') ?? error?.message})`)
  }

  async #scan(who = 'good'): Promise<void> {
    if (CODE.test(who)) return this.#counter.around.gun.read(who)
    const customer = CUSTOMERS.get(who)
    if (customer === undefined)
      return this.#say('demo', `there is no such customer; there are ${[...CUSTOMERS.keys()].join(', ')}`)
    await this.#counter.scan(who, customer)
  }

  async #cancel(): Promise<void> {
    const { ok, error } = await this.#counter.till.cancel(saleId(this.#sales))
    if (!ok) this.#say('register', `refused: ${error?.code} (${error?.message})`)
  }

  #book(): void {
    const { book } = this.#counter.till
    if (book.size === 0) this.#say('book', 'nothing was sold yet')
    for (const charge of book.values()) {
      const { charge_id, amount, state } = charge
      const ledger = formatYuan(this.#counter.chargedFen(charge))
      this.#say(
        'book',
        `${charge_id.padEnd(8)} ${formatYuan(amount).padStart(10)}  ${state.padEnd(14)} ledger ${ledger.padStart(10)}`,
      )
    }
  }
}

function saleId(number: number): string {
  return `sale-${number}`
}
