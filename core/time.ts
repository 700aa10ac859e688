/**
 * When something happened, twice, both in milliseconds.
 * `mono` is monotonic, starts anywhere and drives every deadline; `wall` is since 1970 and is only ever shown or stored,
 * because a box without a battery may think it is 1970.
 */
export interface Moment {
  readonly mono: number
  readonly wall: number
}

/** RFC 3339, UTC, with milliseconds: the form of every time in the register contract. */
export function rfc3339(wall: number): string {
  return new Date(wall).toISOString()
}

/** How far Beijing is ahead of UTC, all year round: WeChat Pay's days and times are Beijing's. */
export const BEIJING_MS = 8 * 3_600_000
