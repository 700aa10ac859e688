import { type Found, NOTHING_FOUND, type Question } from '../core/box/event.ts'
import { LIMITS } from '../core/limits.ts'
import type { Journal } from '../core/ports.ts'

/** What the journal knows of a question: the first of its keys that is known, a page of events, or that the charge once was there. */
export async function askJournal(journal: Journal, question: Question): Promise<Found> {
  if (question.about === 'events') {
    const { lane, afterSeq, limit } = question
    return { ...NOTHING_FOUND, page: await journal.events(lane, afterSeq, limit, LIMITS.eventsBytesMax) }
  }
  const found = await Promise.all(question.keys.map(key => journal.find(key)))
  const held = found.find(one => one !== null)
  if (held !== undefined) return { ...held, page: null }
  const known = question.keys.filter(({ by }) => by === 'charge_id').map(({ lane, id }) => journal.isForgotten(lane, id))
  return (await Promise.all(known)).includes(true) ? { ...NOTHING_FOUND, forgotten: true } : NOTHING_FOUND
}
