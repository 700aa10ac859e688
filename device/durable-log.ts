import type { LatePaymentView, RefundView } from '../core/contract/message.ts'
import type { Row } from '../core/ports.ts'

interface DurableLog {
  info(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** Says in the log what became durable: one line for each event, and loudly late money, and a refund that only a person can settle. */
export function logDurable(log: DurableLog, row: Row): void {
  if (row.put !== 'event') return
  const { lane, event } = row
  const { seq, charge, refund, late_payment } = event
  const { charge_id, state, reason, gateway_code, out_trade_no } = charge
  const about = { lane, charge_id, seq }
  if (refund !== undefined) return logRefund(log, about, refund)
  if (late_payment !== undefined) return logLate(log, about, late_payment)
  log.info(`charge ${state}`, { ...about, out_trade_no, reason, gateway_code })
}

function logRefund(log: DurableLog, about: object, { refund_id, state, amount, gateway_code, out_refund_no }: RefundView): void {
  const fields = { ...about, refund_id, amount, out_refund_no, gateway_code }
  if (state === 'needs_person') log.error('a person has to see to it: WeChat Pay does not give this refund', fields)
  else log.info(`refund ${state}`, fields)
}

function logLate(log: DurableLog, about: object, { returned, ...late }: LatePaymentView): void {
  const fields = { ...about, ...late }
  if (returned) log.info('late payment returned', fields)
  else log.error('late payment: money came although the charge had ended without it', fields)
}
