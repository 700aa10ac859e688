import type { Archive, Journal, Ledger, Upkeep } from '../../core/ports.ts'
import type { JournalErrorCode } from './error.ts'
import type { Notice } from './notice.ts'
import type { OpenOptions } from './open.ts'

/** What the two threads say to each other. Requests are answered one by one, in order. */

/** The calls of the port, and the opening, which comes first. */
export interface Calls extends Journal, Archive, Ledger, Upkeep {
  open(options: OpenOptions): Promise<void>
}

export type Call = keyof Calls
export type Arguments<Name extends Call> = Parameters<Calls[Name]>
export type Result<Name extends Call> = Awaited<ReturnType<Calls[Name]>>

export type Request = { [Name in Call]: { readonly id: number; readonly call: Name; readonly args: Arguments<Name> } }[Call]

export type Answer = { readonly id: number; readonly notices: readonly Notice[] } & (
  | { readonly ok: true; readonly result: Result<Call> }
  | { readonly ok: false; readonly code: JournalErrorCode; readonly message: string }
)
