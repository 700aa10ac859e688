/** The timetable of a payment, in milliseconds. Source: WeChat Pay APIv2, micropay; each is a setting because the documents differ. */
export interface Timing {
  /** Between two queries while a customer waits. */
  readonly pollEveryMs: number
  /** How long a payment is asked about, from the first byte sent, before it is undone. */
  readonly pollForMs: number
  /** An order is not reversed sooner than this after its submit. */
  readonly reverseAfterMs: number
  /** An order still unknown to WeChat Pay this long after the code can have left was never made. */
  readonly notFoundAfterMs: number
  /** An unanswered call is given up. */
  readonly answerWithinMs: number
  /** When orders that were closed without money are looked at again, after their end: money can come late. Ascending, never empty. */
  readonly lookAgainAfterMs: readonly number[]
}

/** With `undo: none` the lane asks until WeChat Pay has closed the order: this much longer than an order can stay unknown. */
export const ASK_LONGER_MS = 60_000
