import type { Call } from '../call.ts'
import type { DueLook } from './look.ts'

/**
 * One look after the other: the journal is asked which is due, WeChat Pay is asked, and the answer is written down. So no more is
 * held in memory than one look, however many orders wait for theirs. Times are monotonic ms.
 */
export type Agenda = Common & (Resting | Reading | Due | Asking)

interface Common {
  /** The journal need not be asked before; infinite where no order waits for a look. */
  readonly soonest: number
  /** The pause after the next look without an answer to be believed; it doubles. */
  readonly pauseMs: number
}

/** Ends at `soonest`. */
interface Resting {
  readonly at: 'resting'
}

/** The journal is asked what is due. */
interface Reading {
  readonly at: 'reading'
}

/** A look waits for its turn among the calls of the background. */
interface Due {
  readonly at: 'due'
  readonly look: DueLook
  readonly dueAt: number
}

/** WeChat Pay is asked. Ends with the answer, or with the call. */
interface Asking {
  readonly at: 'asking'
  readonly look: DueLook
  readonly call: Call
}

/** What the journal holds is not known yet. */
export function startAgenda(now: number, pauseMs: number): Agenda {
  return { at: 'resting', soonest: now, pauseMs }
}

/** The agenda rests until `soonest`, or until something sooner was entered meanwhile. */
export function rest({ soonest: entered, pauseMs }: Agenda, soonest: number): Agenda {
  return { at: 'resting', soonest: Math.min(entered, soonest), pauseMs }
}
