import { z } from 'zod'
import { DIFFERENCES } from '../../core/bill/compare.ts'
import { dayOf, daysAfter, readDay } from '../../core/bill/day.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig } from '../config/index.ts'
import { formatYuan } from '../till/yuan.ts'
import { answered, refusedBy } from './answered.ts'
import { EXIT, readArguments, required, UsageError } from './usage.ts'

/** The day's bill against the journal and the registers. */

export const OPTIONS = {
  config: { type: 'string' },
  date: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

export const HELP = `tillbridge reconcile --config FILE: a day's bill from WeChat Pay against the journal and what registers were told

  --config FILE       the box's configuration
  --date YYYY-MM-DD   the day, Beijing's (yesterday)
  --json              one JSON object, for programs
`

export interface ReconcileTools {
  loadConfig(file: string): BoxConfig
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

const sums = z.object({ payments: z.int(), taken: z.int(), refunded: z.int(), fees: z.int(), net: z.int() })
const difference = z.object({
  kind: z.enum(Object.keys(DIFFERENCES)),
  lane: z.string(),
  charge_id: z.string(),
  out_trade_no: z.string(),
  out_refund_no: z.string().optional(),
  billed: z.int(),
  held: z.int(),
  state: z.string().nullable(),
  told: z.string().nullable(),
})
const reconciliationSchema = z.object({
  day: z.string(),
  box: z.string(),
  agrees: z.boolean(),
  differences: z.array(difference),
  differences_left_out: z.int(),
  later: z.int(),
  lanes: z.record(z.string(), sums),
  total: sums,
  others: sums,
  covers_day: z.boolean(),
})
type Reconciliation = z.output<typeof reconciliationSchema>

const answerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('compared'), reconciliation: reconciliationSchema }),
  z.object({ outcome: z.enum(['not_yet', 'not_sent', 'no_answer', 'failed']), message: z.string() }),
])

/** Resolves with the exit code. Throws `UsageError`. What keeps it from comparing is no difference, and has codes of its own. */
export async function reconcile(args: readonly string[], tools: ReconcileTools): Promise<number> {
  const { values } = readArguments(args, OPTIONS)
  const config = tools.loadConfig(required(values.config, '--config FILE'))
  const day = values.date === undefined ? daysAfter(dayOf(systemClock.now().wall), -1) : readDay(values.date)
  if (day === null) throw new UsageError('--date: expected a day such as 2026-11-24')
  const answer = await answered(config, { do: 'reconcile', day }).catch((error: unknown) => error)
  const refused = answer instanceof Error ? `tillbridge: ${answer.message}\n` : refusedBy(answer)
  if (refused !== null) {
    tools.stderr.write(refused)
    return EXIT.unavailable
  }
  const ended = answerSchema.parse(answer)
  if (ended.outcome !== 'compared') {
    tools.stderr.write(`tillbridge: ${ended.message} (${ended.outcome})\n`)
    return ended.outcome === 'failed' ? EXIT.unavailable : EXIT.later
  }
  const { reconciliation } = ended
  tools.stdout.write(values.json ? `${JSON.stringify(reconciliation, null, 2)}\n` : textOf(reconciliation))
  return reconciliation.agrees ? EXIT.ok : EXIT.failed
}

function textOf(given: Reconciliation): string {
  const { day, box, differences, differences_left_out: leftOut, later, lanes, total, others } = given
  const rows = [...Object.entries(lanes), ['all', total] as const].map(([name, of]) => sumsLine(name, of))
  const lines = [
    `${day} (Beijing), box ${box}: ${given.agrees ? 'all agree' : counted(differences.length + leftOut)}`,
    '',
    ...differenceLines(differences),
    ...(leftOut === 0 ? [] : [`and ${leftOut} more`, '']),
    heading(),
    ...rows,
    ...(others.payments + others.refunded === 0 ? [] : ['', `other boxes and shops of this merchant: ${othersText(others)}`]),
    ...(given.covers_day ? [] : ['', NOT_COVERED]),
    ...(later === 0 ? [] : ['', `${later} undone after midnight: the next day's bill shows that the money went back`]),
  ]
  return `${lines.join('\n')}\n`
}

/** Those of one kind below what it means and what to do about it. */
function differenceLines(differences: Reconciliation['differences']): string[] {
  return Object.entries(DIFFERENCES).flatMap(([kind, { means, remedy }]) => {
    const found = differences.filter(difference => difference.kind === kind).map(differenceLine)
    return found.length === 0 ? [] : [`${kind}: ${means}`, ...found, `    ${remedy}`, '']
  })
}

function differenceLine({ lane, charge_id, out_trade_no, out_refund_no, ...of }: Reconciliation['differences'][number]): string {
  const where = `bill ${formatYuan(of.billed)}, journal ${formatYuan(of.held)} ${of.state ?? 'not readable'}, told ${of.told ?? 'nothing'}`
  return `  ${lane} ${charge_id} ${out_refund_no ?? out_trade_no}: ${where}`
}

const NOT_COVERED =
  "the journal begins only on that day, or after it: what this box sold before, or a lost journal held, is among the other boxes'"

function counted(differences: number): string {
  return differences === 1 ? '1 difference' : `${differences} differences`
}

const COLUMNS = ['payments', 'taken', 'refunded', 'fees', 'net'] as const

function heading(): string {
  return ['lane'.padEnd(16), ...COLUMNS.map(name => name.padStart(12))].join('')
}

function sumsLine(name: string, of: z.output<typeof sums>): string {
  const cells = COLUMNS.map(column => (column === 'payments' ? String(of.payments) : formatYuan(of[column])).padStart(12))
  return [name.padEnd(16), ...cells].join('')
}

function othersText({ payments, taken, refunded }: z.output<typeof sums>): string {
  return `${payments} payments, ${formatYuan(taken)} taken, ${formatYuan(refunded)} refunded`
}
