import type { Behaviour, CustomerConfig, FaultEntry } from '../../device/emulator/index.ts'
import type { EffectName } from './effect.ts'

/** What the cashier and the customer can do; each does nothing more once the box is dead. */
export interface Counter {
  arm(fields?: { readonly attempts?: number }): Promise<void>
  /** A customer of this kind shows a code, or somebody a goods barcode. */
  scan(who: Omit<CustomerConfig, 'name' | 'balanceFen'>): Promise<void>
  scanGoods(): Promise<void>
  /** The charge is, or has been, in this state at this attempt, or has ended. */
  until(state: string, attempt?: number): Promise<void>
  cancel(): Promise<void>
  /** A part of what was paid goes back; waited for until it has. */
  refund(): Promise<void>
  /** Asks for a charge that the journal does not know, and for everything from the first event on. */
  ask(): Promise<void>
  /** WeChat Pay is asked once more about the charge, which has ended without money. */
  untilLooked(): Promise<void>
  /** The gun's plug is pulled, and put in again once the register has heard of it. */
  replug(): Promise<void>
  /** What goes wrong with this charge at the gateway. */
  plan(...faults: readonly Fault[]): void
}

export type Fault = FaultEntry & { readonly match: { readonly path: string } }

const AT_ONCE: Behaviour = { kind: 'pays', afterMs: 0 }
/** A customer who pays at once. */
export const PAYS = { behaviour: AT_ONCE, password: 'never' } as const
const TYPES = { behaviour: { kind: 'pays', afterMs: 250 }, password: 'always' } as const
const DAWDLES = { behaviour: { kind: 'dawdles' }, password: 'always' } as const
const POOR = { ...PAYS, refusedWith: 'NOTENOUGH' } as const
const LOST: Fault = { match: { path: '/pay/micropay' }, fault: { kind: 'lost_after', how: 'close' } }
const NO_QUERY: Fault = { match: { path: '/pay/orderquery' }, fault: { kind: 'bad_gateway' }, times: 2 }
const IRREVERSIBLE: Fault = {
  match: { path: '/secapi/pay/reverse' },
  fault: { kind: 'err_code', errCode: 'REVERSE_EXPIRE' },
  times: 100,
}

/** What happens at the counter, until the charge has ended or the box has. */
export const SCENES = {
  pays: async counter => {
    await counter.arm()
    await counter.scan(PAYS)
    await counter.until('paid')
  },
  types: async counter => {
    await counter.arm()
    await counter.scan(TYPES)
    await counter.until('paid')
  },
  lost: async counter => {
    await counter.arm()
    counter.plan(LOST, NO_QUERY)
    await counter.scan(PAYS)
    await counter.until('paid')
  },
  refused: async counter => {
    await counter.arm({ attempts: 1 })
    await counter.scan(POOR)
    await counter.until('declined')
  },
  looked: async counter => {
    await counter.arm({ attempts: 1 })
    await counter.scan(POOR)
    await counter.until('declined')
    await counter.untilLooked()
  },
  replugged: async counter => {
    await counter.arm()
    await counter.replug()
    await counter.scan(PAYS)
    await counter.until('paid')
  },
  again: async counter => {
    await counter.arm({ attempts: 2 })
    await counter.scan(POOR)
    await counter.until('awaiting_scan', 2)
    await counter.scan(PAYS)
    await counter.until('paid')
  },
  dawdles: async counter => {
    await counter.arm()
    await counter.scan(DAWDLES)
    await counter.until('reversed')
  },
  cancelled: async counter => {
    await counter.arm()
    await counter.scan(DAWDLES)
    await counter.until('awaiting_payer')
    await counter.cancel()
    await counter.until('reversed')
  },
  unscanned: async counter => {
    await counter.arm()
    await counter.cancel()
    await counter.until('cancelled')
  },
  irreversible: async counter => {
    await counter.arm()
    counter.plan(LOST, NO_QUERY, IRREVERSIBLE)
    await counter.scan(PAYS)
    await counter.until('confirming')
    await counter.cancel()
    await counter.until('reversed')
  },
  refunded: async counter => {
    await counter.arm()
    await counter.scan(PAYS)
    await counter.until('paid')
    await counter.refund()
  },
  asked: async counter => {
    await counter.arm()
    await counter.ask()
    await counter.scan(PAYS)
    await counter.until('paid')
  },
  goods: async counter => {
    await counter.arm()
    await counter.scanGoods()
    await counter.scan(PAYS)
    await counter.until('paid')
  },
} satisfies Record<string, (counter: Counter) => Promise<void>>

export type SceneName = keyof typeof SCENES

const ANY = Object.keys(SCENES) as readonly SceneName[]
const SCANNED = ANY.filter(name => name !== 'unscanned')

/** Where each effect is met, and how often at least: the most that `nth` is drawn from. */
export const MET: Readonly<
  Record<EffectName, { readonly in: readonly SceneName[]; readonly times: number; readonly atStart?: true }>
> = {
  commit: { in: ANY, times: 3, atStart: true },
  mark_delivered: { in: ANY, times: 1 },
  read_outbox: { in: ANY, times: 2, atStart: true },
  read_events: { in: ['asked'], times: 1 },
  read_look: { in: ['looked'], times: 2, atStart: true },
  look_up: { in: ANY, times: 1 },
  warm: { in: ANY, times: 1 },
  submit: { in: SCANNED, times: 1 },
  query: { in: ['types', 'lost', 'dawdles', 'cancelled', 'irreversible', 'refused', 'again'], times: 2, atStart: true },
  find: { in: ['asked'], times: 3 },
  reverse: { in: ['dawdles', 'cancelled', 'irreversible'], times: 1, atStart: true },
  refund: { in: ['refunded', 'irreversible'], times: 1 },
  refund_query: { in: ['irreversible'], times: 1 },
  refund_state: { in: ['refunded'], times: 1 },
  answer: { in: ANY, times: 1 },
  tell_state: { in: ANY, times: 3, atStart: true },
  tell_status: { in: ['replugged'], times: 2, atStart: true },
  tell_events: { in: ANY, times: 3 },
  tell_scan: { in: ['goods'], times: 1 },
  show: { in: ANY, times: 2, atStart: true },
  open_lock: { in: ['pays'], times: 1 },
  command: { in: ANY, times: 1 },
  scan: { in: SCANNED, times: 1 },
}
