import type { Code } from './code-book.ts'

/** A merchant, or a service provider when it has sub-merchants. Both signatures are accepted from it. */
export type MerchantConfig = {
  readonly mchId: string
  readonly appId: string
  readonly apiKey: string
  readonly subMchIds?: readonly string[]
}

/** A merchant with its books. Order numbers are unique per merchant with its sub-merchants. */
export type Merchant = MerchantConfig & {
  readonly orders: Map<string, Order>
  readonly refunds: Map<string, Refund>
  /** Numbers reversed before any submit arrived, with the time. */
  readonly spent: Map<string, number>
}

/** A merchant with empty books. */
export function newMerchant(config: MerchantConfig): Merchant {
  return { ...config, orders: new Map(), refunds: new Map(), spent: new Map() }
}

/** What a query says of an order. `ORDERNOTEXIST` is an order that queries do not find. */
export type TradeState = 'SUCCESS' | 'CLOSED' | 'PAYERROR' | 'REVOKED' | 'NOTPAY' | 'ORDERNOTEXIST'

/** A refund of a part. Money moves when it becomes SUCCESS. */
export type Refund = {
  readonly order: Order
  readonly refundId: string
  readonly outRefundNo: string
  readonly fen: number
  readonly at: number
  status: 'PROCESSING' | 'SUCCESS' | 'CHANGE' | 'REFUNDCLOSE'
  endedAt: number | undefined
}

/**
 * An order made by a submit. `open` while the password box is; `unpaid` when refused, cancelled or closed; `reversed` for good.
 */
export type Order = {
  readonly merchant: Merchant
  readonly code: Code
  readonly outTradeNo: string
  readonly transactionId: string
  readonly totalFen: number
  readonly createdAt: number
  /** The fields of the submit that later answers and the bill repeat. */
  readonly submitted: ReadonlyMap<string, string>
  phase: 'open' | 'paid' | 'unpaid' | 'reversed'
  /** What a query says once the box is closed. */
  state: TradeState
  paidAt: number | undefined
  readonly refunds: Refund[]
  reversal: { readonly at: number; readonly fen: number } | undefined
  hiddenUntil: number
}
