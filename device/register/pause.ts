const RECONNECT_FIRST_MS = 1_000
const RECONNECT_BASE_MAX_MS = 8_000
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 60_000

/**
 * How long to wait before the next connection, from 1 s growing to 10 s. `attempt` counts from 0, `random` is from 0 up to 1:
 * a shop's boxes do not all come back at the same moment.
 */
export function reconnectPauseMs(attempt: number, random: number): number {
  return Math.min(RECONNECT_FIRST_MS * 2 ** attempt, RECONNECT_BASE_MAX_MS) * (1 + random / 4)
}

/** How long to wait before something that was refused is tried again, from 1 s growing to a minute. */
export function retryPauseMs(attempt: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS)
}
