/** What the journal says beside its answers: of what the disk does not give back as it was given. */
export type Notice =
  /** An event was written anew; the charge is the one that it tells of now. */
  | { readonly of: 'event_restored'; readonly lane: string; readonly seq: number; readonly chargeId: string }
  /** An order number is not looked at again until the next start. */
  | { readonly of: 'look_left_out'; readonly outTradeNo: string; readonly dueAt: number }
