import { LIMITS } from '../limits.ts'
import { byteLength } from './schema.ts'

/** The topics of one box. `prefix` may have slashes in it. */
export interface Topics {
  readonly status: string
  /** Where a box says that another one holds its topics. */
  readonly duplicate: string
  /** Filters: every command, and every lane's state. */
  readonly requests: string
  readonly states: string
  state(lane: string): string
  event(lane: string): string
  scan(lane: string): string
  response(lane: string, verb: string): string
}

/** What came in, as its topic tells. `lane` and `verb` are as they came: neither has to exist. */
export type ParsedTopic =
  | { readonly kind: 'status' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'state'; readonly lane: string }
  | { readonly kind: 'request'; readonly lane: string; readonly verb: string }

export function topicsOf(prefix: string, box: string): Topics {
  const own = `${prefix}/${box}`
  return {
    status: `${own}/status`,
    duplicate: `${own}/duplicate`,
    requests: `${own}/+/request/+`,
    states: `${own}/+/state`,
    state: lane => `${own}/${lane}/state`,
    event: lane => `${own}/${lane}/event`,
    scan: lane => `${own}/${lane}/scan`,
    response: (lane, verb) => `${own}/${lane}/response/${verb}`,
  }
}

/** Null for a topic that is none of this box's. */
export function parseTopic(prefix: string, box: string, topic: string): ParsedTopic | null {
  const own = `${prefix}/${box}/`
  if (!topic.startsWith(own)) return null
  const levels = topic.slice(own.length).split('/')
  const [first, second, third] = levels
  if (first === undefined) return null
  if (levels.length === 1) return first === 'status' || first === 'duplicate' ? { kind: first } : null
  if (levels.length === 2) return second === 'state' && canBePublished(topic) ? { kind: 'state', lane: first } : null
  return levels.length === 3 && second === 'request' && third !== undefined ? { kind: 'request', lane: first, verb: third } : null
}

/**
 * Where the answer to a command goes: to the topic that it `asked` for where that may be, else to its lane and verb. Null where those came
 * in what leaves no room for an answer's topic, or cannot stand in one.
 */
export function answerTopic(
  prefix: string,
  box: string,
  { lane, verb }: { readonly lane: string; readonly verb: string },
  asked: string | undefined,
): string | null {
  if (asked !== undefined && allowsResponseTopic(prefix, box, lane, asked)) return asked
  const topic = topicsOf(prefix, box).response(lane, verb)
  return canBePublished(topic) ? topic : null
}

/**
 * Whether an answer may go to the topic that a register asked for. Anywhere else the box would write, with its own rights,
 * what the register itself may not.
 */
export function allowsResponseTopic(prefix: string, box: string, lane: string, topic: string): boolean {
  if (!canBePublished(topic)) return false
  const beneath = (parent: string) => topic.startsWith(parent) && topic.length > parent.length
  if (beneath(`${prefix}/${box}/${lane}/response/`)) return true
  return box !== 'reply' && beneath(`${prefix}/reply/`)
}

/** Wildcards, and what brokers take for no text: control characters, halves of characters, and code points that are none. */
const NOT_IN_A_TOPIC = /[+#\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u

/** Whether a message can have this topic; a broker hangs up on who tries another. Source: MQTT 5, 1.5.4 and 4.7.3. */
function canBePublished(topic: string): boolean {
  if (topic === '' || NOT_IN_A_TOPIC.test(topic) || byteLength(topic) > LIMITS.topicBytesMax) return false
  return topic.split('/', LIMITS.topicLevelsMax + 1).length <= LIMITS.topicLevelsMax
}
