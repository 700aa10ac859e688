import { z } from 'zod'
import type { CustomerConfig } from './customer.ts'
import type { Fault, FaultEntry, FaultMatch } from './fault.ts'

/** What the control address takes, as its schemas say it, and what it means to the engine and to the fault plan. */

/** Nothing takes longer: an hour. */
const WAIT_MS_MAX = 3_600_000
const AFTER_MS = 5_000
const BY_MS = 3_000

/** Enough for every till. */
export const RICH_FEN = 100_000_000

/** The calls by the names that their pages have. */
export const PATHS = {
  micropay: '/pay/micropay',
  orderquery: '/pay/orderquery',
  reverse: '/secapi/pay/reverse',
  refund: '/secapi/pay/refund',
  refundquery: '/pay/refundquery',
  downloadbill: '/pay/downloadbill',
} as const

const wait = z.int().min(0).max(WAIT_MS_MAX)
const after_ms = wait.default(AFTER_MS)
const name = z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/, 'expected 1 to 32 of A-Z a-z 0-9 _ . -')

/** What a customer does with a payment, by kind. */
const BEHAVIOURS = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pays'), after_ms }),
  z.strictObject({ kind: z.literal('pays_at_once') }),
  z.strictObject({ kind: z.literal('types_password'), after_ms }),
  z.strictObject({ kind: z.literal('cancels'), after_ms }),
  z.strictObject({ kind: z.literal('dawdles') }),
  z.strictObject({ kind: z.literal('pays_late'), after_ms: wait.default(60_000) }),
])
type Behaviour = z.output<typeof BEHAVIOURS>

/** What the customer's card is worth, and what a payment with it is refused with. */
const CARDS = { accepted: undefined, not_supported: 'NOTSUPORTCARD', blocked: 'TRADE_ERROR' } as const

export const customerRequest = z.strictObject({
  name,
  balance: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(RICH_FEN),
  card: z.enum(Object.keys(CARDS) as [keyof typeof CARDS]).default('accepted'),
  behaviour: BEHAVIOURS.default({ kind: 'pays', after_ms: AFTER_MS }),
})
export type CustomerRequest = z.output<typeof customerRequest>

export const codeRequest = z.strictObject({ customer: name.optional() })

const target = {
  call: z.enum(Object.keys(PATHS) as [keyof typeof PATHS]).optional(),
  out_trade_no: z.string().min(1).max(32).optional(),
  nth: z.int().min(1).max(10_000).default(1),
  times: z.int().min(1).max(10_000).default(1),
}
const by_ms = wait.default(BY_MS)
const how = z.enum(['silence', 'close']).default('silence')
const done = z.boolean().default(false)

export const faultRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lost_before'), how, ...target }),
  z.strictObject({ kind: z.literal('lost_after'), how, ...target }),
  z.strictObject({ kind: z.literal('late_request'), by_ms, ...target }),
  z.strictObject({ kind: z.literal('late'), by_ms, ...target }),
  z.strictObject({ kind: z.literal('slow'), by_ms, ...target }),
  z.strictObject({ kind: z.literal('wrong_sign'), ...target }),
  z.strictObject({ kind: z.literal('no_sign'), ...target }),
  z.strictObject({ kind: z.literal('wrong_amount'), ...target }),
  z.strictObject({ kind: z.literal('altered'), fields: z.record(z.string().max(64), z.string().max(1_024)), ...target }),
  z.strictObject({ kind: z.literal('other_order'), ...target }),
  z.strictObject({ kind: z.literal('err_code'), err_code: z.string().min(1).max(64), done, ...target }),
  z.strictObject({ kind: z.literal('recall'), done, ...target, call: z.literal('reverse').default('reverse') }),
  z.strictObject({ kind: z.literal('bad_gateway'), done, ...target }),
  z.strictObject({ kind: z.literal('garbage'), done, ...target }),
  z.strictObject({ kind: z.literal('captive'), ...target }),
])
type FaultRequest = z.output<typeof faultRequest>

/** The customer that a request describes. */
export function toCustomer({ name, balance, card, behaviour }: CustomerRequest): CustomerConfig {
  const refusedWith = CARDS[card]
  return {
    name,
    balanceFen: balance,
    ...passwordOf(behaviour),
    ...(refusedWith === undefined ? {} : { refusedWith }),
  }
}

function passwordOf(behaviour: Behaviour): Pick<CustomerConfig, 'behaviour' | 'password'> {
  switch (behaviour.kind) {
    case 'pays':
      return { behaviour: { kind: 'pays', afterMs: behaviour.after_ms } }
    case 'pays_at_once':
      return { behaviour: { kind: 'pays', afterMs: 0 }, password: 'never' }
    case 'types_password':
      return { behaviour: { kind: 'pays', afterMs: behaviour.after_ms }, password: 'always' }
    case 'dawdles':
      return { behaviour, password: 'always' }
    default:
      return { behaviour: { kind: behaviour.kind, afterMs: behaviour.after_ms }, password: 'always' }
  }
}

/** The fault to plan that a request describes. */
export function toFault({ call, out_trade_no, nth, times, ...fault }: FaultRequest): FaultEntry {
  const match = {
    nth,
    ...(call === undefined ? {} : { path: PATHS[call] }),
    ...(out_trade_no === undefined ? {} : { outTradeNo: out_trade_no }),
  }
  return { match, times, fault: toKind(fault) }
}

function toKind(fault: Omit<FaultRequest, keyof typeof target>): Fault {
  const { by_ms, err_code, ...rest } = fault as { by_ms?: number; err_code?: string }
  return {
    ...rest,
    ...(by_ms === undefined ? {} : { byMs: by_ms }),
    ...(err_code === undefined ? {} : { errCode: err_code }),
  } as Fault
}

/** A planned fault in the words that it was asked for in. */
export function listFault(planned: { readonly match: FaultMatch; readonly fault: Fault; readonly left: number }) {
  const { path, outTradeNo, nth = 1 } = planned.match
  const { kind, ...rest } = planned.fault
  const { byMs, errCode, ...same } = rest as { byMs?: number; errCode?: string }
  const call = Object.entries(PATHS).find(([, value]) => value === path)?.[0]
  return {
    kind,
    ...same,
    ...(byMs === undefined ? {} : { by_ms: byMs }),
    ...(errCode === undefined ? {} : { err_code: errCode }),
    ...(call === undefined ? {} : { call }),
    ...(outTradeNo === undefined ? {} : { out_trade_no: outTradeNo }),
    nth,
    left: planned.left,
  }
}
