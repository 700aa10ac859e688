import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDay } from '../core/bill/day.ts'
import type { Ledger } from '../core/ports.ts'
import { reconcile } from '../device/reconcile.ts'

const DAY = readDay('2026-11-23') ?? assert.fail()
const LATER = Date.UTC(2026, 10, 25)

const TITLES = ['交易时间', '商户订单号', '交易状态', '订单金额', '商户退款单号', '退款金额', '退款状态', '商品名称', '手续费']
const SALE = '`2026-11-23 12:00:00,`ELSEWHERE,`SUCCESS,`1.00,`0,`0.00,`,`tea,`0.01000'

const EMPTY: Ledger = {
  knownOf: async () => [],
  ordersOf: async () => [],
  movedIn: async () => [],
  beginsAt: async () => null,
  sums: async () => [],
}

async function compare(counted: number) {
  const lines = [TITLES.join(','), SALE, SALE, '总交易单数,订单总金额', `\`${counted}.0,\`2.00`]
  return reconcile(DAY, {
    box: 'counter-1',
    merchant: 'wx0123456789abcdef|1900000109|',
    hasRegisters: true,
    bills: {
      fetch: async () => ({
        kind: 'bill',
        lines: (async function* () {
          yield lines
        })(),
      }),
    },
    ledger: EMPTY,
    clock: { now: () => ({ mono: 0, wall: LATER }), after: () => assert.fail() },
  })
}

test('a bill that has not the rows that it counts is compared with nothing: what it lost would be told as missing', async () => {
  const whole = await compare(2)
  assert.equal(whole.outcome, 'compared')
  const short = await compare(3)
  assert.ok(short.outcome === 'failed')
  assert.match(short.message, /expected as many rows as its sums count \(3\.0\), and it has 2/)
})
