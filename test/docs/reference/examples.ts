import assert from 'node:assert/strict'
import { viewStatus } from '../../../core/box/view.ts'
import { duplicateNotice } from '../../../core/contract/status.ts'
import { answered, PAID, SETTINGS } from '../../core-box/bench.ts'
import { Exchange, type Message } from '../exchanges.ts'
import { answerName, commandName } from './schemas.ts'

/** One example of every message, as a box plays it. */
export function playExamples(): ReadonlyMap<string, unknown> {
  const exchange = new Exchange()
  const { bench } = exchange
  const ids = { request_id: '7f3a', charge_id: 'sale-41' }
  exchange.ask('charge', { ...ids, amount: 1234, description: 'Tea and cake', metadata: { till: 3 } })
  bench.scan('4006381333931')
  exchange.ask('cancel', ids)
  exchange.ask('lookup', ids)
  const page = { events: bench.told.slice(0, 1), oldestSeq: 1, more: true }
  exchange.ask('events', { request_id: '7f3a', after_seq: 0, limit: 1 }, { page })
  exchange.ask('cancel', ids)
  const examples = new Map<string, unknown>()
  for (const { topic, body } of [...exchange.messages, ...scanned(), ...refunded()]) {
    const [, kind, verb = ''] = /\/(request|response)\/(\w+)$/.exec(topic) ?? assert.fail(topic)
    const isFailure = (body as { ok?: boolean }).ok === false
    const name = isFailure ? 'failure' : kind === 'request' ? commandName(verb) : answerName(verb)
    if (!examples.has(name)) examples.set(name, body)
  }
  return examples
    .set('event', bench.told[0])
    .set('scan', bench.all('tell_scan')[0]?.body)
    .set('state', bench.all('tell_state').at(-1)?.body)
    .set('status', viewStatus(bench.box, SETTINGS))
    .set('duplicate', duplicateNotice(COPY, viewStatus(bench.box, SETTINGS)))
}

/** A part of a paid charge goes back. */
function refunded(): readonly Message[] {
  const exchange = new Exchange()
  exchange.ask('charge', { request_id: '7f3c', charge_id: 'sale-41', amount: 1234 })
  exchange.bench.scan()
  exchange.bench.submitted(answered({ verdict: 'paid', paid: PAID }))
  const ids = { request_id: '7f3d', refund_id: 'back-7', charge_id: 'sale-41' }
  exchange.ask('refund', { ...ids, amount: 500, reason: 'The tea was cold' })
  return exchange.messages
}

/** A second box of the same name. */
const COPY = { stream: '0f3a9c21', startedAt: '2027-01-31T09:31:00.000Z' }

/** The till reads the code. */
function scanned(): readonly Message[] {
  const exchange = new Exchange()
  const ids = { request_id: '7f3b', charge_id: 'sale-41' }
  exchange.ask('charge', { ...ids, amount: 1234 })
  exchange.ask('scan', { ...ids, code: '134567890123456789' })
  return exchange.messages
}
