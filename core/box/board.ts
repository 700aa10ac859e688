import type { Board } from '../ports.ts'

/** From the surest to the least sure: the first that both know decides. */
const KINDS = ['soc', 'machine', 'mac'] as const

/** Whether the journal's card is in another board. Where nothing can be compared nobody can tell, and it is taken for the same. */
export function isForeignBoard(home: Board | null, board: Board): boolean {
  for (const kind of KINDS) {
    const [before, now] = [home?.[kind], board[kind]]
    if (before !== undefined && now !== undefined) return before !== now
  }
  return false
}

/** What the journal has to know of its board from now on; null where it knows that already. What cannot be read now stays known. */
export function newHome(home: Board | null, board: Board): Board | null {
  const isKnown = KINDS.every(kind => board[kind] === undefined || board[kind] === home?.[kind])
  return isKnown ? null : { ...home, ...board }
}
