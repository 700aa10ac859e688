import { topicsOf } from '../../../core/contract/topic.ts'
import { answerName, COMMAND_NAMES, commandName } from './schemas.ts'

/** Everything that goes over the broker. `box` sends it, or receives it. */
export interface Message {
  readonly name: string
  readonly topic: string
  readonly box: 'sends' | 'receives'
  readonly retained: boolean
  readonly summary: string
}

const TOPICS = topicsOf('{prefix}', '{box}')
const LANE = '{lane}'

const TOLD: readonly Message[] = [
  { name: 'status', topic: TOPICS.status, box: 'sends', retained: true, summary: 'The box, and its last will.' },
  {
    name: 'duplicate',
    topic: TOPICS.duplicate,
    box: 'sends',
    retained: false,
    summary: 'A box whose name another one has taken, every ten seconds; that one answers with its status.',
  },
  { name: 'state', topic: TOPICS.state(LANE), box: 'sends', retained: true, summary: 'The lane now.' },
  {
    name: 'event',
    topic: TOPICS.event(LANE),
    box: 'sends',
    retained: false,
    summary: 'Every change, in order, from the durable outbox.',
  },
  { name: 'scan', topic: TOPICS.scan(LANE), box: 'sends', retained: false, summary: 'A scan that was no payment.' },
]

export const MESSAGES: readonly Message[] = [
  ...COMMAND_NAMES.flatMap((verb): Message[] => [
    {
      name: commandName(verb),
      topic: `{prefix}/{box}/{lane}/request/${verb}`,
      box: 'receives',
      retained: false,
      summary: `The command \`${verb}\`.`,
    },
    {
      name: answerName(verb),
      topic: TOPICS.response(LANE, verb),
      box: 'sends',
      retained: false,
      summary: `The answer to \`${verb}\`, or [failure](#failure); with MQTT 5 on the response topic that the command named.`,
    },
  ]),
  {
    name: 'failure',
    topic: TOPICS.response(LANE, '{verb}'),
    box: 'sends',
    retained: false,
    summary: 'The answer to a command that was not carried out.',
  },
  ...TOLD,
]
