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
  if (levels.length === 2) return second === 'state' ? { kind: 'state', lane: first } : null
  return levels.length === 3 && second === 'request' && third !== undefined ? { kind: 'request', lane: first, verb: third } : null
}

/**
 * Whether an answer may go to the topic that a register asked for. Anywhere else the box would write, with its own rights,
 * what the register itself may not.
 */
export function allowsResponseTopic(prefix: string, box: string, lane: string, topic: string): boolean {
  if (/[+#\p{Cc}]/u.test(topic)) return false
  const beneath = (parent: string) => topic.startsWith(parent) && topic.length > parent.length
  if (beneath(`${prefix}/${box}/${lane}/response/`)) return true
  return box !== 'reply' && beneath(`${prefix}/reply/`)
}
