import type { Fen } from '../money.ts'
import type { OutTradeNo } from '../order.ts'

/**
 * What the gateway said, after `verify` compared signature, return_code, appid and mch_id, and, where the call returns them,
 * order number, amount and currency. Nothing in here is unverified; what does not match never becomes an answer.
 */

/** What is known of a paid order, from the micropay answer or the query. Amounts in fen. */
export interface PaidDetails {
  readonly transactionId: string
  readonly bankType?: string
  /** `cash_fee`: what the payer himself paid. */
  readonly payerAmount?: Fen
  /** `coupon_fee`: what a coupon paid. */
  readonly discount?: Fen
  /** `time_end` as RFC 3339 UTC. */
  readonly paidAt?: string
}

/** micropay: `paid` names its order; `refused` does not, so it is a claim that a query has to confirm. */
export type SubmitAnswer =
  | { readonly verdict: 'paid'; readonly paid: PaidDetails }
  | { readonly verdict: 'refused'; readonly errCode: string }

/** Every documented `trade_state`. One that is not listed makes the whole answer unknown. */
export type TradeState = 'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'

/** orderquery: `state` names its order; `refused` (ORDERNOTEXIST and others) does not. */
export type QueryAnswer =
  | { readonly verdict: 'state'; readonly state: 'SUCCESS'; readonly paid: PaidDetails }
  | { readonly verdict: 'state'; readonly state: Exclude<TradeState, 'SUCCESS'> }
  | { readonly verdict: 'refused'; readonly errCode: string }

/** orderquery about an order of which only the number is known: whoever was paid says how much. */
export type FoundAnswer =
  | { readonly verdict: 'state'; readonly state: 'SUCCESS'; readonly amount: Fen; readonly paid: PaidDetails }
  | { readonly verdict: 'state'; readonly state: Exclude<TradeState, 'SUCCESS'> }
  | { readonly verdict: 'refused'; readonly errCode: string }

/** reverse: names no order, so it proves nothing; it only says when to query next. */
export type ReverseAnswer =
  | { readonly verdict: 'done' }
  | { readonly verdict: 'recall'; readonly errCode?: string }
  | { readonly verdict: 'refused'; readonly errCode: string }

/** refund: SUCCESS means accepted, not returned. */
export type RefundAnswer = { readonly verdict: 'accepted' } | { readonly verdict: 'refused'; readonly errCode: string }

/** refundquery for one order: fen that are back or on their way, and fen that WeChat Pay gave up on (a person must act). */
export type RefundQueryAnswer =
  | {
      readonly verdict: 'refunds'
      readonly returned: Fen
      readonly processing: Fen
      readonly stuck: Fen
      /** Of the payment that is refunded. */
      readonly transactionId?: string
    }
  | { readonly verdict: 'refused'; readonly errCode: string }

/** refundquery for one refund: `closed` gave nothing back, `stuck` is for a person on the merchant platform. */
export type RefundStateAnswer =
  | { readonly verdict: 'refund'; readonly status: 'returned' | 'processing' | 'closed' | 'stuck' }
  | { readonly verdict: 'refused'; readonly errCode: string }

/** The calls that the core makes, with what it needs of each. */
export interface SubmitRequest {
  readonly outTradeNo: OutTradeNo
  readonly amount: Fen
  readonly body: string
  readonly attach?: string
  readonly goodsTag?: string
  readonly detail?: string
}

/** A refund of `refundAmount` fen of an order that was paid over `amount` fen. */
export interface RefundRequest {
  readonly outTradeNo: OutTradeNo
  readonly outRefundNo: string
  readonly amount: Fen
  readonly refundAmount: Fen
  /** The customer sees it. */
  readonly reason?: string
}
