import fc from 'fast-check'
import {
  readQuery,
  readRefund,
  readRefundQuery,
  readRefundState,
  readReverse,
  readSubmit,
  type Verdict,
} from '../../core/wechat/verdict.ts'
import { isSigned } from '../../device/emulator/signature.ts'
import { readXml } from '../../device/emulator/xml.ts'
import { COMMON, type Fields, MERCHANT, ORDER, PAID, QUERIED, signed, unsigned } from '../wechat/merchant.ts'
import { demand, type Subject } from './subject.ts'

const REFUND = { outTradeNo: ORDER.outTradeNo, outRefundNo: 'TESTREFUND0001', amount: ORDER.amount, refundAmount: ORDER.amount }
const names = fc.constantFrom(
  ...Object.keys(QUERIED),
  'recall',
  'err_code',
  'refund_fee',
  'refund_count',
  'out_refund_no_0',
  'refund_fee_0',
  'refund_status_0',
  '__proto__',
  'constructor',
)
const words = fc.oneof(
  fc.constantFrom(
    '',
    'SUCCESS',
    'FAIL',
    'Y',
    'N',
    'CLOSED',
    'REVOKED',
    'USERPAYING',
    'ORDERNOTEXIST',
    '1280',
    '1281',
    '0',
    '-1',
    '1e3',
    '9'.repeat(30),
    ']]>',
    '&lt;',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
)

const fields: fc.Arbitrary<Fields> = fc
  .tuple(
    fc.constantFrom(COMMON, PAID, QUERIED, { ...COMMON, result_code: 'FAIL', err_code: 'NOTENOUGH' }),
    fc.array(fc.tuple(names, fc.option(words)), { maxLength: 4 }),
  )
  .map(([base, changes]) => {
    const all = new Map(Object.entries(base))
    for (const [name, word] of changes) {
      if (word === null) all.delete(name)
      else all.set(name, word)
    }
    return Object.fromEntries(all)
  })

const OTHER = { ...MERCHANT, apiKey: 'another-key-another-key-another0' }
const whole = fc.tuple(fields, fc.constantFrom('right', 'right', 'wrong', 'none')).map(([of, sign]): Uint8Array => {
  return sign === 'none' ? unsigned(of) : signed(of, sign === 'right' ? MERCHANT : OTHER)
})

/** An answer with a few of its bytes changed, cut or put in. */
const broken = fc
  .tuple(
    whole,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('set', 'cut', 'put'),
        fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.constant(Buffer.from('<!DOCTYPE x [<!ENTITY a "b">]>'))),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([body, changes]) => {
    let bytes = Buffer.from(body)
    for (const [at, how, given] of changes) {
      const place = at % (bytes.length + 1)
      const rest = bytes.subarray(how === 'put' ? place : place + given.length)
      bytes = Buffer.concat([bytes.subarray(0, place), how === 'cut' ? Buffer.alloc(0) : given, rest])
    }
    return bytes
  })

type Reader = (body: Uint8Array) => Verdict<object>

const READERS: readonly Reader[] = [
  (body: Uint8Array) => readSubmit(MERCHANT, ORDER, body),
  (body: Uint8Array) => readQuery(MERCHANT, ORDER, body),
  (body: Uint8Array) => readReverse(MERCHANT, ORDER, body),
  (body: Uint8Array) => readRefund(MERCHANT, REFUND, body),
  (body: Uint8Array) => readRefundQuery(MERCHANT, ORDER, body),
  (body: Uint8Array) => readRefundState(MERCHANT, REFUND, body),
]

/** Bodies that come from the gateway's address, through XML, signature and meaning; the emulator's own reading is the second opinion. */
export function answers(readers: readonly Reader[] = READERS): Subject<Uint8Array> {
  return {
    name: 'gateway answers',
    inputs: fc.oneof(
      { weight: 3, arbitrary: whole },
      { weight: 3, arbitrary: broken },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    ),
    feed: body => {
      for (const read of readers) {
        const verdict = read(body)
        demand(!JSON.stringify(verdict).includes(MERCHANT.apiKey), 'a verdict holds no key')
        if (verdict.kind === 'unknown') continue
        const seen = readXml(Buffer.from(body).toString('utf8'))
        demand(seen !== undefined, 'what is believed is XML to others too')
        demand(isSigned(seen, MERCHANT.apiKey, MERCHANT.signType), 'what is believed is signed')
        demand(
          seen.get('appid') === MERCHANT.appId && seen.get('mch_id') === MERCHANT.mchId,
          'what is believed is for this merchant',
        )
        if (!('paid' in verdict.answer)) continue
        demand(
          seen.get('out_trade_no') === ORDER.outTradeNo && seen.get('total_fee') === String(ORDER.amount),
          'what is paid is this order, whole',
        )
      }
    },
  }
}
