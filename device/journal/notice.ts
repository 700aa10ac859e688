/** What the journal says beside its answers: of what the disk does not give back as it was given. */
export type Notice =
  /** An event was written anew; the charge is the one that it tells of now. */
  | { readonly of: 'event_restored'; readonly lane: string; readonly seq: number; readonly chargeId: string }
  /** An event cannot be, for its charge cannot be read either: what follows it on its lane is told to nobody. */
  | { readonly of: 'event_left_out'; readonly lane: string; readonly seq: number; readonly chargeId: string | null }
  /** An order number is not looked at again until the next start. */
  | { readonly of: 'look_left_out'; readonly outTradeNo: string; readonly dueAt: number }
