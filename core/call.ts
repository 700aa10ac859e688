/** A call that is under way, in monotonic ms: when it was made, and when it is given up. */
export interface Call {
  readonly askedAt: number
  readonly until: number
}
