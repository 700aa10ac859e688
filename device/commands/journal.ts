import { z } from 'zod'
import { chargeMessage } from '../../core/contract/message.ts'
import type { BoxConfig } from '../config/index.ts'
import type { Request } from '../console/request.ts'
import { formatYuan } from '../till/yuan.ts'
import { answered, refusedBy } from './answered.ts'
import { traceOf } from './trace.ts'
import { EXIT, readArguments, required, UsageError } from './usage.ts'

/** What happened, for people: through the daemon where it runs, else out of its journal. */

export const OPTIONS = {
  config: { type: 'string' },
  lane: { type: 'string' },
  open: { type: 'boolean', default: false },
  limit: { type: 'string', default: '20' },
  json: { type: 'boolean', default: false },
  refund: { type: 'boolean', default: false },
  as: { type: 'string' },
} as const

export const HELP = `tillbridge journal VERB --config FILE: what happened, from the daemon or out of its journal

  list                                   the newest charges, a line each
  show CHARGE                            one charge, to read or to hand on
  export                                 every charge, oldest first, a line of JSON each
  settle CHARGE --as paid|not_paid       a person says how a charge ended that the box asked about
  settle CHARGE --as returned            late money of a charge was given back by hand
  settle REFUND --refund --as returned|refused   the same of a refund

  --config FILE   the box's configuration
  --lane LANE     of one lane
  --open          of list and export: only what has not come to its end
  --limit N       of list: so many, at most 200 (${OPTIONS.limit.default})
  --json          of list and show: for programs
  --refund        what is settled is a refund
  --as WORD       how it ended
`

type Options = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

const EXPORT_PAGE = 200

export interface JournalTools {
  loadConfig(file: string): BoxConfig
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

interface Call {
  readonly config: BoxConfig
  readonly values: Options
  readonly word: string | undefined
  readonly tools: JournalTools
}

const VERBS: ReadonlyMap<string, (call: Call) => Promise<number>> = new Map([
  ['list', list],
  ['show', show],
  ['export', exportAll],
  ['settle', settle],
])

/** Resolves with the exit code. Throws `UsageError`, rejects with the journal's or the console's typed error. */
export async function journal(args: readonly string[], tools: JournalTools): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, ['VERB', '[CHARGE]'])
  const [verb = '', word] = positionals
  const run = VERBS.get(verb)
  if (run === undefined) throw new UsageError(`VERB: expected ${[...VERBS.keys()].join(', ')}`)
  return run({ config: tools.loadConfig(required(values.config, '--config FILE')), values, word, tools })
}

const pageSchema = z.object({
  ok: z.literal(true),
  charges: z.array(chargeMessage),
  unreadable: z.array(z.object({ lane: z.string(), charge_id: z.string() })),
  next: z.number().nullable(),
})
type Page = z.output<typeof pageSchema>

async function list({ config, values, tools }: Call): Promise<number> {
  const limit = Number(values.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) throw new UsageError('--limit: expected a whole number from 1 to 200')
  const page = await pageOf(config, { do: 'list', order: 'newest_first', limit, ...only(values) }, tools)
  if (page === null) return EXIT.failed
  for (const charge of page.charges) {
    const { created_at, lane, charge_id, amount, state, reason = '' } = charge
    const line = [created_at, lane.padEnd(8), charge_id.padEnd(24), formatYuan(amount).padStart(10), state.padEnd(14), reason]
    tools.stdout.write(`${values.json ? JSON.stringify(charge) : line.join('  ').trimEnd()}\n`)
  }
  return page.unreadable.length === 0 ? EXIT.ok : EXIT.failed
}

/** Null where it was refused. That, and which charges cannot be read, is said. */
async function pageOf(config: BoxConfig, request: Request, { stderr }: JournalTools): Promise<Page | null> {
  const answer = await answered(config, request)
  const refused = refusedBy(answer)
  if (refused !== null) {
    stderr.write(refused)
    return null
  }
  const page = pageSchema.parse(answer)
  for (const { lane, charge_id } of page.unreadable)
    stderr.write(`tillbridge: charge ${charge_id} of lane ${lane} cannot be read: the journal is damaged there\n`)
  return page
}

async function show({ config, values, word, tools }: Call): Promise<number> {
  const charge_id = required(word, 'CHARGE')
  const answer = await answered(config, { do: 'show', charge_id, ...only(values) })
  if (values.json || refusedBy(answer) !== null) return print(answer, tools)
  tools.stdout.write(traceOf(answer))
  return EXIT.ok
}

/** Every charge as a line of JSON, oldest first. */
async function exportAll({ config, values, tools }: Call): Promise<number> {
  let isWhole = true
  for (let from: number | null | undefined; from !== null; ) {
    const start = from === undefined ? {} : { from }
    const page = await pageOf(config, { do: 'list', order: 'oldest_first', limit: EXPORT_PAGE, ...start, ...only(values) }, tools)
    if (page === null) return EXIT.failed
    for (const charge of page.charges) tools.stdout.write(`${JSON.stringify(charge)}\n`)
    if (page.unreadable.length > 0) isWhole = false
    from = page.next
  }
  return isWhole ? EXIT.ok : EXIT.failed
}

async function settle({ config, values, word, tools }: Call): Promise<number> {
  const id = required(word, values.refund ? 'REFUND' : 'CHARGE')
  const as = required(values.as, '--as')
  const lane = values.lane ?? config.lanes[0]?.name ?? ''
  const fields = { ...(values.refund ? { refund_id: id } : { charge_id: id }), as }
  return print(await answered(config, { do: 'settle', lane, fields }), tools)
}

function only({ lane, open }: Options): { lane?: string; open?: true } {
  return { ...(lane === undefined ? {} : { lane }), ...(open ? { open } : {}) }
}

function print(answer: unknown, { stdout, stderr }: JournalTools): number {
  const refused = refusedBy(answer)
  if (refused !== null) {
    stderr.write(refused)
    return EXIT.failed
  }
  stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  return EXIT.ok
}
