import { LIMITS } from '../limits.ts'
import { type ErrorBody, errorBody } from './error.ts'
import { byteLength, isId, scalarsOf } from './schema.ts'

/** What a register sent, as an object. `requestId` is null where there is none that could be echoed. */
export type Payload =
  | { readonly ok: true; readonly requestId: string | null; readonly fields: Fields }
  | { readonly ok: false; readonly requestId: string | null; readonly error: ErrorBody }

/** Fields by their names on the wire; nothing of them has been checked. */
export type Fields = Readonly<Record<string, unknown>>

/** Control characters, and halves of characters, which have no UTF-8. */
const FORBIDDEN_CHARACTERS = /[\p{Cc}\p{Cs}]/u

/** Without one of these a JSON text holds none of those, whatever its texts are. */
const MAY_HOLD_FORBIDDEN = /[\\\p{Cc}\p{Cs}]/u

/** Reads UTF-8 JSON: bounded, an object, and without control characters anywhere. */
export function readPayload(payload: Uint8Array | string): Payload {
  const size = typeof payload === 'string' ? byteLength(payload) : payload.byteLength
  if (size > LIMITS.payloadBytesMax) return unreadable(`at most ${LIMITS.payloadBytesMax} bytes`)
  const json = parse(payload)
  if (!json.ok) return unreadable(json.expected)
  const { fields } = json
  const requestId = isId(fields['request_id']) ? fields['request_id'] : null
  const flawed = json.escapes ? Object.entries(fields).find(entry => holdsControlCharacters(entry)) : undefined
  if (flawed === undefined) return { ok: true, requestId, fields }
  return { ok: false, requestId, error: controlCharacters(flawed[0]) }
}

/** The `request_id` of a command, or null where there is none to be read. */
export function requestIdOf(payload: Uint8Array | string): string | null {
  return readPayload(payload).requestId
}

/** `escapes`: there are characters in it that JSON cannot have as they are, such as a control character. */
function parse(payload: Uint8Array | string): { ok: true; fields: Fields; escapes: boolean } | { ok: false; expected: string } {
  let text: string
  try {
    text = typeof payload === 'string' ? payload : new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    return { ok: false, expected: 'UTF-8' }
  }
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json)
      ? { ok: true, fields: json, escapes: MAY_HOLD_FORBIDDEN.test(text) }
      : { ok: false, expected: 'a JSON object' }
  } catch {
    return { ok: false, expected: 'JSON' }
  }
}

function isObject(json: unknown): json is Fields {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function holdsControlCharacters(entry: readonly [string, unknown]): boolean {
  for (const scalar of scalarsOf(entry)) {
    if (typeof scalar === 'string' && FORBIDDEN_CHARACTERS.test(scalar)) return true
  }
  return false
}

function controlCharacters(field: string): ErrorBody {
  const message = 'expected texts without control characters'
  return /^[a-z_]{1,32}$/.test(field)
    ? errorBody({ code: 'invalid', message: `${field}: ${message}`, field })
    : errorBody({ code: 'invalid', message })
}

function unreadable(expected: string): Payload {
  return { ok: false, requestId: null, error: errorBody({ code: 'invalid', message: `the payload: expected ${expected}` }) }
}
