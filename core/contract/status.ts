import { z } from 'zod'

const statusSchema = z.object({ state: z.enum(['online', 'offline']), stream: z.string().optional() })

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
