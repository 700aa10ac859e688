import { LIMITS } from '../limits.ts'

/** What a scanned text can be, by its digits alone. What is none of the others is noise. */
export const CODE_KINDS = ['wechat', 'alipay', 'unionpay', 'goods', 'url', 'noise'] as const

export type CodeKind = (typeof CODE_KINDS)[number]

/**
 * The wallets' payment codes; no two of them overlap.
 * Source: WeChat Pay, payment code rules (18 digits, starting 10 to 15); Alipay, trade.pay, auth_code (16 to 24 digits,
 * starting 25 to 30); UnionPay, merchant-scans-customer codes (19 digits, starting 62).
 */
const WALLETS: readonly (readonly [CodeKind, RegExp])[] = [
  ['wechat', /^1[0-5][0-9]{16}$/],
  ['alipay', /^(?:2[5-9]|30)[0-9]{14,22}$/],
  ['unionpay', /^62[0-9]{17}$/],
]

/** EAN-8, UPC-A and EAN-13. UPC-E is left out: it shares its length with EAN-8. */
const GOODS = /^(?:[0-9]{8}|[0-9]{12,13})$/

const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i

/** `text` without its framing: see {@link unframe}. */
export function classify(text: string): CodeKind {
  if (text.length > LIMITS.scanCharsMax) return 'noise'
  for (const [kind, form] of WALLETS) {
    if (form.test(text)) return kind
  }
  if (GOODS.test(text) && hasGoodCheckDigit(text)) return 'goods'
  return ADDRESS.test(text) ? 'url' : 'noise'
}

/** Source: GS1 General Specifications, check digit: from the right, weights 1, 3, 1, 3, … add up to a multiple of ten. */
function hasGoodCheckDigit(digits: string): boolean {
  let sum = 0
  for (let fromRight = 0; fromRight < digits.length; fromRight += 1) {
    const digit = Number(digits[digits.length - 1 - fromRight])
    sum += fromRight % 2 === 0 ? digit : 3 * digit
  }
  return sum % 10 === 0
}

/** Control characters (STX, ETX, CR, LF, NUL, …) and blanks at either end. */
const EDGES = /^[\x00-\x20\x7f]+|[\x00-\x20\x7f]+$/g

/** The symbology identifier that a gun may send first, such as `]C0`, `]Q3` or `]E0`. Source: ISO/IEC 15424. */
const SYMBOLOGY = /^\][A-Za-z][0-9A-Za-z]/

/** What was printed or shown, out of what the gun sent. */
export function unframe(raw: string): string {
  return raw.replace(EDGES, '').replace(SYMBOLOGY, '').replace(EDGES, '')
}
