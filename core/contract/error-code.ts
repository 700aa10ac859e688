/** Whether the same command may succeed when it is sent again later. */
export const RETRYABLE = {
  invalid: false,
  conflict: false,
  busy: true,
  stale: false,
  already_final: false,
  unknown_charge: false,
  not_ready: true,
  forbidden: false,
  unsupported: false,
  storage: true,
  too_many: true,
  internal: true,
} as const satisfies Readonly<Record<string, boolean>>

/** Why a command was refused: stable words, listed in the reference. */
export type ErrorCode = keyof typeof RETRYABLE

export const ERROR_CODES = Object.keys(RETRYABLE) as readonly ErrorCode[]
