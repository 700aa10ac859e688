import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availability, billDate, dayOf, daysAfter, readDay, startOf } from '../../core/bill/day.ts'
import { BEGIN, type BillLine, type Reader, readLine } from '../../core/bill/read.ts'
import { readFen, readYuan, toNearestFen } from '../../core/bill/yuan.ts'

/** The columns of today, and those of merchants from before. Source: WeChat Pay APIv2, downloadbill. */
const TITLES_27 =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const TITLES_24 =
  '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,微信退款单号,商户退款单号,退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率'
/** The sums at its end, of which the first counts. */
function sums(count: string): [titles: string, values: string] {
  return [
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额',
    `\`${count},\`1.00,\`0.00,\`0.00,\`0.01000,\`1.00,\`0.00`,
  ]
}

function row(titles: string, cells: Readonly<Record<string, string>>): string {
  return titles
    .split(',')
    .map(title => `\`${cells[title] ?? '0'}`)
    .join(',')
}

const PAID = {
  商户订单号: 'ORDER-1',
  交易状态: 'SUCCESS',
  应结订单金额: '1.20',
  订单金额: '1.23',
  总金额: '1.23',
  手续费: '0.01000',
}
const REFUND = {
  ...PAID,
  交易状态: 'REFUND',
  商户退款单号: 'BACK-1',
  退款金额: '0.30',
  申请退款金额: '0.40',
  退款状态: 'SUCCESS',
  手续费: '-0.00200',
}

function read(...texts: string[]): { lines: BillLine[]; reader: Reader } {
  const lines: BillLine[] = []
  let reader = BEGIN
  for (const text of texts) {
    const on = readLine(reader, text)
    reader = on.reader
    if (on.line !== null) lines.push(on.line)
  }
  return { lines, reader }
}

test('a bill of 27 columns is read by its titles: what was paid, what was asked back, and the fee of each', () => {
  const { lines, reader } = read(`\uFEFF${TITLES_27}`, row(TITLES_27, PAID), row(TITLES_27, REFUND), ...sums('2.0'))
  assert.deepEqual(lines, [
    { way: 'paid', outTradeNo: 'ORDER-1', outRefundNo: null, amount: 123, feeFine: 1_000 },
    { way: 'refunded', outTradeNo: 'ORDER-1', outRefundNo: 'BACK-1', amount: 40, feeFine: -200 },
  ])
  assert.deepEqual(reader, { at: 'end' })
})

test('a bill of 24 columns has other titles for the same, and any order of columns will do', () => {
  const turned = TITLES_24.split(',').slice(1).reverse().join(',')
  for (const titles of [TITLES_24, `交易时间,${turned}`]) {
    const { lines } = read(titles, row(titles, PAID), row(titles, REFUND), ...sums('2'))
    assert.deepEqual(
      lines.map(({ way, amount }) => [way, amount]),
      [
        ['paid', 123],
        ['refunded', 30],
      ],
    )
  }
})

test('a reversed payment is money that went back', () => {
  const { lines } = read(TITLES_27, row(TITLES_27, { ...REFUND, 交易状态: 'REVOKED', 申请退款金额: '1.23' }), ...sums('1'))
  assert.deepEqual(
    lines.map(({ way, outRefundNo, amount }) => [way, outRefundNo, amount]),
    [['reversed', null, 123]],
  )
})

for (const goods of ['tea, green', 'tea,`green`,`', 'tea\ngreen', '`']) {
  test(`goods named ${JSON.stringify(goods)} do not shift the fee`, () => {
    const text = row(TITLES_27, { ...PAID, 商品名称: goods })
    const { lines, reader } = read(TITLES_27, ...text.split('\n'), ...sums('1'))
    assert.deepEqual(
      lines.map(({ amount, feeFine }) => [amount, feeFine]),
      [[123, 1_000]],
    )
    assert.equal(reader.at, 'end')
  })
}

test('a refund that failed moved nothing', () => {
  assert.deepEqual(read(TITLES_27, row(TITLES_27, { ...REFUND, 退款状态: 'FAIL' }), ...sums('1')).lines, [])
})

for (const [what, texts] of [
  ['a page', ['<html>']],
  ['nothing', []],
  ['titles without the order number', [TITLES_27.replace('商户订单号,', '')]],
  ['a state that nobody knows', [TITLES_27, row(TITLES_27, { ...PAID, 交易状态: 'MAYBE' }), ...sums('1')]],
  ['an amount that is none', [TITLES_27, row(TITLES_27, { ...PAID, 订单金额: '1,23' }), ...sums('1')]],
  ['a part of a fen', [TITLES_27, row(TITLES_27, { ...PAID, 订单金额: '1.23456' }), ...sums('1')]],
  ['a row that is too short', [TITLES_27, '`1,`2', ...sums('1')]],
  ['no sums', [TITLES_27, row(TITLES_27, PAID)]],
  ['sums without values', [TITLES_27, row(TITLES_27, PAID), sums('1')[0]]],
  ['something after the sums', [TITLES_27, row(TITLES_27, PAID), ...sums('1'), row(TITLES_27, PAID)]],
  ['an endless row', [TITLES_27, row(TITLES_27, PAID), 'x'.repeat(20_000)]],
] as const) {
  test(`${what} is no bill, and not half of one`, () => {
    assert.notEqual(read(...texts).reader.at, 'end')
  })
}

test('a bill that has lost rows on its way is no bill: it has as many as it counts, with what went back or without', () => {
  const rows = [row(TITLES_27, PAID), row(TITLES_27, PAID), row(TITLES_27, REFUND)]
  for (const [count, at] of [
    ['3', 'end'],
    ['3.0', 'end'],
    ['2', 'end'], // payments alone
    ['4', 'flawed'],
    ['1', 'flawed'],
    ['3.5', 'flawed'],
    ['', 'flawed'],
    ['three', 'flawed'],
  ] as const)
    assert.equal(read(TITLES_27, ...rows, ...sums(count)).reader.at, at, count)
  assert.equal(read(TITLES_27, ...sums('0')).reader.at, 'end')
})

test('yuan become whole numbers without a detour over fractions', () => {
  assert.deepEqual(['1.23', '0.1', '7', '999999999.99', '0.07000'].map(readFen), [123, 10, 700, 99_999_999_999, 7])
  assert.deepEqual(['', '1.', '.5', '-1.00', '1.234', '1e3', '0x1', ' 1', '١.٢'].map(readFen), Array(9).fill(null))
  assert.deepEqual(['-0.02000', '0.00001', '1.5'].map(readYuan), [-2_000, 1, 150_000])
  assert.deepEqual([1_499, 1_500, -1_499, -1_500, 0].map(toNearestFen), [1, 2, -1, -2, 0])
})

test('a day is a day in Beijing', () => {
  assert.equal(dayOf(Date.UTC(2026, 10, 23, 15, 59, 59, 999)), '2026-11-23')
  assert.equal(dayOf(Date.UTC(2026, 10, 23, 16)), '2026-11-24')
  const day = readDay('2026-02-28') ?? assert.fail()
  assert.deepEqual(
    [startOf(day), daysAfter(day, 1), daysAfter(day, -59), billDate(day)],
    [Date.UTC(2026, 1, 27, 16), '2026-03-01', '2025-12-31', '20260228'],
  )
  for (const text of ['2026-02-29', '2026-2-28', '20260228', '2026-02-28 ', '', 'yesterday'])
    assert.equal(readDay(text), null, text)
})

test('a bill is there from ten the next morning, for three months', () => {
  const day = readDay('2026-11-23') ?? assert.fail()
  const ten = Date.UTC(2026, 10, 24, 2)
  assert.equal(availability(day, ten - 1), 'not_yet')
  assert.equal(availability(day, ten), 'there')
  assert.equal(availability(day, ten + 88 * 86_400_000), 'there')
  assert.equal(availability(day, ten + 90 * 86_400_000), 'too_old')
})
