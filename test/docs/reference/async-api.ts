import manifest from '../../../package.json' with { type: 'json' }
import { playExamples } from './examples.ts'
import { MESSAGES, type Message } from './messages.ts'
import { answerName, COMMAND_NAMES, commandName, messageSchemas } from './schemas.ts'

/** The messages as AsyncAPI 3 describes them. Source: AsyncAPI 3.0.0; MQTT bindings 0.2.0. */
export function asyncApi(): object {
  const examples = playExamples()
  const messages = MESSAGES.map(({ name, summary }) => {
    const payload = { $ref: `#/components/schemas/${name}` }
    return [
      name,
      { name, summary, contentType: 'application/json', payload, examples: [{ payload: examples.get(name) }] },
    ] as const
  })
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'tillbridge, for registers',
      version: manifest.version,
      description:
        'Contract 1. Payloads are UTF-8 JSON of at most 64 KiB; amounts are whole fen; within the contract fields and words may be added.',
      license: { name: manifest.license },
    },
    defaultContentType: 'application/json',
    channels: channels(),
    operations: Object.fromEntries(MESSAGES.filter(({ name }) => name !== 'failure').map(operation)),
    components: { messages: Object.fromEntries(messages), schemas: messageSchemas(name => `#/components/schemas/${name}`) },
  }
}

/** A channel a topic; what a verb is answered with shares one with its failure. */
function channels(): object {
  const channels: Record<string, object> = {}
  for (const { name, topic, summary } of MESSAGES) {
    if (name === 'failure') continue
    const fails = name.endsWith('-answer') ? { failure: { $ref: '#/components/messages/failure' } } : {}
    channels[name] = {
      address: topic,
      description: summary,
      messages: { [name]: { $ref: `#/components/messages/${name}` }, ...fails },
      parameters: parametersOf(topic),
    }
  }
  return channels
}

const PARAMETERS: Readonly<Record<string, string>> = {
  prefix: '`register.prefix` of the configuration, `tillbridge` unless told',
  box: "the box's name",
  lane: "the lane's name",
}

function parametersOf(topic: string): object {
  const names = [...topic.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  return Object.fromEntries(names.map(name => [name, { description: PARAMETERS[name] ?? name }]))
}

/** What the box does with a channel; a command says where its answer comes. */
function operation({ name, box, retained }: Message): readonly [string, object] {
  const verb = COMMAND_NAMES.find(of => commandName(of) === name)
  const reply = verb === undefined ? {} : { reply: { channel: { $ref: `#/channels/${answerName(verb)}` } } }
  const mqtt = { qos: 1, ...(box === 'sends' ? { retain: retained } : {}), bindingVersion: '0.2.0' }
  const action = box === 'sends' ? 'send' : 'receive'
  return [name, { action, channel: { $ref: `#/channels/${name}` }, bindings: { mqtt }, ...reply }]
}
