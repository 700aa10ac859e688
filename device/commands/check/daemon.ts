import type { Clock } from '../../../core/ports.ts'
import { ask } from '../../console/client.ts'
import { consolePath } from '../../console/server.ts'
import { isHeldElsewhere } from '../../journal/open.ts'
import { within } from './time-limit.ts'

/**
 * Whether a daemon has the journal, and with it guns and lights. In doubt it has: to open them a second time would take
 * scans from it, and to close them again its lights.
 */
export async function isDaemonThere(journalPath: string, clock: Clock, patienceMs: number): Promise<boolean> {
  const asked = ask(consolePath(journalPath), { do: 'list', order: 'newest_first', limit: 1 }).then(
    answer => answer !== null,
    () => true,
  )
  return (await within(clock, patienceMs, asked, () => true)) || isHeldElsewhere(journalPath)
}
