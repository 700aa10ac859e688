/** What a loudspeaker played, as how loud it was, in steps. Speech is known by that, whichever card and rate it went through. */
export type Loudness = readonly number[]

/** Where the parts of a WAV file stand that has the short header, as QEMU and espeak-ng write it. Samples have 16 bits. */
const CHANNELS_AT = 22
const RATE_AT = 24
const BYTES_AT = 40
const SAMPLES_AT = 44
const SAMPLE_BYTES = 2

const STEPS_PER_S = 50
/** Of 32767. Below it is what is left where nobody speaks. */
const LOUD = 200
const LOUDEST = 20_000
const TONE_HZ = 500
const TONE_RATE = 8_000
const PAUSE_STEPS = 5
/** So many steps two of the same are apart at most, by where each begins to be loud. */
const SHIFT_MAX = 10

/** Whether a file is finished: only then its header tells how long it is. */
export function isWhole(wav: Buffer): boolean {
  return wav.length >= SAMPLES_AT && wav.readUInt32LE(BYTES_AT) > 0
}

/** From the first loud step to the last; nothing where it is silent. */
export function loudnessOf(wav: Buffer): Loudness {
  if (wav.length < SAMPLES_AT) return []
  const bytes = Math.floor(wav.readUInt32LE(RATE_AT) / STEPS_PER_S) * wav.readUInt16LE(CHANNELS_AT) * SAMPLE_BYTES
  const steps: number[] = []
  for (let at = SAMPLES_AT; at + bytes <= wav.length; at += bytes) steps.push(rootMeanSquare(wav.subarray(at, at + bytes)))
  const isLoud = (level: number) => level >= LOUD
  return steps.slice(Math.max(steps.findIndex(isLoud), 0), steps.findLastIndex(isLoud) + 1)
}

/** How long it is loud without a pause, again and again, in steps. */
export function loudLengths(loudness: Loudness): readonly number[] {
  const marks = loudness.map(level => (level >= LOUD ? '|' : ' ')).join('')
  return marks.split(/ +/).map(({ length }) => length)
}

/** A WAV file with a tone of so many steps, and a pause. Source: the header of such files, as IBM and Microsoft laid it down in 1991. */
export function toneOf(steps: number): Buffer {
  const perStep = TONE_RATE / STEPS_PER_S
  const samples = Buffer.alloc((steps + PAUSE_STEPS) * perStep * SAMPLE_BYTES)
  for (let at = 0; at < steps * perStep; at += 1) {
    samples.writeInt16LE(Math.round(LOUDEST * Math.sin((2 * Math.PI * TONE_HZ * at) / TONE_RATE)), at * SAMPLE_BYTES)
  }
  const header = Buffer.alloc(SAMPLES_AT)
  header.write('RIFF    WAVEfmt                     data', 'latin1')
  for (const [at, value] of [
    [4, SAMPLES_AT - 8 + samples.length],
    [16, 16],
    [RATE_AT, TONE_RATE],
    [28, TONE_RATE * SAMPLE_BYTES],
    [BYTES_AT, samples.length],
  ] as const) {
    header.writeUInt32LE(value, at)
  }
  for (const [at, value] of [
    [20, 1],
    [CHANNELS_AT, 1],
    [32, SAMPLE_BYTES],
    [34, 8 * SAMPLE_BYTES],
  ] as const) {
    header.writeUInt16LE(value, at)
  }
  return Buffer.concat([header, samples])
}

/** How alike two are: 1 where they go up and down together, 0 where they have nothing to do with each other. */
export function likeness(one: Loudness, other: Loudness): number {
  const shifts = Array.from({ length: 2 * SHIFT_MAX + 1 }, (_, index) => index - SHIFT_MAX)
  return Math.max(...shifts.map(shift => correlation(one, other, shift)))
}

function correlation(one: Loudness, other: Loudness, shift: number): number {
  const steps = Array.from({ length: Math.max(one.length, other.length) + SHIFT_MAX }, (_, step) => step)
  const [left, right] = [centred(steps.map(step => one[step] ?? 0)), centred(steps.map(step => other[step + shift] ?? 0))]
  const together = left.reduce((sum, value, step) => sum + value * (right[step] ?? 0), 0)
  const apart = Math.sqrt(squares(left) * squares(right))
  return apart === 0 ? 0 : together / apart
}

function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map(value => value - mean)
}

function squares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value ** 2, 0)
}

function rootMeanSquare(samples: Buffer): number {
  const count = samples.length / SAMPLE_BYTES
  const values = Array.from({ length: count }, (_, index) => samples.readInt16LE(index * SAMPLE_BYTES))
  return Math.sqrt(squares(values) / count)
}
