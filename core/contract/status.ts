import { z } from 'zod'
import type { DuplicateNotice } from './message.ts'

/** Longer than any stream or time of a box: what is beyond is not one's. */
const WORD_CHARS_MAX = 64

const statusSchema = z.object({
  state: z.enum(['online', 'offline']),
  stream: z.string().max(WORD_CHARS_MAX).optional().catch(undefined),
  started_at: z.string().max(WORD_CHARS_MAX).optional().catch(undefined),
})

/** What a box reads of a `status` topic: whose it is, where it says so, and whether that box is there. */
export type StatusSeen = z.output<typeof statusSchema>

/** Null for what is no status: that includes a status that was cleared. */
export function readStatus(payload: string): StatusSeen | null {
  try {
    return statusSchema.safeParse(JSON.parse(payload)).data ?? null
  } catch {
    return null
  }
}

const headSchema = z.object({ stream: z.string().min(1).max(WORD_CHARS_MAX), seq: z.int().min(0) })

/** How far a lane's events were told, as its retained `state` says. */
export type Head = z.output<typeof headSchema>

/** Null for what is no state: that includes one that was cleared. Of a stream that has told nothing yet the number is 0. */
export function readHead(payload: string): Head | null {
  try {
    return headSchema.safeParse(JSON.parse(payload)).data ?? null
  } catch {
    return null
  }
}

/** One run of one box. A copied card has the same stream, so the stream alone does not tell two boxes apart. */
export interface Life {
  readonly stream: string
  readonly startedAt: string
}

/**
 * Whether a status that is on the topic before this box takes it up was left there by another box: one with another journal that is
 * online, or one with a copy of this one's. `beenOnline`: this run was online before, so what it finds of its own stream and not
 * of its own start came later, from a copy; without that it is what the run before it has left.
 */
export function isHeldBy(seen: StatusSeen | null, self: Life, beenOnline: boolean): seen is StatusSeen {
  if (seen === null || seen.stream === undefined) return false
  if (seen.stream !== self.stream) return seen.state === 'online'
  return beenOnline && seen.started_at !== undefined && seen.started_at !== self.startedAt
}

/** What a box says of the one that holds its topics. */
export function duplicateNotice(self: Life, { stream = self.stream, started_at: startedAt }: StatusSeen): DuplicateNotice {
  return {
    not_ready: ['duplicate_box'],
    contract: 1,
    stream: self.stream,
    started_at: self.startedAt,
    other_stream: stream,
    ...(startedAt === undefined ? {} : { other_started_at: startedAt }),
  }
}

/** Of two boxes that are online at once the one that started first stays; both see it alike. */
export function startedBefore(seen: StatusSeen, self: Life): boolean {
  const { stream, started_at: startedAt } = seen
  if (stream === undefined || startedAt === undefined) return false
  return startedAt < self.startedAt || (startedAt === self.startedAt && stream < self.stream)
}
