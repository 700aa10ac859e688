import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHARGE_STATES } from '../../core/charge.ts'
import { CODE_KINDS } from '../../core/code/kind.ts'
import { VERBS } from '../../core/contract/command.ts'
import { ERROR_CODES } from '../../core/contract/error-code.ts'
import {
  chargeMessage,
  eventMessage,
  latePaymentMessage,
  refundMessage,
  refusalMessage,
  SCAN_REASONS,
  scanMessage,
  stateMessage,
  statusMessage,
} from '../../core/contract/message.ts'
import { ADVICE_CODES, REASONS } from '../../core/contract/reason.ts'
import { COMMAND_SCHEMAS } from '../../core/contract/schema.ts'
import { REFUND_STATES } from '../../core/refund/refund.ts'

/** What was promised with contract 1, written down once more: a word or a field may be added, and none may go or change its name. */
const PROMISED: Readonly<Record<string, readonly [has: readonly string[], promised: string]>> = {
  verbs: [VERBS, 'charge cancel lookup events refund scan'],
  states: [
    CHARGE_STATES,
    'awaiting_scan submitting awaiting_payer confirming reversing paid declined reversed cancelled expired',
  ],
  'states of a refund': [REFUND_STATES, 'accepted processing returned refused needs_person'],
  reasons: [
    REASONS,
    `insufficient_funds code_expired code_invalid payer_cancelled payer_timeout card_not_supported wallet_not_supported
    bank_unavailable not_permitted misconfigured gateway_unreachable no_answer no_scan cancelled_by_register power_loss box_restarted
    refund_refused`,
  ],
  advice: [ADVICE_CODES, 'none scan_again other_wallet wait do_not_rescan take_other_payment pay_back_by_hand call_technician'],
  'error codes': [
    ERROR_CODES,
    'invalid conflict busy stale already_final unknown_charge not_ready forbidden unsupported storage too_many internal',
  ],
  'kinds of a code': [CODE_KINDS, 'goods alipay unionpay wechat url noise'],
  'reasons of a scan': [SCAN_REASONS, 'goods wallet_not_supported not_a_code no_open_charge lane_busy sent_before too_old'],
  'fields of a charge': [
    Object.keys(chargeMessage.unwrap().shape),
    `charge_id box lane state outcome final amount currency out_trade_no attempt transaction_id reason advice_code advice gateway_code
    refusals cancel_requested wallet bank_type payer_amount discount paid_at refunded refunding metadata durable created_at updated_at`,
  ],
  'fields of a refusal': [Object.keys(refusalMessage.unwrap().shape), 'attempt out_trade_no reason gateway_code advice_code at'],
  'fields of a refund': [
    Object.keys(refundMessage.unwrap().shape),
    'refund_id charge_id amount state out_refund_no reason created_at updated_at',
  ],
  'fields of an event': [Object.keys(eventMessage.unwrap().shape), 'stream seq event_id type at charge refund late_payment'],
  'types of an event': [eventMessage.unwrap().shape.type.options, 'charge refund late_payment'],
  'fields of late money': [
    Object.keys(latePaymentMessage.unwrap().shape),
    'out_trade_no transaction_id amount returned returned_at',
  ],
  'fields of a status': [
    Object.keys(statusMessage.unwrap().shape),
    'state ready lanes warnings contract version stream started_at',
  ],
  "fields of a lane's state": [Object.keys(stateMessage.unwrap().shape), 'state charge last ready not_ready undoing stream seq'],
  'fields of a scan': [Object.keys(scanMessage.unwrap().shape), 'kind reason text'],
  'fields of `charge`': [
    Object.keys(COMMAND_SCHEMAS.charge.shape),
    'request_id charge_id amount currency description attach goods_tag detail metadata attempts expires_in_s expires_at',
  ],
  'fields of `lookup`': [Object.keys(COMMAND_SCHEMAS.lookup.shape), 'request_id charge_id refund_id out_trade_no transaction_id'],
  'fields of `events`': [Object.keys(COMMAND_SCHEMAS.events.shape), 'request_id after_seq limit'],
  'fields of `refund`': [Object.keys(COMMAND_SCHEMAS.refund.shape), 'request_id refund_id charge_id amount reason'],
  'fields of `scan`': [Object.keys(COMMAND_SCHEMAS.scan.shape), 'request_id charge_id code'],
}

for (const [what, [has, promised]] of Object.entries(PROMISED)) {
  test(`of contract 1 nothing is gone: ${what}`, () => {
    const words = promised.split(/\s+/)
    assert.deepEqual(
      words.filter(word => !has.includes(word)),
      [],
    )
  })
}
