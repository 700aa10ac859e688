import type { ChargeView } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Colour } from '../../core/indicator/patterns.ts'
import { formatYuan } from '../till/yuan.ts'
import { describeAdvice, describeCharge, LIGHTS } from './wording.ts'

/** The counter as rows of text: what is drawn is a pure matter of what is known. */

export type Style = 'plain' | 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'reverse'
/** A piece of a row. */
export type Piece = readonly [text: string, style?: Style]
export type Row = readonly Piece[]

export interface LaneView {
  readonly name: string
  readonly isCurrent: boolean
  readonly lit: ReadonlySet<Colour>
  /** Null where the box has no power. */
  readonly pattern: PatternName | null
  readonly presence: string
  /** The last one that the register was told of. */
  readonly charge: ChargeView | undefined
}

export interface SaleView {
  readonly charge: ChargeView
  /** What it has cost its customer, and what it has to have cost as far as the register knows, in fen. */
  readonly ledgerFen: number
  readonly owedFen: number
}

export interface CounterView {
  readonly lanes: readonly LaneView[]
  readonly input: string
  readonly customer: { readonly name: string; readonly does: string }
  readonly isGunPlugged: boolean
  readonly isNetworkUp: boolean
  readonly isOn: boolean
  readonly sales: readonly SaleView[]
  readonly bookedFen: number
  readonly takenFen: number
  /** What was said, oldest first. */
  readonly said: readonly string[]
}

/** The smallest terminal that the counter is drawn on. */
export const LEAST = { columns: 64, rows: 20 } as const

/** What stays the same whatever is sold: all rows but those of the sales and of what was said. */
const FIXED_ROWS = 15
const SAID_ROWS = 4

/** As many rows as the terminal has, none wider than it. */
export function drawCounter(view: CounterView, size: { readonly columns: number; readonly rows: number }): Row[] {
  const free = Math.max(0, size.rows - FIXED_ROWS)
  const saidRows = Math.min(SAID_ROWS, Math.floor(free / 2))
  const rows: Row[] = [
    [
      [' tillbridge', 'bold'],
      ['   a real box; what stands around it is simulated in this process', 'dim'],
    ],
    [],
    ...view.lanes.flatMap(lane => drawLane(lane)),
    drawInput(view),
    drawPlugs(view),
    [],
    ...drawBook(view, free - saidRows),
    [],
    ...filled(
      view.said.slice(-saidRows).map((line): Row => [[` ${line}`, 'dim']]),
      saidRows,
    ),
    drawHelp(),
  ]
  return rows.map(row => clip(row, size.columns))
}

const LAMPS: readonly [Colour, Style, lit: string, dark: string][] = [
  ['green', 'green', '●', '○'],
  ['amber', 'yellow', '●', '○'],
  ['red', 'red', '●', '○'],
  ['buzzer', 'bold', '♪', ' '],
]

function drawLane({ name, isCurrent, lit, pattern, presence, charge }: LaneView): Row[] {
  const lamps = LAMPS.flatMap(([colour, style, on, off]): Piece[] => [lit.has(colour) ? [on, style] : [off, 'dim'], [' ']])
  return [
    [
      [isCurrent ? ' ▸ ' : '   ', 'bold'],
      [name.padEnd(7), isCurrent ? 'bold' : 'plain'],
      ...lamps,
      [` ${pattern === null ? 'dark: no power' : LIGHTS[pattern]}`],
    ],
    [['          '], ...drawPresence(presence), [charge === undefined ? '' : describeCharge(charge), styleOf(charge)]],
    [[charge === undefined ? '' : `          ${describeAdvice(charge)}`]],
  ]
}

function drawPresence(presence: string): Piece[] {
  return presence === 'ready' ? [['ready  ', 'dim']] : [[presence, 'red'], ['  ']]
}

function styleOf(charge: ChargeView | undefined): Style {
  if (charge === undefined) return 'plain'
  if (charge.outcome === 'paid') return 'green'
  return charge.outcome === 'not_paid' ? 'red' : 'yellow'
}

function drawInput({ input, customer }: CounterView): Row {
  return [
    [' amount '],
    [` ${input}_`.padEnd(21), 'reverse'],
    ['   customer '],
    [`‹ ${customer.name} ›`, 'bold'],
    [` ${customer.does}`],
  ]
}

function drawPlugs({ isGunPlugged, isNetworkUp, isOn }: CounterView): Row {
  const plug = (key: string, name: string, isIn: boolean, good: string, bad: string): Piece[] => [
    [` ${key} `, 'bold'],
    [`${name} `],
    [isIn ? good : bad, isIn ? 'green' : 'red'],
    ['   '],
  ]
  return [
    ...plug('u', 'gun', isGunPlugged, 'plugged in', 'unplugged'),
    ...plug('n', 'network', isNetworkUp, 'up', 'gone'),
    ...plug('p', 'power', isOn, 'on', 'cut'),
  ]
}

const NAME = 10
const AMOUNT = 11
const STATE = 16

/** The last sales, and the sums of all. */
function drawBook({ sales, bookedFen, takenFen }: CounterView, rows: number): Row[] {
  const mark = (isSame: boolean): Piece => (isSame ? ['  ✓', 'green'] : ['  ✗', 'red'])
  const lines = sales.slice(-Math.max(1, rows)).map(({ charge, ledgerFen, owedFen }): Row => {
    const { charge_id, amount, state, final } = charge
    return [
      [` ${charge_id.padEnd(NAME)}`],
      [formatYuan(amount).padStart(AMOUNT)],
      [`  ${state.padEnd(STATE)}`, styleOf(charge)],
      ['│', 'dim'],
      [formatYuan(ledgerFen).padStart(AMOUNT)],
      final ? mark(ledgerFen === owedFen) : ['  …', 'dim'],
    ]
  })
  const isSettled = sales.every(({ charge }) => charge.final)
  return [
    [
      [' the register knows'.padEnd(1 + NAME + AMOUNT + 2 + STATE), 'dim'],
      ['│', 'dim'],
      [" WeChat Pay's ledger", 'dim'],
    ],
    ...filled(lines, rows),
    [
      [` ${'paid'.padEnd(NAME)}`, 'bold'],
      [formatYuan(bookedFen).padStart(AMOUNT), 'bold'],
      [' '.repeat(2 + STATE)],
      ['│', 'dim'],
      [formatYuan(takenFen).padStart(AMOUNT), 'bold'],
      isSettled ? mark(bookedFen === takenFen) : ['  …', 'dim'],
    ],
  ]
}

const KEYS = [
  ['0-9', 'amount'],
  ['Enter', 'charge'],
  ['Space', 'scan'],
  ['←→', 'customer'],
  ['Tab', 'lane'],
  ['c', 'cancel'],
  ['q', 'quit'],
] as const

function drawHelp(): Row {
  return KEYS.flatMap(([key, what]): Piece[] => [[` ${key}`, 'bold'], [` ${what} `]])
}

function filled(rows: readonly Row[], length: number): Row[] {
  return [...rows, ...Array.from({ length: Math.max(0, length - rows.length) }, (): Row => [])]
}

/** Cuts a row where the terminal ends. Every character drawn here is one column wide. */
function clip(row: Row, columns: number): Row {
  let left = columns
  return row.flatMap(([text, style]): Piece[] => {
    const shown = [...text].slice(0, left).join('')
    left -= [...shown].length
    return shown === '' ? [] : [[shown, style ?? 'plain']]
  })
}
