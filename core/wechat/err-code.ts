import type { Reason } from '../contract/reason.ts'

/**
 * What a signed `err_code` means. The tables are all there is to know; what is not listed is unknown.
 * Source: WeChat Pay APIv2, error codes of micropay, orderquery, reverse, refund and refundquery.
 */

/**
 * micropay. `refused` is a claim that a query has to confirm; `unknown` is asked about.
 * `curable`: the customer can cure it with another scan.
 */
export type SubmitMeaning =
  | { readonly means: 'refused'; readonly reason: Reason; readonly curable: boolean }
  | { readonly means: 'unknown'; readonly next: 'awaiting_payer' | 'confirming' }

const ASK: SubmitMeaning = { means: 'unknown', next: 'confirming' }
const TECHNICIAN: SubmitMeaning = { means: 'refused', reason: 'misconfigured', curable: false }

export const SUBMIT_ERR: ReadonlyMap<string, SubmitMeaning> = new Map<string, SubmitMeaning>([
  ['USERPAYING', { means: 'unknown', next: 'awaiting_payer' }],
  ['SYSTEMERROR', ASK],
  ['BANKERROR', ASK],
  ['FREQUENCY_LIMITED', ASK], // too many calls: says nothing about this order
  ['RULELIMIT', ASK],
  ['ORDERPAID', ASK], // this call failed; the order may well be paid
  ['OUT_TRADE_NO_USED', ASK],
  ['AUTHCODEEXPIRE', { means: 'refused', reason: 'code_expired', curable: true }],
  ['AUTH_CODE_ERROR', { means: 'refused', reason: 'code_invalid', curable: true }], // also: each code once
  ['AUTH_CODE_INVALID', { means: 'refused', reason: 'code_invalid', curable: true }], // not a WeChat Pay code
  ['NOTENOUGH', { means: 'refused', reason: 'insufficient_funds', curable: true }],
  ['NOTSUPORTCARD', { means: 'refused', reason: 'card_not_supported', curable: true }], // spelt so
  ['TRADE_ERROR', { means: 'refused', reason: 'trade_refused', curable: true }], // account, risk control, rules
  ['BUYER_MISMATCH', { means: 'refused', reason: 'payer_mismatch', curable: true }], // the payer changed within one order
  ['ORDERCLOSED', { means: 'refused', reason: 'order_closed', curable: true }],
  ['ORDERREVERSED', { means: 'refused', reason: 'order_closed', curable: true }],
  ['NOAUTH', { means: 'refused', reason: 'not_permitted', curable: false }],
  ['INVALID_REQUEST', TECHNICIAN], // also a repeated or too frequent request, which the confirming query brings out
  ['APPID_NOT_EXIST', TECHNICIAN],
  ['MCHID_NOT_EXIST', TECHNICIAN],
  ['APPID_MCHID_NOT_MATCH', TECHNICIAN],
  ['SIGNERROR', TECHNICIAN],
  ['PARAM_ERROR', TECHNICIAN],
  ['LACK_PARAMS', TECHNICIAN],
  ['XML_FORMAT_ERROR', TECHNICIAN],
  ['REQUIRE_POST_METHOD', TECHNICIAN],
  ['NOT_UTF8', TECHNICIAN],
])

/** A code that the documents do not list. */
export const SUBMIT_UNLISTED: SubmitMeaning = ASK

/** orderquery: `not_found` counts towards proof, `unknown` counts for nothing, `misconfigured` is for the technician. */
export type QueryMeaning = 'not_found' | 'unknown' | 'misconfigured'

export const QUERY_ERR: ReadonlyMap<string, QueryMeaning> = new Map<string, QueryMeaning>([
  ['ORDERNOTEXIST', 'not_found'],
  ['SYSTEMERROR', 'unknown'],
  ['FREQUENCY_LIMITED', 'unknown'],
  ['NOAUTH', 'misconfigured'],
  ['APPID_NOT_EXIST', 'misconfigured'],
  ['MCHID_NOT_EXIST', 'misconfigured'],
  ['APPID_MCHID_NOT_MATCH', 'misconfigured'],
  ['SIGNERROR', 'misconfigured'],
  ['PARAM_ERROR', 'misconfigured'],
  ['LACK_PARAMS', 'misconfigured'],
  ['INVALID_REQUEST', 'misconfigured'],
  ['XML_FORMAT_ERROR', 'misconfigured'],
  ['REQUIRE_POST_METHOD', 'misconfigured'],
  ['NOT_UTF8', 'misconfigured'],
])

/**
 * reverse: `again` is repeated after a query; `refund_if_paid` says that this way is closed, so a query that finds the order
 * paid leads to a refund; `not_found` says that it arrived, and no more. What is not listed is repeated, and says nothing.
 */
export type ReverseMeaning = 'again' | 'not_found' | 'refund_if_paid'

export const REVERSE_ERR: ReadonlyMap<string, ReverseMeaning> = new Map<string, ReverseMeaning>([
  ['SYSTEMERROR', 'again'],
  ['USERPAYING', 'again'], // unlisted but seen: the password box is open
  ['ORDERNOTEXIST', 'not_found'], // unlisted: what a number never seen is answered is not documented
  ['INVALID_TRANSACTIONID', 'refund_if_paid'],
  ['PARAM_ERROR', 'refund_if_paid'],
  ['REQUIRE_POST_METHOD', 'refund_if_paid'],
  ['SIGNERROR', 'refund_if_paid'],
  ['REVERSE_EXPIRE', 'refund_if_paid'], // past seven days
  ['INVALID_REQUEST', 'refund_if_paid'],
  ['TRADE_ERROR', 'refund_if_paid'],
])

/** refund: `again` with the same out_refund_no, `again_slowly` after a minute; `person` when WeChat Pay will not do it. */
export type RefundMeaning = 'again' | 'again_slowly' | 'person'

export const REFUND_ERR: ReadonlyMap<string, RefundMeaning> = new Map<string, RefundMeaning>([
  ['SYSTEMERROR', 'again'],
  ['BIZERR_NEED_RETRY', 'again'],
  ['ORDER_NOT_READY', 'again'],
  ['FREQUENCY_LIMITED', 'again_slowly'],
  ['INVALID_REQ_TOO_MUCH', 'again_slowly'],
  ['NOTENOUGH', 'person'], // the merchant's balance
  ['USER_ACCOUNT_ABNORMAL', 'person'],
  ['TRADE_OVERDUE', 'person'], // a year
  ['REFUND_FEE_MISMATCH', 'person'],
  ['ERROR', 'person'],
  ['ORDERNOTEXIST', 'person'],
  ['INVALID_REQUEST', 'person'],
  ['CERT_ERROR', 'person'],
  ['NOAUTH', 'person'],
  ['INVALID_TRANSACTIONID', 'person'],
  ['PARAM_ERROR', 'person'], // these and the rest: the form of the call, which is the same the next time
  ['LACK_PARAMS', 'person'],
  ['XML_FORMAT_ERROR', 'person'],
  ['REQUIRE_POST_METHOD', 'person'],
  ['NOT_UTF8', 'person'],
])
