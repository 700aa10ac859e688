import { NOT_READY, type NotReady } from '../../../core/contract/not-ready.ts'

/** What was looked at. `of` tells one from others of its kind: a lane, a light, a host. */
export interface Subject {
  readonly part: Part
  readonly of?: string
}

export type Part =
  | 'configuration'
  | 'gun'
  | 'light'
  | 'lock'
  | 'disk'
  | 'clock'
  | 'certificate'
  | 'dns'
  | 'tcp'
  | 'proxy'
  | 'tls'
  | 'signature'
  | 'broker'

/**
 * What a look has found, in plain words. `left_out`: it was not looked at, and why. A `warning` keeps no lane from being ready.
 * `reasons` are words of `not_ready`, where a lane would give them.
 */
export type Finding = Subject & { readonly says: string } & (
    | { readonly state: 'good' | 'left_out' }
    | { readonly state: 'warning' | 'bad'; readonly reasons?: readonly NotReady[]; readonly remedy: string }
  )

export function good(subject: Subject, says: string): Finding {
  return { ...subject, state: 'good', says }
}

export function leftOut(subject: Subject, says: string): Finding {
  return { ...subject, state: 'left_out', says }
}

/** Of what only one program can have. */
export const DAEMON_HAS_IT = 'the daemon has it'

export function warning(subject: Subject, says: string, remedy: string): Finding {
  return { ...subject, state: 'warning', says, remedy }
}

/** What no word of `not_ready` stands for. */
export function bad(subject: Subject, says: string, remedy: string): Finding {
  return { ...subject, state: 'bad', says, remedy }
}

/** What a lane would name as it does here. The words have their remedies. */
export function trouble(subject: Subject, reasons: readonly NotReady[], says = meaningOf(reasons)): Finding {
  const remedy = telling(reasons).map(word => NOT_READY[word].remedy)
  return { ...subject, state: 'bad', says, reasons, remedy: remedy.join('; ') }
}

export function meaningOf(reasons: readonly NotReady[]): string {
  return telling(reasons)
    .map(word => NOT_READY[word].means)
    .join('; ')
}

/** Words that say less than any other beside them. */
const GENERAL: ReadonlySet<NotReady> = new Set<NotReady>(['gateway_unreachable', 'register_offline'])

function telling(reasons: readonly NotReady[]): readonly NotReady[] {
  const words = reasons.filter(word => !GENERAL.has(word))
  return words.length > 0 ? words : reasons
}

/** The system's words for what went wrong, in one line. */
export function systemWords(error: Error): string {
  const [first = error] = error instanceof AggregateError ? error.errors.filter(each => each instanceof Error) : []
  const code = 'code' in error && typeof error.code === 'string' ? error.code : first.name
  const [line = ''] = first.message.split('\n')
  return line === '' ? code : line
}
