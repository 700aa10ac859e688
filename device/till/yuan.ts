/** Amounts as people write them. Inside they are whole fen. */

const FEN_PER_YUAN = 100
const AMOUNT = /^(\d{1,6})(?:\.(\d{1,2}))?$/

/** `12.34` for 1234 fen. */
export function formatYuan(fen: number): string {
  const sign = fen < 0 ? '-' : ''
  const whole = Math.abs(fen)
  return `${sign}${Math.trunc(whole / FEN_PER_YUAN)}.${String(whole % FEN_PER_YUAN).padStart(2, '0')}`
}

/** 1234 for `12.34`; null for what is no amount above nothing. */
export function parseYuan(text: string): number | null {
  const [, yuan, cents = ''] = AMOUNT.exec(text) ?? []
  if (yuan === undefined) return null
  const fen = Number(yuan) * FEN_PER_YUAN + Number(cents.padEnd(2, '0'))
  return fen > 0 ? fen : null
}
