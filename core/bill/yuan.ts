/** Thousandths of a fen in a fen: a bill's fees have five decimals of a yuan. */
const FINE_PER_FEN = 1_000

/** Up to 14 digits, which a number holds exactly. */
const YUAN = /^(-?\d{1,9})(?:\.(\d{1,5}))?$/

/** Yuan as a bill writes them (`12.34`, `-0.02000`), in thousandths of a fen: a whole number, without a detour over fractions. Null for anything else. */
export function readYuan(text: string): number | null {
  const [, yuan, decimals = ''] = YUAN.exec(text) ?? []
  return yuan === undefined ? null : Number(`${yuan}${decimals.padEnd(5, '0')}`)
}

/** The same in fen; null where it is no whole number of them, or less than nothing. */
export function readFen(text: string): number | null {
  const fine = readYuan(text)
  return fine === null || fine < 0 || fine % FINE_PER_FEN !== 0 ? null : fine / FINE_PER_FEN
}

/** A sum of fees in fen, to the nearest. */
export function toNearestFen(fine: number): number {
  const rest = fine % FINE_PER_FEN
  const whole = (fine - rest) / FINE_PER_FEN
  return Math.abs(rest) * 2 < FINE_PER_FEN ? whole : whole + Math.sign(rest)
}
