import { until } from '../../../until.ts'
import { type Counter, PATIENCE_MS } from '../../counter.ts'

/** Who pays at once, and who never comes to the end of the password. */
export const PAYS = 'li'
export const NEVER_PAYS = 'wu'

/** A reset ends it: by then what was planned so is planned no more. */
const UNTIL_RESET = 1_000

/** A moment of a payment that has been armed, by what has happened: it is the same one on a slow machine and on a quick one. */
export interface Moment {
  readonly name: string
  /** The two ways in which it can come, where there are two; `coin` means the second. */
  readonly ways?: readonly [string, string]
  /** Lets it come. */
  come(counter: Counter, sale: string, coin: boolean): Promise<void>
  /** What happens at the gateway while the box is away. */
  meanwhile?(counter: Counter, coin: boolean): void
}

export const MOMENTS: readonly Moment[] = [
  { name: 'armed', come: async () => {} },
  {
    name: 'the code sent, without an answer',
    ways: ['which paid', 'which never arrived'],
    async come(counter, sale, coin) {
      plan(counter, '/pay/micropay', coin ? 'lost_before' : 'lost_after')
      const sent = received(counter, '/pay/micropay')
      await scan(counter, PAYS)
      await sent()
      await told(counter, sale, 'submitting')
    },
  },
  {
    name: 'the answer that it is paid',
    async come(counter) {
      const sent = received(counter, '/pay/micropay')
      await scan(counter, PAYS)
      await sent()
    },
  },
  {
    name: 'the customer typing',
    ways: ['who never pays', 'who pays while the box is away'],
    async come(counter, sale) {
      await scan(counter, NEVER_PAYS)
      await told(counter, sale, 'awaiting_payer')
    },
    meanwhile({ engine }, coin) {
      const order = engine.orders().at(-1)
      if (coin && order !== undefined) engine.lateDebit(order.outTradeNo)
    },
  },
  {
    name: 'an answer that means nothing',
    ways: ['to a code that paid', 'to a code that did not'],
    async come(counter, sale, coin) {
      counter.wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'bad_gateway', done: !coin } })
      plan(counter, '/pay/orderquery', 'lost_before')
      await scan(counter, PAYS)
      await told(counter, sale, 'confirming')
    },
  },
  {
    name: 'the reverse sent',
    ways: ['which was carried out', 'which never arrived'],
    async come(counter, sale, coin) {
      plan(counter, '/secapi/pay/reverse', coin ? 'lost_before' : 'lost_after')
      const sent = received(counter, '/secapi/pay/reverse')
      await scan(counter, NEVER_PAYS)
      await told(counter, sale, 'awaiting_payer')
      await counter.till.cancel(sale)
      await told(counter, sale, 'reversing')
      await sent()
    },
  },
  {
    name: 'the register told that it is paid',
    async come(counter, sale) {
      await scan(counter, PAYS)
      await told(counter, sale, 'paid')
    },
  },
]

async function scan({ machine, engine }: Counter, customer: string): Promise<void> {
  const gun = await machine.line('uart')
  gun.end(`${engine.issueCode(customer)}\r`)
}

/** Nobody answers the calls of a path any more. */
function plan({ wire }: Counter, path: string, kind: 'lost_before' | 'lost_after'): void {
  wire.faults.add({ match: { path }, fault: { kind }, times: UNTIL_RESET })
}

/** Waits for the next call of a path after now. */
function received({ wire }: Counter, path: string): () => Promise<void> {
  const before = wire.received.count(path)
  return () => until(`a call of ${path}`, () => wire.received.count(path) > before, PATIENCE_MS)
}

async function told({ till }: Counter, sale: string, state: string): Promise<void> {
  await till.untilCharge(sale, charge => charge.state === state, PATIENCE_MS)
}
