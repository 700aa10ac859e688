import type { ChargeView } from './charge-view.ts'

/** An event as registers read it: equal `stream` and `seq` mean equal content, for ever. */
export interface LaneEvent {
  readonly stream: string
  /** Per lane, from 1, without gaps. */
  readonly seq: number
  readonly event_id: string
  readonly type: 'charge'
  /** RFC 3339 UTC. */
  readonly at: string
  readonly charge: ChargeView
}
