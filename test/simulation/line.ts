import type { Order, OutTradeNo } from '../../core/order.ts'
import type {
  FoundAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundRequest,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  SubmitRequest,
} from '../../core/wechat/answer.ts'
import type { Verdict } from '../../core/wechat/verdict.ts'

/** What happens to an answer on its way. `done`: the call was carried out all the same. */
export type Spoiling =
  | { readonly kind: 'none' }
  | { readonly kind: 'err_code'; readonly errCode: string; readonly done: boolean }
  | { readonly kind: 'unverifiable'; readonly how: Unverifiable; readonly done: boolean }
  | { readonly kind: 'altered'; readonly how: Altered }

/** Why an answer cannot be believed. */
export type Unverifiable = 'wrong_sign' | 'no_sign' | 'bad_gateway' | 'garbage' | 'captive'

/** What is wrong in an answer whose signature is right; one that does not say it at all is not altered. The call was carried out. */
export type Altered = 'wrong_amount' | 'other_order' | 'other_merchant' | 'other_currency'

/** The way to the emulator and back: each call is carried out at once, and its answer read as the box reads it. */
export interface Line {
  submit(request: SubmitRequest, code: string, spoiling: Spoiling): Verdict<SubmitAnswer>
  query(order: Order, spoiling: Spoiling): Verdict<QueryAnswer>
  find(outTradeNo: OutTradeNo, spoiling: Spoiling): Verdict<FoundAnswer>
  reverse(order: Order, spoiling: Spoiling): Verdict<ReverseAnswer>
  refund(request: RefundRequest, spoiling: Spoiling): Verdict<RefundAnswer>
  refundQuery(order: Order, spoiling: Spoiling): Verdict<RefundQueryAnswer>
  refundState(request: RefundRequest, spoiling: Spoiling): Verdict<RefundStateAnswer>
}
