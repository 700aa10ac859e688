/** A source of numbers in [0, 1). The engine and the wire draw every choice from one that is given to them. */
export type Random = () => number

/** A small seeded generator (mulberry32): the same seed gives the same world again. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of the possibilities; a single one is taken without drawing, so a settled question costs no randomness. */
export function draw<T>(random: Random, possibilities: readonly [T, ...T[]]): T {
  const [first] = possibilities
  if (possibilities.length === 1) return first
  return possibilities[Math.floor(random() * possibilities.length)] ?? first
}

/** Whether something of the given probability happens; what never happens costs no randomness. */
export function happens(random: Random, chance: number): boolean {
  return chance > 0 && random() < chance
}

/** A text of decimal digits. */
export function digits(random: Random, length: number): string {
  let text = ''
  while (text.length < length) text += Math.floor(random() * 10)
  return text
}

const NONCE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A `nonce_str` of 32 characters. */
export function nonce(random: Random): string {
  let text = ''
  while (text.length < 32) text += NONCE_ALPHABET.charAt(Math.floor(random() * NONCE_ALPHABET.length))
  return text
}
