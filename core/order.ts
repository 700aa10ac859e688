import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { invariant } from './invariant.ts'
import type { Fen } from './money.ts'

declare const outTradeNo: unique symbol

/** The merchant's order number at WeChat Pay: unique per merchant, one scanned code each. */
export type OutTradeNo = string & { readonly [outTradeNo]: true }

/** WeChat Pay allows 6 to 32 characters; `|` and `*` are left out because APIv3 and URLs do not take them everywhere. */
const ORDER_NUMBER = /^[A-Za-z0-9_-]{6,32}$/

/** Throws `InvariantError` if `text` cannot be an order number: judge foreign text with {@link isOutTradeNo} first. */
export function toOutTradeNo(text: string): OutTradeNo {
  invariant(isOutTradeNo(text), 'an order number is 6 to 32 of A-Z a-z 0-9 _ -')
  return text
}

export function isOutTradeNo(text: string): text is OutTradeNo {
  return ORDER_NUMBER.test(text)
}

/** What every answer about an order is compared with. */
export interface Order {
  readonly outTradeNo: OutTradeNo
  readonly amount: Fen
}

/** Names the merchant that an order belongs to: what WeChat Pay knows it by, and answers with. The key may change; these make another merchant. */
export function merchantOf({ appId, mchId, subMchId = '' }: { appId: string; mchId: string; subMchId?: string }): string {
  return `${appId}|${mchId}|${subMchId}`
}

/**
 * The key that order numbers are derived with: from the API key, so that a new card in the box derives the same numbers. As an object
 * it shows itself in no log and no message.
 */
export function deriveOrderKey(apiKey: string): KeyObject {
  return createSecretKey(createHmac('sha256', apiKey).update('tillbridge out_trade_no 1').digest())
}

/**
 * One order number for one code: the first 32 characters of the base32 of HMAC-SHA256(key, box|lane|charge_id|try).
 * It needs no clock and no journal, so a cloned card cannot debit twice and a lost one can still be asked about.
 */
export function deriveOutTradeNo(key: KeyObject, box: string, lane: string, chargeId: string, tryNo: number): OutTradeNo {
  const digest = createHmac('sha256', key).update(`${box}|${lane}|${chargeId}|${tryNo}`).digest()
  return toOutTradeNo(base32(digest).slice(0, 32))
}

/** The numbers of one try of a charge: its own, and the one that comes after it. */
export function orderNumbers(
  { orderKey, box }: { readonly orderKey: KeyObject; readonly box: string },
  lane: string,
  chargeId: string,
  tryNo: number,
): { tryNo: number; outTradeNo: OutTradeNo; nextOutTradeNo: OutTradeNo } {
  const derive = (number: number) => deriveOutTradeNo(orderKey, box, lane, chargeId, number)
  return { tryNo, outTradeNo: derive(tryNo), nextOutTradeNo: derive(tryNo + 1) }
}

/** RFC 4648 base32 without padding; 20 bytes give the 32 characters that are used. */
export function base32(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes.subarray(0, 20)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet.charAt((held >> bits) & 31)
    }
    held &= 31
  }
  return text
}
