import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import { type CounterView, drawCounter, LEAST, type Row, type SaleView } from '../../device/demo/picture.ts'

const CHARGE: ChargeView = {
  charge_id: 'sale-1',
  box: 'counter-1',
  lane: 'main',
  state: 'paid',
  outcome: 'paid',
  final: true,
  amount: 1_234,
  currency: 'CNY',
  out_trade_no: 'A'.repeat(32),
  attempt: 1,
  created_at: '2026-11-23T04:00:00.000Z',
  updated_at: '2026-11-23T04:00:01.000Z',
}

function sale(charge: Partial<ChargeView>, ledgerFen: number, owedFen: number): SaleView {
  return { charge: { ...CHARGE, ...charge }, ledgerFen, owedFen }
}

function view(sales: readonly SaleView[] = []): CounterView {
  const lane = { name: 'main', isCurrent: true, lit: new Set(['green'] as const), pattern: 'idle', presence: 'ready' } as const
  return {
    lanes: [
      { ...lane, charge: sales.at(-1)?.charge },
      { ...lane, name: 'side', isCurrent: false, lit: new Set(), pattern: null, presence: 'offline', charge: undefined },
    ],
    input: '12.3',
    customer: { name: 'good', does: 'shows a code' },
    isGunPlugged: true,
    isNetworkUp: false,
    isOn: true,
    sales,
    bookedFen: sales.reduce((sum, { owedFen }) => sum + owedFen, 0),
    takenFen: sales.reduce((sum, { ledgerFen }) => sum + ledgerFen, 0),
    said: ['main: sale-1 12.34 paid'],
  }
}

const textOf = (rows: readonly Row[]) =>
  rows.map(row =>
    row
      .map(([text]) => text)
      .join('')
      .trimEnd(),
  )

test('whatever the terminal, there are as many rows as it has, and none is wider', () => {
  const sales = Array.from({ length: 40 }, (_, index) => sale({ charge_id: `sale-${index + 1}` }, 1_234, 1_234))
  for (const size of [LEAST, { columns: 80, rows: 24 }, { columns: 200, rows: 70 }]) {
    const rows = textOf(drawCounter(view(sales), size))
    assert.equal(rows.length, size.rows)
    assert.ok(rows.every(row => row.length <= size.columns))
    assert.ok(
      rows.some(row => row.includes('sale-40')),
      'the newest sales are those shown',
    )
  }
})

test('lights, plugs, what is typed and who comes are on it', () => {
  const [, , main, , , side, ...rest] = textOf(drawCounter(view(), { columns: 80, rows: 24 }))
  assert.match(main ?? '', /▸ main +● ○ ○ +green winks/)
  assert.match(side ?? '', /^ +side +○ ○ ○ +dark: no power/)
  assert.match(rest.join('\n'), /amount +12\.3_ +customer ‹ good › shows a code\n u gun plugged in +n network gone +p power on/)
})

test('a sale is marked good only once it is final and the ledger is what the register knows', () => {
  const rows = textOf(
    drawCounter(
      view([
        sale({}, 1_234, 1_234),
        sale({ charge_id: 'sale-2', state: 'reversed', outcome: 'not_paid' }, 500, 0),
        sale({ charge_id: 'sale-3', state: 'reversing', outcome: 'unknown', final: false }, 500, 0),
      ]),
      { columns: 80, rows: 24 },
    ),
  ).join('\n')
  assert.match(rows, /sale-1 +12\.34 +paid +│ +12\.34 {2}✓/)
  assert.match(rows, /sale-2 +12\.34 +reversed +│ +5\.00 {2}✗/)
  assert.match(rows, /sale-3 +12\.34 +reversing +│ +5\.00 {2}…/)
  assert.match(rows, / paid +12\.34 +│ +22\.34 {2}…/)
})
