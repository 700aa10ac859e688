import type { Reply, UnknownWhy } from './ports.ts'

/** What may have come from nobody at WeChat Pay: an outage is told by the lanes, and no order has to be looked into for it. */
const NOBODYS: ReadonlySet<UnknownWhy> = new Set<UnknownWhy>(['no_answer', 'http_status', 'certificate_refused', 'not_xml'])

/** Whether WeChat Pay itself has answered, whatever it said: an answer that settles nothing was in vain then. */
export function isHeard(reply: Reply<unknown>): boolean {
  return reply.kind === 'answered' || (reply.kind === 'unknown' && !NOBODYS.has(reply.why))
}
