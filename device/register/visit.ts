import type { Head, StatusSeen } from '../../core/contract/status.ts'
import type { RegisterError } from './error.ts'
import type { DownHint } from './link.ts'

/** A stay at the broker over one link: a look, a watch or a session. It ends once, and then its link is gone. */
export interface Visit {
  /** Takes leave; the end follows, in half a second at the latest. */
  leave(): void
}

/**
 * How a visit ended.
 * `free`: nobody else holds the box's topics; `heads` is what the broker has kept of each lane. `held`: another box does. `lost`: the link went, or the box took leave.
 */
export type End =
  | { readonly why: 'free'; readonly heads: ReadonlyMap<string, Head> }
  | { readonly why: 'held'; readonly by: StatusSeen }
  | { readonly why: 'lost'; readonly error: RegisterError; readonly hint: DownHint }
