import fc from 'fast-check'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import { parseCommand, VERBS } from '../../core/contract/command.ts'
import type { CommandSettings } from '../../core/contract/command-settings.ts'
import { failure } from '../../core/contract/error.ts'
import { failureMessage } from '../../core/contract/message.ts'
import { byteLength } from '../../core/contract/schema.ts'
import { LIMITS } from '../../core/limits.ts'
import { toFen } from '../../core/money.ts'
import { LANE } from '../core-box/bench.ts'
import { FuzzBox } from './box.ts'
import { demand, type Subject } from './subject.ts'

interface Input {
  readonly lane: string
  readonly verb: string
  readonly payload: Uint8Array
  readonly retained: boolean
}

const SETTINGS: CommandSettings = { maxAmount: toFen(5_000_000), refunds: true, scans: 'taken', lanes: new Map([[LANE, {}]]) }
const SECRET = '134567890123456789'

const ids = fc.oneof(fc.constantFrom('a', 'b', 'sale-41', ''), fc.string({ maxLength: 70 }))
const amounts = fc.oneof(fc.integer({ min: -1, max: 3_000 }), fc.double(), fc.maxSafeInteger(), fc.string())

/** Commands that are nearly right: every field there or not, right or not. */
const nearly = fc
  .record(
    {
      request_id: ids,
      charge_id: ids,
      refund_id: ids,
      out_trade_no: ids,
      transaction_id: ids,
      amount: amounts,
      currency: fc.constantFrom('CNY', 'USD', 1),
      description: fc.string({ unit: 'binary', maxLength: 300 }),
      attach: fc.string({ unit: 'grapheme', maxLength: 140 }),
      goods_tag: fc.string({ maxLength: 40 }),
      detail: fc.string({ maxLength: 100 }),
      metadata: fc.oneof(fc.object(), fc.jsonValue()),
      attempts: amounts,
      expires_in_s: amounts,
      expires_at: fc.oneof(fc.date().map(String), fc.string()),
      after_seq: amounts,
      limit: amounts,
      reason: fc.string({ maxLength: 100 }),
      code: fc.constantFrom(SECRET, 'x', 1),
    },
    { requiredKeys: [] },
  )
  .map(fields => Buffer.from(JSON.stringify(fields)))

const payloads = fc.oneof(
  { weight: 6, arbitrary: nearly },
  { weight: 1, arbitrary: fc.json().map(text => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

/** Payloads under a lane's `request` topic, through the contract and the box. */
export function commands(): Subject<Input> {
  const box = new FuzzBox()
  let asked = 0
  return {
    name: 'commands',
    inputs: fc.record({
      lane: fc.constantFrom(LANE, LANE, LANE, 'other', ''),
      verb: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...VERBS) }, { weight: 1, arbitrary: fc.string({ maxLength: 20 }) }),
      payload: payloads,
      retained: fc.integer({ max: 9 }).map(n => n === 0),
    }),
    feed: input => {
      asked += 1
      const parsed = parseCommand(input, SETTINGS)
      if (!parsed.ok) {
        const answer = failure(parsed.requestId, parsed.error)
        demand(failureMessage.safeParse(answer).success, 'a refusal is as the contract says')
        demand(byteLength(JSON.stringify(answer)) <= LIMITS.answerBytesMax, 'an answer fits into a message')
        demand(!JSON.stringify(answer).includes(SECRET), 'a code is not repeated')
        return
      }
      const { command } = parsed
      const commanded = { type: 'commanded', to: { id: asked }, command, found: NOTHING_FOUND } as const
      const said = box.post({ ...commanded, answerBy: Number.POSITIVE_INFINITY })
      demand(/"(answer|refuse|read_out)"/.test(said), 'a command is answered')
      demand(!said.includes(SECRET), 'a code is not repeated')
      box.wait(60_000)
    },
  }
}
