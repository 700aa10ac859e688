import { z } from 'zod'
import { merchantOf } from '../../core/order.ts'
import type { Archive, Ledger } from '../../core/ports.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig } from '../config/index.ts'
import { ask } from '../console/client.ts'
import { answerRequest, type Desk, type Request, refusal } from '../console/request.ts'
import { consolePath } from '../console/server.ts'
import { ClosedJournal } from '../journal/closed.ts'
import { JournalError } from '../journal/error.ts'
import { openBills } from '../parts.ts'
import { reconcile } from '../reconcile.ts'

/** Answers for people at the box: of the daemon where it runs, or has started meanwhile, else out of its journal. */

export async function answered(config: BoxConfig, request: Request): Promise<unknown> {
  const askDaemon = () => ask(consolePath(config.journal.path), request)
  const said = await askDaemon()
  if (said !== null) return said
  try {
    return await readJournal(config, request)
  } catch (error) {
    if (!(error instanceof JournalError && error.code === 'journal_locked')) throw error
    const saidMeanwhile = await askDaemon()
    if (saidMeanwhile === null) throw error
    return saidMeanwhile
  }
}

async function readJournal(config: BoxConfig, request: Request): Promise<unknown> {
  const journal = new ClosedJournal(config.journal.path)
  const lanes = await journal.lanes() // who asks hears first of a journal that cannot be read, not when minutes of waiting are over
  return answerRequest(JSON.stringify(request), deskOf(config, journal, lanes))
}

function deskOf(config: BoxConfig, journal: Archive & Ledger, lanes: readonly string[]): Desk {
  const { box, register, merchant } = config
  return {
    box,
    language: register.language,
    archive: journal,
    ledger: journal,
    lanes: () => lanes,
    settle: () => Promise.resolve(refusal('not_ready', 'the daemon has to run for it: it tells the registers')),
    reconcile: async day => {
      const bills = openBills(config)
      const books = { box, merchant: merchantOf(merchant), hasRegisters: register.url !== undefined }
      return reconcile(day, { ...books, bills, ledger: journal, clock: systemClock }).finally(() => bills.close())
    },
  }
}

const refusedSchema = z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) })

/** What is said to people of an answer that is a refusal; null of any other. */
export function refusedBy(answer: unknown): string | null {
  const refused = refusedSchema.safeParse(answer)
  return refused.success ? `tillbridge: ${refused.data.error.message} (${refused.data.error.code})\n` : null
}
