/** What the lights of a lane can say. The steps of each are data, beside this list. */
export type PatternName =
  | 'idle'
  | 'waiting'
  | 'working'
  | 'customer_types'
  | 'paid'
  | 'refused'
  | 'unknown'
  | 'wrong_code'
  | 'not_ready'
