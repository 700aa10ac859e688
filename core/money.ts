import { invariant } from './invariant.ts'

declare const fen: unique symbol

/** An amount of money in fen (a hundredth of a yuan): a whole number, never a fraction, never a float sum. */
export type Fen = number & { readonly [fen]: true }

/** The largest amount the register contract can carry (2^31 - 1 fen). */
export const FEN_MAX = 2_147_483_647

/** A whole number of fen from 0 to {@link FEN_MAX}. Throws `InvariantError` otherwise: judge foreign text before you call. */
export function toFen(value: number): Fen {
  invariant(Number.isInteger(value) && value >= 0 && value <= FEN_MAX, 'an amount is a whole number of fen')
  return value as Fen
}
