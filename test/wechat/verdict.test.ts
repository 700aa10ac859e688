import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FEN_MAX, toFen } from '../../core/money.ts'
import type { RefundRequest } from '../../core/wechat/answer.ts'
import {
  readFound,
  readQuery,
  readRefund,
  readRefundQuery,
  readRefundState,
  readReverse,
  readSubmit,
  type Verdict,
} from '../../core/wechat/verdict.ts'
import { COMMON, type Fields, MERCHANT, ORDER, omit, PAID, QUERIED, signed, unsigned } from './merchant.ts'

const REFUND: RefundRequest = { ...ORDER, outRefundNo: 'TESTORDER0001-R0', refundAmount: toFen(280) }
const DETAILS = {
  transactionId: '4200001234567890123456789012',
  bankType: 'CMB_DEBIT',
  payerAmount: 1_180,
  discount: 100,
  paidAt: '2027-01-01T04:00:00.000Z',
}

const submit = (fields: Fields) => readSubmit(MERCHANT, ORDER, signed(fields))
const query = (fields: Fields) => readQuery(MERCHANT, ORDER, signed(fields))
const reverse = (fields: Fields) => readReverse(MERCHANT, ORDER, signed(fields))
const refund = (fields: Fields) => readRefund(MERCHANT, REFUND, signed(fields))
const refundQuery = (fields: Fields) => readRefundQuery(MERCHANT, ORDER, signed(fields))

/** Every call with a good answer of its own. */
const CALLS: [name: string, read: (body: Uint8Array, merchant?: typeof MERCHANT) => Verdict<object>, good: Fields][] = [
  ['micropay', (body, merchant = MERCHANT) => readSubmit(merchant, ORDER, body), PAID],
  ['orderquery', (body, merchant = MERCHANT) => readQuery(merchant, ORDER, body), QUERIED],
  ['reverse', (body, merchant = MERCHANT) => readReverse(merchant, ORDER, body), { ...COMMON, recall: 'N' }],
  [
    'refund',
    (body, merchant = MERCHANT) => readRefund(merchant, REFUND, body),
    {
      ...COMMON,
      out_trade_no: 'TESTORDER0001',
      out_refund_no: 'TESTORDER0001-R0',
      total_fee: '1280',
      refund_fee: '280',
      refund_id: '5000',
    },
  ],
  [
    'refundquery',
    (body, merchant = MERCHANT) => readRefundQuery(merchant, ORDER, body),
    {
      ...COMMON,
      out_trade_no: 'TESTORDER0001',
      total_fee: '1280',
      refund_count: '1',
      refund_fee_0: '280',
      refund_status_0: 'SUCCESS',
    },
  ],
  [
    'refundquery for one refund',
    (body, merchant = MERCHANT) => readRefundState(merchant, REFUND, body),
    {
      ...COMMON,
      out_trade_no: 'TESTORDER0001',
      total_fee: '1280',
      refund_count: '1',
      out_refund_no_0: 'TESTORDER0001-R0',
      refund_fee_0: '280',
      refund_status_0: 'SUCCESS',
    },
  ],
]

function expectUnknown(verdict: Verdict<object>, why: string, about?: string): void {
  assert.deepEqual(verdict, { kind: 'unknown', why }, about)
}

for (const [name, read, good] of CALLS) {
  test(`${name}: a good answer is believed`, () => assert.equal(read(signed(good)).kind, 'answered'))

  test(`${name}: an answer without its signature, or with another's, is not believed`, () => {
    expectUnknown(read(unsigned(good)), 'signature')
    expectUnknown(read(unsigned({ ...good, sign: '' })), 'signature')
    expectUnknown(read(signed(good, { ...MERCHANT, apiKey: 'other-key' })), 'signature')
    expectUnknown(read(signed(good, { ...MERCHANT, signType: 'MD5' })), 'signature')
  })

  test(`${name}: an answer to another merchant is not believed`, () => {
    expectUnknown(read(signed({ ...good, appid: 'wxother' })), 'app_id')
    expectUnknown(read(signed(omit(good, 'appid'))), 'app_id')
    expectUnknown(read(signed({ ...good, mch_id: '1900000110' })), 'mch_id')
    expectUnknown(read(signed(omit(good, 'mch_id'))), 'mch_id')
    expectUnknown(read(signed({ ...good, sub_mch_id: '1900000111' })), 'mch_id')
  })

  test(`${name}: in service-provider mode the answer names the sub-merchant`, () => {
    const merchant = { ...MERCHANT, subMchId: '1900000111' }
    assert.equal(read(signed({ ...good, sub_mch_id: '1900000111' }), merchant).kind, 'answered')
    expectUnknown(read(signed(good), merchant), 'mch_id')
    expectUnknown(read(signed({ ...good, sub_mch_id: '1900000112' }), merchant), 'mch_id')
  })

  test(`${name}: a failed return_code is never believed, not even a signed one`, () => {
    expectUnknown(read(unsigned({ return_code: 'FAIL', return_msg: 'SYSTEMERROR' })), 'return_code')
    expectUnknown(read(unsigned({ return_code: 'FAIL' })), 'return_code')
    expectUnknown(read(signed({ ...good, return_code: 'FAIL' })), 'return_code')
    expectUnknown(read(signed(omit(good, 'return_code'))), 'return_code')
  })

  test(`${name}: a result that is neither success nor a failure with its code is not believed`, () => {
    expectUnknown(read(signed({ ...good, result_code: 'MAYBE' })), 'incomplete')
    expectUnknown(read(signed(omit(good, 'result_code'))), 'incomplete')
    expectUnknown(read(signed({ ...good, result_code: 'FAIL' })), 'incomplete')
    expectUnknown(read(signed({ ...good, result_code: 'FAIL', err_code: '' })), 'incomplete')
    expectUnknown(read(signed({ ...good, result_code: 'FAIL', err_code: 'x'.repeat(65) })), 'incomplete')
  })

  test(`${name}: a verified failure is a refusal with its code`, () => {
    const answer = { verdict: 'refused', errCode: 'SYSTEMERROR' }
    assert.deepEqual(read(signed({ ...COMMON, result_code: 'FAIL', err_code: 'SYSTEMERROR' })), { kind: 'answered', answer })
  })

  test(`${name}: an answer about another order is not believed, a failure neither`, () => {
    for (const fields of [good, { ...COMMON, result_code: 'FAIL', err_code: 'SYSTEMERROR' }]) {
      expectUnknown(read(signed({ ...fields, out_trade_no: 'TESTORDER0002' })), 'out_trade_no')
      expectUnknown(read(signed({ ...fields, total_fee: '1281' })), 'amount')
      expectUnknown(read(signed({ ...fields, fee_type: 'USD' })), 'currency')
    }
  })

  test(`${name}: changing any byte of a signed answer never changes what is believed`, () => {
    const body = signed(good)
    const truth = read(body)
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(body)
        changed[at] = byte
        const verdict = read(changed)
        if (verdict.kind === 'answered') assert.deepEqual(verdict, truth)
      }),
      { numRuns: 500 },
    )
  })

  test(`${name}: changing, adding or removing any field without the key is noticed`, () => {
    const fields = Object.fromEntries(
      [
        ...signed(good)
          .toString()
          .matchAll(/<(\w+)>([^<]*)<\/\1>/g),
      ].map(([, key = '', value = '']) => [key, value]),
    )
    const names = Object.keys(fields)
    assert.ok(names.length > Object.keys(COMMON).length)
    const forged = fc.oneof(
      fc.record({ name: fc.constantFrom(...names), value: fc.string({ unit: 'binary-ascii', minLength: 1 }) }),
      fc.record({ name: fc.constantFrom('cash_refund_fee', 'openid', 'zz'), value: fc.constant('1') }),
      fc.record({ name: fc.constantFrom(...names), value: fc.constant('') }),
    )
    fc.assert(
      fc.property(forged, ({ name: field, value }) => {
        const verdict = read(unsigned({ ...fields, [field]: value }))
        assert.ok(fields[field] === value || verdict.kind === 'unknown')
      }),
    )
  })

  test(`${name}: no bytes and no signed nonsense make it throw`, () => {
    fc.assert(fc.property(fc.uint8Array(), bytes => void expectUnknown(read(bytes), 'not_xml')))
    const values = fc.dictionary(
      fc.constantFrom(...Object.keys(good), 'err_code', 'recall', 'refund_count'),
      fc.string({ unit: 'grapheme' }),
      {
        noNullPrototype: true,
      },
    )
    fc.assert(fc.property(values, odd => void read(signed({ ...good, ...odd }))))
  })
}

test('an unsigned complaint names what the technician has to look at, and is still no answer', () => {
  const complaints: [message: string, why: string][] = [
    ['签名错误', 'sign_error'],
    ['签名错误，请检查后再试', 'sign_error'],
    ['SIGNERROR', 'sign_error'],
    ['sign error', 'sign_error'],
    ['invalid sign', 'sign_error'],
    ['sign_type参数格式错误', 'return_code'],
    ['design assigned', 'return_code'],
    ['appid不存在', 'app_id'],
    ['商户号mch_id与appid不匹配', 'mch_id'],
    ['mch_id参数格式错误', 'mch_id'],
    ['缺少参数', 'return_code'],
  ]
  for (const [message, why] of complaints) {
    expectUnknown(readQuery(MERCHANT, ORDER, unsigned({ return_code: 'FAIL', return_msg: message })), why, message)
  }
})

test('micropay: a success that names order, amount and transaction is paid', () => {
  assert.deepEqual(submit(PAID), { kind: 'answered', answer: { verdict: 'paid', paid: DETAILS } })
})

test('micropay: a success needs order number, amount and transaction', () => {
  expectUnknown(submit(omit(PAID, 'out_trade_no')), 'out_trade_no')
  expectUnknown(submit(omit(PAID, 'total_fee')), 'amount')
  expectUnknown(submit({ ...PAID, total_fee: '01280' }), 'amount')
  expectUnknown(submit(omit(PAID, 'transaction_id')), 'incomplete')
  expectUnknown(submit({ ...PAID, transaction_id: '' }), 'incomplete')
  assert.equal(submit(omit(PAID, 'fee_type')).kind, 'answered')
})

test('micropay: details that cannot be read are left out of a paid answer', () => {
  const odd = { ...PAID, bank_type: '', cash_fee: '-1', coupon_fee: '1.5', time_end: 'soon' }
  const paid = { transactionId: DETAILS.transactionId }
  assert.deepEqual(submit(odd), { kind: 'answered', answer: { verdict: 'paid', paid } })
  assert.deepEqual(submit({ ...odd, cash_fee: String(FEN_MAX + 1) }), { kind: 'answered', answer: { verdict: 'paid', paid } })
  assert.deepEqual(submit({ ...odd, cash_fee: '1180', cash_fee_type: 'HKD' }), {
    kind: 'answered',
    answer: { verdict: 'paid', paid },
  })
})

test('orderquery: every documented state is told, and only SUCCESS is paid', () => {
  for (const state of ['REFUND', 'NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT']) {
    assert.deepEqual(query({ ...QUERIED, trade_state: state }), { kind: 'answered', answer: { verdict: 'state', state } })
  }
  assert.deepEqual(query(QUERIED), { kind: 'answered', answer: { verdict: 'state', state: 'SUCCESS', paid: DETAILS } })
})

test('orderquery: a state that nobody documented is no answer', () => {
  for (const state of ['', 'success', 'SUCCESS ', 'PAID', 'constructor'])
    expectUnknown(query({ ...QUERIED, trade_state: state }), 'trade_state')
  expectUnknown(query(omit(QUERIED, 'trade_state')), 'trade_state')
})

test('orderquery: every state names the order, and SUCCESS the amount; REFUND is documented without one', () => {
  const unpaid = { ...COMMON, out_trade_no: 'TESTORDER0001', trade_state: 'NOTPAY' }
  assert.equal(query(unpaid).kind, 'answered')
  expectUnknown(query(omit(unpaid, 'out_trade_no')), 'out_trade_no')
  expectUnknown(query({ ...unpaid, total_fee: '1' }), 'amount')
  expectUnknown(query(omit(QUERIED, 'total_fee')), 'amount')
  assert.equal(query({ ...unpaid, trade_state: 'REFUND' }).kind, 'answered')
  expectUnknown(query({ ...unpaid, trade_state: 'REFUND', total_fee: '1' }), 'amount')
  expectUnknown(query(omit(QUERIED, 'transaction_id')), 'incomplete')
})

test('reverse: recall is heeded in success and in failure, and its absence is no answer', () => {
  const failed = { ...COMMON, result_code: 'FAIL', err_code: 'SYSTEMERROR' }
  assert.deepEqual(reverse({ ...COMMON, recall: 'N' }), { kind: 'answered', answer: { verdict: 'done' } })
  assert.deepEqual(reverse({ ...COMMON, recall: 'Y' }), { kind: 'answered', answer: { verdict: 'recall' } })
  assert.deepEqual(reverse({ ...failed, recall: 'Y' }), {
    kind: 'answered',
    answer: { verdict: 'recall', errCode: 'SYSTEMERROR' },
  })
  assert.deepEqual(reverse({ ...failed, recall: 'N' }), {
    kind: 'answered',
    answer: { verdict: 'refused', errCode: 'SYSTEMERROR' },
  })
  expectUnknown(reverse(COMMON), 'incomplete')
})

test('refund: accepted only where both numbers and both amounts are ours', () => {
  const accepted = {
    ...COMMON,
    out_trade_no: 'TESTORDER0001',
    out_refund_no: 'TESTORDER0001-R0',
    total_fee: '1280',
    refund_fee: '280',
  }
  assert.deepEqual(refund(accepted), { kind: 'answered', answer: { verdict: 'accepted' } })
  expectUnknown(refund({ ...accepted, out_refund_no: 'TESTORDER0001-R1' }), 'out_trade_no')
  expectUnknown(refund({ ...accepted, refund_fee: '1280' }), 'amount')
  for (const name of ['out_trade_no', 'out_refund_no']) expectUnknown(refund(omit(accepted, name)), 'out_trade_no')
  for (const name of ['total_fee', 'refund_fee']) expectUnknown(refund(omit(accepted, name)), 'amount')
})

function refunds(...parts: (readonly [fee: string, status: string])[]): Fields {
  const each = parts.flatMap(([fee, status], n) => [[`refund_fee_${n}`, fee] as const, [`refund_status_${n}`, status] as const])
  return {
    ...COMMON,
    out_trade_no: 'TESTORDER0001',
    total_fee: '1280',
    refund_count: String(parts.length),
    ...Object.fromEntries(each),
  }
}

test('refundquery: refunds are summed by what became of them', () => {
  const fields = refunds(['100', 'SUCCESS'], ['80', 'SUCCESS'], ['50', 'PROCESSING'], ['30', 'CHANGE'], ['7', 'REFUNDCLOSE'])
  const answer = { verdict: 'refunds', returned: 180, processing: 50, stuck: 37 }
  assert.deepEqual(refundQuery(fields), { kind: 'answered', answer })
  assert.deepEqual(refundQuery({ ...fields, total_refund_count: '5' }), { kind: 'answered', answer })
})

test('refundquery: all of the amount may be back, and fifty refunds are told of, but no more', () => {
  const whole = { verdict: 'refunds', returned: 1_280, processing: 0, stuck: 0 }
  assert.deepEqual(refundQuery(refunds(['1000', 'SUCCESS'], ['280', 'SUCCESS'])), { kind: 'answered', answer: whole })
  const fifty = Array.from({ length: 50 }, () => ['1', 'SUCCESS'] as const)
  assert.deepEqual(refundQuery(refunds(...fifty)), { kind: 'answered', answer: { ...whole, returned: 50 } })
  expectUnknown(refundQuery(refunds(['1000', 'SUCCESS'], ['281', 'PROCESSING'])), 'amount')
})

test('refundquery: the number of the payment is told where the answer tells it', () => {
  const answer = { verdict: 'refunds', returned: 1, processing: 0, stuck: 0, transactionId: DETAILS.transactionId }
  const fields = { ...refunds(['1', 'SUCCESS']), transaction_id: DETAILS.transactionId }
  assert.deepEqual(refundQuery(fields), { kind: 'answered', answer })
})

test('refundquery: a part of the refunds is no answer', () => {
  const fields = refunds(['100', 'SUCCESS'], ['80', 'SUCCESS'])
  expectUnknown(refundQuery({ ...fields, total_refund_count: '3' }), 'incomplete')
  expectUnknown(refundQuery({ ...fields, refund_count: '3' }), 'incomplete')
  for (const count of ['0', '-1', '1.0', '51', '', 'all'])
    expectUnknown(refundQuery({ ...fields, refund_count: count }), 'incomplete')
  expectUnknown(refundQuery(refunds(...Array.from({ length: 51 }, () => ['1', 'SUCCESS'] as const))), 'incomplete')
  expectUnknown(refundQuery(refunds(['100', 'LOST'])), 'incomplete')
  expectUnknown(refundQuery(refunds(['1e2', 'SUCCESS'])), 'incomplete')
  expectUnknown(refundQuery(omit(fields, 'refund_fee_1')), 'incomplete')
})

test('refundquery: more cannot come back than was paid', () => {
  expectUnknown(refundQuery(refunds(['1200', 'SUCCESS'], ['81', 'PROCESSING'])), 'amount')
  expectUnknown(refundQuery(refunds([String(FEN_MAX), 'CHANGE'], ['1', 'CHANGE'])), 'amount')
  expectUnknown(refundQuery(omit(refunds(['1', 'SUCCESS']), 'out_trade_no')), 'out_trade_no')
  expectUnknown(refundQuery(omit(refunds(['1', 'SUCCESS']), 'total_fee')), 'amount')
})

const REQUEST = { ...ORDER, outRefundNo: 'REFUND-2', refundAmount: toFen(80) }

/** What is told of several refunds of the order, by number, amount and status. */
function told(...parts: (readonly [number: string, fee: string, status: string])[]): Fields {
  const numbers = parts.map(([number], n) => [`out_refund_no_${n}`, number] as const)
  return { ...refunds(...parts.map(([, fee, status]) => [fee, status] as const)), ...Object.fromEntries(numbers) }
}

function refundState(fields: Fields) {
  return readRefundState(MERCHANT, REQUEST, signed(fields))
}

test('refundquery for one refund: what became of this very refund, alone or among others', () => {
  const statuses = [
    ['SUCCESS', 'returned'],
    ['PROCESSING', 'processing'],
    ['REFUNDCLOSE', 'closed'],
    ['CHANGE', 'stuck'],
  ] as const
  for (const [said, status] of statuses) {
    const answer = { verdict: 'refund', status }
    assert.deepEqual(refundState(told(['REFUND-2', '80', said])), { kind: 'answered', answer })
    const among = told(['REFUND-1', '100', 'CHANGE'], ['REFUND-2', '80', said], ['REFUND-3', '7', 'SUCCESS'])
    assert.deepEqual(refundState(among), { kind: 'answered', answer })
    assert.deepEqual(refundState({ ...told(['REFUND-2', '80', said]), total_refund_count: '3' }), { kind: 'answered', answer })
  }
})

test('refundquery for one refund: another refund, another amount, another order, twice or none at all is no answer', () => {
  const good = told(['REFUND-2', '80', 'SUCCESS'])
  expectUnknown(refundState(told(['REFUND-1', '80', 'SUCCESS'])), 'out_trade_no')
  expectUnknown(refundState(told(['REFUND-2', '80', 'SUCCESS'], ['REFUND-2', '80', 'SUCCESS'])), 'out_trade_no')
  expectUnknown(refundState(omit(good, 'out_refund_no_0')), 'out_trade_no')
  for (const fee of ['81', '080', '80.0', '']) expectUnknown(refundState(told(['REFUND-2', fee, 'SUCCESS'])), 'amount')
  expectUnknown(refundState({ ...good, out_trade_no: 'OTHERORDER0001' }), 'out_trade_no')
  expectUnknown(refundState({ ...good, total_fee: '1281' }), 'amount')
  expectUnknown(refundState(omit(good, 'out_trade_no')), 'out_trade_no')
  expectUnknown(refundState(omit(good, 'total_fee')), 'amount')
  for (const status of ['', 'success', 'LOST']) expectUnknown(refundState(told(['REFUND-2', '80', status])), 'incomplete')
  for (const count of ['0', '51', '', 'all']) expectUnknown(refundState({ ...good, refund_count: count }), 'incomplete')
})

test('refundquery for one refund: that there is none is told', () => {
  const none = { ...COMMON, result_code: 'FAIL', err_code: 'REFUNDNOTEXIST' }
  assert.deepEqual(refundState(none), { kind: 'answered', answer: { verdict: 'refused', errCode: 'REFUNDNOTEXIST' } })
})

test('of an order of which only the number is known, WeChat Pay says the amount; everything else is held to it as ever', () => {
  const find = (fields: Fields) => readFound(MERCHANT, ORDER.outTradeNo, signed(fields))
  const { kind, ...found } = find(QUERIED)
  assert.ok(kind === 'answered' && 'answer' in found && found.answer.verdict === 'state' && found.answer.state === 'SUCCESS')
  assert.equal(found.answer.amount, ORDER.amount)
  const least = find({ ...QUERIED, total_fee: '1', cash_fee: '1' })
  assert.ok(least.kind === 'answered', 'one fen is an amount')
  const cases: readonly (readonly [Fields, string])[] = [
    [{ ...QUERIED, out_trade_no: 'ANOTHER-ORDER' }, 'out_trade_no'],
    [{ ...QUERIED, out_trade_no: '' }, 'out_trade_no'],
    [{ ...QUERIED, total_fee: '' }, 'amount'],
    [{ ...QUERIED, total_fee: '0' }, 'amount'],
    [{ ...QUERIED, total_fee: '12.80' }, 'amount'],
    [{ ...QUERIED, fee_type: 'USD' }, 'currency'],
    [{ ...QUERIED, mch_id: '1900000999' }, 'mch_id'],
    [{ ...QUERIED, trade_state: 'NEW' }, 'trade_state'],
  ]
  for (const [fields, why] of cases) assert.deepEqual(find(fields), { kind: 'unknown', why }, JSON.stringify(fields))
})
