import { z } from 'zod'
import { EmulatorError } from './emulator-error.ts'

/** So many faults may be planned at once. */
const PLANNED_MAX = 10_000

const count = z.int().positive()
const milliseconds = z.int().nonnegative()
const how = z.enum(['silence', 'close']).default('silence')
const done = z.boolean().default(false)

const faultSchema = z.discriminatedUnion('kind', [
  /** The request never arrives: nobody answers, or the connection (a kept-alive one too) is closed. */
  z.object({ kind: z.literal('lost_before'), how }),
  /** The request is carried out, the answer never comes. */
  z.object({ kind: z.literal('lost_after'), how }),
  /** The request arrives late: it is carried out only then. */
  z.object({ kind: z.literal('late_request'), byMs: milliseconds }),
  /** The answer comes late. */
  z.object({ kind: z.literal('late'), byMs: milliseconds }),
  /** The answer comes in pieces, over so long a time. */
  z.object({ kind: z.literal('slow'), byMs: milliseconds }),
  z.object({ kind: z.literal('wrong_sign') }),
  z.object({ kind: z.literal('no_sign') }),
  /** The amounts in the answer are one fen too high; the signature is right. */
  z.object({ kind: z.literal('wrong_amount') }),
  /** Fields of the answer have other values, a wrong appid say; those it has not stay away, and the signature is right. */
  z.object({ kind: z.literal('altered'), fields: z.record(z.string(), z.string()) }),
  /** The answer speaks of another order; the signature is right. */
  z.object({ kind: z.literal('other_order') }),
  /** `result_code` FAIL with this code, the call carried out (`done`) or not. */
  z.object({ kind: z.literal('err_code'), errCode: z.string().min(1), done }),
  /** A reverse answered recall=Y. */
  z.object({ kind: z.literal('recall'), done }),
  z.object({ kind: z.literal('bad_gateway'), done }),
  /** Status 200 and bytes that mean nothing. */
  z.object({ kind: z.literal('garbage'), done }),
  /** Status 200 and the login page of somebody's network: the request went nowhere. */
  z.object({ kind: z.literal('captive') }),
])

const entrySchema = z.object({
  /** Which requests; `nth` counts the matching ones from the planning on, 1 is the next. */
  match: z.object({ path: z.string(), outTradeNo: z.string(), nth: count }).partial().default({}),
  fault: faultSchema,
  /** How many requests in a row meet it. */
  times: count.default(1),
})

/** What goes wrong with one request. */
export type Fault = z.output<typeof faultSchema>

/** A fault to plan, as it may stand in a file: which requests, what goes wrong, how often (once unless told). */
export type FaultEntry = z.input<typeof entrySchema>

/** Which requests meet a fault. */
export type FaultMatch = z.output<typeof entrySchema>['match']

type Planned = z.output<typeof entrySchema> & { seen: number; fired: number }

/** Faults on demand: each request meets the first planned one that matches it and is not used up. */
export class FaultPlan {
  readonly #planned: Planned[] = []

  /** @throws EmulatorError `bad_fault` when the entry is not one, or too many are planned. */
  add(entry: FaultEntry): void {
    const read = entrySchema.safeParse(entry)
    if (!read.success) throw new EmulatorError('bad_fault', z.prettifyError(read.error))
    if (this.isFull) throw new EmulatorError('bad_fault', `more than ${PLANNED_MAX} faults are planned`)
    this.#planned.push({ ...read.data, seen: 0, fired: 0 })
  }

  /** How many planned faults are not used up. */
  get pending(): number {
    return this.#planned.length
  }

  get isFull(): boolean {
    return this.#planned.length >= PLANNED_MAX
  }

  /** The planned faults that are not used up, in the order they are met, each with how often it will still come. */
  list(): { readonly match: FaultMatch; readonly fault: Fault; readonly left: number }[] {
    return this.#planned.map(({ match, fault, times, fired }) => ({ match, fault, left: times - fired }))
  }

  clear(): void {
    this.#planned.length = 0
  }

  /** What this request meets; it counts as seen by every entry it matches. */
  take(path: string, outTradeNo: string | undefined): Fault | undefined {
    let fault: Fault | undefined
    for (const planned of this.#planned) {
      const { match } = planned
      if (match.path !== undefined && match.path !== path) continue
      if (match.outTradeNo !== undefined && match.outTradeNo !== outTradeNo) continue
      planned.seen += 1
      if (fault || planned.seen < (match.nth ?? 1)) continue
      planned.fired += 1
      fault = planned.fault
    }
    if (fault) this.#drop()
    return fault
  }

  #drop(): void {
    const left = this.#planned.filter(planned => planned.fired < planned.times)
    this.#planned.splice(0, this.#planned.length, ...left)
  }
}
