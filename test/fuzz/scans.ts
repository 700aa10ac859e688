import fc from 'fast-check'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import { toFen } from '../../core/money.ts'
import { Framer } from '../../device/scanner/framer.ts'
import { LANE } from '../core-box/bench.ts'
import { FuzzBox } from './box.ts'
import { demand, type Subject } from './subject.ts'

/** Reads of a gun's line, each with whether a pause follows. */
type Input = readonly { readonly bytes: Uint8Array; readonly pause: boolean }[]

const digits = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length })
const ends = fc.constantFrom('\r', '\n', '\r\n', '', '\u0003\r\n')

/** What a gun may send of a code, more or less whole. */
const codes = fc
  .tuple(
    fc.constantFrom('', '\u0002', ']C0', ']Q3', ']E0', ' '),
    fc.oneof(
      digits(16).map(rest => `13${rest}`),
      digits(17).map(rest => `28${rest}`),
      digits(17).map(rest => `62${rest}`),
      digits(13),
      fc.string({ maxLength: 200 }),
      fc.webUrl(),
    ),
    ends,
  )
  .map(parts => Buffer.from(parts.join(''), 'latin1'))

const reads = fc.record({
  bytes: fc.oneof({ weight: 3, arbitrary: codes }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) }),
  pause: fc.boolean(),
})

/** Bytes on the line of a gun, through framing, the kind of code and the lane, before an armed lane as often as not. */
export function scans(): Subject<Input> {
  const box = new FuzzBox()
  const framer = new Framer('clean')
  let charges = 0
  let at = 0
  return {
    name: 'scans',
    inputs: fc.array(reads, { minLength: 1, maxLength: 4 }),
    feed: input => {
      if (box.lane.lane.at === 'idle') {
        charges += 1
        const command = {
          verb: 'charge',
          requestId: 'r',
          lane: LANE,
          chargeId: `c${charges}`,
          amount: toFen(1),
          attemptsMax: 3,
          expiresInMs: 5_000,
        } as const
        box.post({
          type: 'commanded',
          to: { id: charges },
          command,
          found: NOTHING_FOUND,
          answerBy: Number.POSITIVE_INFINITY,
        })
      }
      for (const { bytes, pause } of input) {
        at += 1
        const moment = { mono: at, wall: at }
        const frames = [...framer.feed(bytes, moment), ...(pause ? framer.pause() : [])]
        for (const { text } of frames) {
          const beganAt = { mono: Number.MAX_SAFE_INTEGER, wall: 0 }
          const said = box.post({ type: 'scanned', lane: LANE, scan: { text, beganAt } })
          for (const code of text.match(/(?<!\d)(?:1[0-5]\d{16}|2[5-9]\d{14,22}|30\d{14,22}|62\d{17})(?!\d)/g) ?? []) {
            demand(!said.includes(code), 'no payment code leaves the box but to WeChat Pay')
          }
        }
      }
      box.wait(2_000)
    },
  }
}
