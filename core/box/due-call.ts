/** A call of the background that may be made now. */
export interface DueCall {
  /** Monotonic ms. */
  readonly dueAt: number
  readonly make: () => void
}
