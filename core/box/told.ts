import type { BoxSettings } from './settings.ts'
import { type Box, type LaneBook, notReady, personsWork, undoingOf } from './state.ts'
import { needsPerson, warningsOf } from './warning.ts'

/** What registers have been told already. */
export interface Told {
  isLaneTold(book: LaneBook): boolean
  isStatusTold(): boolean
}

/** Compares a box with what it was when it was told last; with null, when it has just started, nothing has been told. */
export function compareTold(before: Box | null, box: Box, settings: BoxSettings): Told {
  if (before === null) return { isLaneTold: () => false, isStatusTold: () => false }
  const asReady = isAsReady(before, box)
  return {
    isLaneTold: book => {
      const earlier = before.lanes.get(book.name)
      if (earlier === undefined || before.stream !== box.stream) return false
      if (asReady && earlier.seq === book.seq)
        return before.undoing === box.undoing || undoingInShort(before, book.name) === undoingInShort(box, book.name)
      return laneInShort(before, earlier, settings) === laneInShort(box, book, settings)
    },
    isStatusTold: () =>
      (asReady && isStatusSame(before, box)) || statusInShort(before, settings) === statusInShort(box, settings),
  }
}

/** Nothing has changed that decides what is ready: so it is with most steps, and to compare every word takes longer than all the rest. */
function isAsReady(before: Box, box: Box): boolean {
  if (before.probe.reasons !== box.probe.reasons || before.health !== box.health) return false
  if (before.storageFailing !== box.storageFailing || before.stopping !== box.stopping) return false
  for (const [name, { health, foreign }] of box.lanes) {
    const earlier = before.lanes.get(name)
    if (earlier?.health !== health || earlier.foreign !== foreign) return false
  }
  return true
}

/** Nothing else has changed that the status tells. */
function isStatusSame(before: Box, box: Box): boolean {
  const { undoing, clock, warnings, stream } = box
  if (before.warnings !== warnings || before.stream !== stream) return false
  if (before.undoing !== undoing && needsPerson(before) !== needsPerson(box)) return false
  return before.clock.state === clock.state && before.clock.ahead === clock.ahead
}

/** What a lane's state says: charges are told with a new sequence number each time, so the number stands for them. */
function laneInShort(box: Box, book: LaneBook, settings: BoxSettings): string {
  return `${book.seq} ${notReady(box, book, settings).join()} ${undoingInShort(box, book.name)}`
}

/** What it says of the order numbers that are being undone. */
function undoingInShort(box: Box, lane: string): string {
  const persons = personsWork(box, lane).map(({ undoing, reason }) => `${undoing.order.outTradeNo} ${reason}`)
  return `${undoingOf(box, lane)} ${persons.join()}`
}

/** What the status says. */
function statusInShort(box: Box, settings: BoxSettings): string {
  const { state, ahead } = box.clock
  const words = [...box.lanes.values()].map(book => notReady(box, book, settings).join())
  return [...words, ...warningsOf(box), state, ahead, box.stream].join(';')
}
