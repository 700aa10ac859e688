import assert from 'node:assert/strict'
import { Engine, type MerchantConfig, type Outcome, type Settings, seededRandom } from '../../device/emulator/index.ts'

export const MERCHANT = { mchId: '1900000109', appId: 'wx8888888888888888', apiKey: 'emulated-key-of-32-characters-00' }
/** 2026-11-23 12:00:00 in Beijing. */
export const NOON = Date.UTC(2026, 10, 23, 4)

type Fields = Readonly<Record<string, string>>
type World = { readonly seed?: number; readonly sender?: Fields; readonly merchants?: readonly MerchantConfig[] }

/** A merchant's till on a bare engine, in a time that stands still until it is told otherwise. */
export class Shop {
  now = NOON
  readonly engine: Engine
  readonly #sender: Fields

  constructor(settings: Partial<Settings> = {}, { seed = 1, sender = {}, merchants = [MERCHANT] }: World = {}) {
    this.engine = new Engine({ merchants, clock: () => this.now, random: seededRandom(seed), settings })
    this.engine.addCustomer({ name: 'Li', balanceFen: 1_000_000, behaviour: { kind: 'pays', afterMs: 5_000 } })
    this.#sender = { appid: MERCHANT.appId, mch_id: MERCHANT.mchId, ...sender }
  }

  call(path: string, fields: Fields, certificate = true): Outcome {
    return this.engine.call(path, new Map(Object.entries({ ...this.#sender, ...fields })), { certificate })
  }

  ask(path: string, fields: Fields): Record<string, string> {
    const outcome = this.call(path, fields)
    assert.equal(outcome.kind, 'answer')
    return outcome.kind === 'answer' ? Object.fromEntries(outcome.fields) : {}
  }

  submit(outTradeNo: string, fields: Fields = {}): Record<string, string> {
    const rest = { body: 'tea', total_fee: '100', spbill_create_ip: '192.168.1.20' }
    const code = fields['auth_code'] === undefined ? { auth_code: this.engine.issueCode('Li') } : {}
    return this.ask('/pay/micropay', { ...rest, ...code, out_trade_no: outTradeNo, ...fields })
  }

  query(outTradeNo: string): Record<string, string> {
    return this.ask('/pay/orderquery', { out_trade_no: outTradeNo })
  }

  /** What a query says: the `trade_state`, or the `err_code`. */
  state(outTradeNo: string): string | undefined {
    const answer = this.query(outTradeNo)
    return answer['trade_state'] ?? answer['err_code']
  }

  reverse(outTradeNo: string): Record<string, string> {
    return this.ask('/secapi/pay/reverse', { out_trade_no: outTradeNo })
  }

  refund(outTradeNo: string, outRefundNo: string, fen: number, fields: Fields = {}): Record<string, string> {
    const amounts = { total_fee: '100', refund_fee: String(fen) }
    return this.ask('/secapi/pay/refund', { out_trade_no: outTradeNo, out_refund_no: outRefundNo, ...amounts, ...fields })
  }

  /** Submits an order that asks for the password, by a customer who does what is told. */
  submitWithPassword(outTradeNo: string, behaviour: Parameters<Engine['addCustomer']>[0]['behaviour']): Record<string, string> {
    this.engine.addCustomer({ name: outTradeNo, balanceFen: 1_000_000, behaviour })
    return this.submit(outTradeNo, { auth_code: this.engine.issueCode(outTradeNo), total_fee: '50001' })
  }

  netFen(outTradeNo: string): number {
    return this.engine.ledger.netFen(outTradeNo)
  }
}
