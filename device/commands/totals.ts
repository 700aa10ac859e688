import { z } from 'zod'
import { type BillDay, dayOf, daysAfter, readDay } from '../../core/bill/day.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig } from '../config/index.ts'
import { formatYuan } from '../till/yuan.ts'
import { answered, refusedBy } from './answered.ts'
import { EXIT, readArguments, required, UsageError } from './usage.ts'

/** What the journal has taken and refunded, by day and lane. */

export const OPTIONS = {
  config: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

export const HELP = `tillbridge totals --config FILE: what was taken and refunded, by day and lane

  --config FILE       the box's configuration
  --from YYYY-MM-DD   the first day, Beijing's (of the week that ends with --to)
  --to YYYY-MM-DD     the last day (today)
  --json              one JSON object, for programs
`

/** Without `--from`: the week that ends with `--to`. */
const DAYS = 7

export interface TotalsTools {
  loadConfig(file: string): BoxConfig
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

const answerSchema = z.object({
  totals: z.array(
    z.object({
      day: z.string(),
      lane: z.string(),
      payments: z.int(),
      taken: z.int(),
      refunds: z.int(),
      refunded: z.int(),
      net: z.int(),
    }),
  ),
})
type Totals = z.output<typeof answerSchema>['totals'][number]

/** Resolves with the exit code. Throws `UsageError`, rejects with the journal's or the console's typed error. */
export async function totals(args: readonly string[], tools: TotalsTools): Promise<number> {
  const { values } = readArguments(args, OPTIONS)
  const config = tools.loadConfig(required(values.config, '--config FILE'))
  const to = dayGiven('--to', values.to) ?? dayOf(systemClock.now().wall)
  const from = dayGiven('--from', values.from) ?? daysAfter(to, 1 - DAYS)
  const answer = await answered(config, { do: 'totals', from, to })
  const refused = refusedBy(answer)
  if (refused !== null) {
    tools.stderr.write(refused)
    return EXIT.failed
  }
  const rows = answerSchema.parse(answer).totals
  const lines = values.json ? rows.map(row => JSON.stringify(row)) : [heading(), ...rows.map(line), ...sumLine(rows)]
  tools.stdout.write(lines.map(text => `${text}\n`).join(''))
  return EXIT.ok
}

function dayGiven(option: string, text: string | undefined): BillDay | null {
  if (text === undefined) return null
  const day = readDay(text)
  if (day === null) throw new UsageError(`${option}: expected a day such as 2026-11-24`)
  return day
}

function heading(): string {
  return cells('day', 'lane', ['payments', 'taken', 'refunds', 'refunded', 'net'])
}

function line({ day, lane, payments, taken, refunds, refunded, net }: Totals): string {
  return cells(day, lane, [String(payments), formatYuan(taken), String(refunds), formatYuan(refunded), formatYuan(net)])
}

/** One line for all, where there is more than one. */
function sumLine(rows: readonly Totals[]): string[] {
  if (rows.length < 2) return []
  const sum = (column: 'payments' | 'taken' | 'refunds' | 'refunded' | 'net') => rows.reduce((all, row) => all + row[column], 0)
  const [taken, refunded] = [sum('taken'), sum('refunded')]
  return [line({ day: 'all', lane: '', payments: sum('payments'), taken, refunds: sum('refunds'), refunded, net: sum('net') })]
}

function cells(day: string, lane: string, rest: readonly string[]): string {
  return [day.padEnd(12), lane.padEnd(16), ...rest.map(cell => cell.padStart(12))].join('')
}
