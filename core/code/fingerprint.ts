import { createHmac, type KeyObject } from 'node:crypto'
import { classify } from './kind.ts'

/** 64 hexadecimal digits that tell two codes apart without telling either. `salt` is secret and lives as long as the box runs. */
export function fingerprintOf(code: string, salt: string | KeyObject): string {
  return createHmac('sha256', salt).update(code, 'utf8').digest('hex')
}

/**
 * What a log may show of a scanned text: its kind and length, and the first two digits where they belong to its kind.
 * Of a URL or of noise nothing: nobody knows what stands in it.
 */
export function mask(code: string): string {
  const kind = classify(code)
  const shown = kind === 'url' || kind === 'noise' ? '' : `${code.slice(0, 2)}… `
  return `${kind} ${shown}(${code.length})`
}
