import fc from 'fast-check'
import { generate, type IPublishPacket, parser } from 'mqtt-packet'
import { VERBS } from '../../core/contract/command.ts'
import { answerTopic, parseTopic, topicsOf } from '../../core/contract/topic.ts'
import { LIMITS } from '../../core/limits.ts'
import { demand, type Subject } from './subject.ts'

interface Input {
  readonly topic: string
  readonly asked: string | undefined
  readonly correlationData: Uint8Array | undefined
}

const PREFIX = 'shop/tillbridge'
const BOX = 'counter-1'
const LANE = 'main'
const OWN = `${PREFIX}/${BOX}`

const words = fc.oneof(
  fc.constantFrom(
    '',
    LANE,
    'side',
    'request',
    'response',
    'state',
    'event',
    'status',
    'reply',
    '#',
    '+',
    '\u0000',
    '\uffff',
    ...VERBS,
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes).toString()),
)

/** Some as long as a topic can be, and a few bytes shorter or longer. */
const levels = fc.oneof(
  { weight: 4, arbitrary: words },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('v', '/', '\u00e9', '\ufffd'), fc.integer({ min: -60, max: 5 }))
      .map(([unit, more]) => unit.repeat((LIMITS.topicBytesMax + more) / Buffer.byteLength(unit))),
  },
)

const topics = fc.oneof(
  fc.tuple(levels, levels).map(([lane, verb]) => `${OWN}/${lane}/request/${verb}`),
  fc.tuple(fc.constantFrom(LANE), fc.constantFrom(...VERBS)).map(([lane, verb]) => `${OWN}/${lane}/request/${verb}`),
  levels.map(lane => `${OWN}/${lane}/state`),
  fc.tuple(fc.constantFrom(`${PREFIX}/reply/`, `${OWN}/${LANE}/response/`, `${OWN}/`, ''), levels).map(parts => parts.join('')),
)

/** The topic of a message that came, and the one that it asks its answer to: what the box does with them is a packet that can be sent. */
export function topicNames(): Subject<Input> {
  const { response } = topicsOf(PREFIX, BOX)
  return {
    name: 'topics',
    inputs: fc.record({
      topic: topics,
      asked: fc.option(topics, { nil: undefined }),
      correlationData: fc.option(fc.uint8Array({ maxLength: 100 }), { nil: undefined }),
    }),
    feed: ({ topic, asked, correlationData }) => {
      const come = parseTopic(PREFIX, BOX, topic)
      if (come?.kind === 'state') return demandSendable(topic, undefined)
      if (come?.kind !== 'request') return
      const to = answerTopic(PREFIX, BOX, come, asked)
      const isKnown = come.lane === LANE && VERBS.includes(come.verb)
      demand(to !== null || !isKnown, 'a command that the box knows is answered')
      if (to === null) return
      const isOwn = to === response(come.lane, come.verb) || to.startsWith(response(come.lane, ''))
      demand(isOwn || to.startsWith(`${PREFIX}/reply/`), 'an answer goes where answers go')
      demandSendable(to, correlationData)
    },
  }
}

/** Source: MQTT 5, 3.3. */
function demandSendable(topic: string, correlationData: Uint8Array | undefined): void {
  const properties = correlationData === undefined ? {} : { properties: { correlationData: Buffer.from(correlationData) } }
  const packet = { cmd: 'publish', topic, payload: '{}', qos: 1, messageId: 1, dup: false, retain: false, ...properties } as const
  const read: IPublishPacket[] = []
  const reader = parser({ protocolVersion: 5 })
  reader.on('packet', come => read.push(come as IPublishPacket))
  reader.parse(generate(packet, { protocolVersion: 5 }))
  demand(read.length === 1 && read[0]?.topic === topic, 'what is sent is read as it was meant')
  demand(!/[#+\u0000]/.test(topic), 'a topic names one place')
}
