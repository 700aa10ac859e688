/** What the cashier can be told to do next. The sentence for each is in advice.ts. */
export const ADVICE_CODES = [
  'none',
  'scan_again',
  'other_wallet',
  'wait',
  'do_not_rescan',
  'take_other_payment',
  'pay_back_by_hand',
  'call_technician',
] as const

export type AdviceCode = (typeof ADVICE_CODES)[number]

/** A sentence for the cashier, in each language that a register can be told in. */
export interface Sentence {
  readonly en: string
  readonly zh: string
}

interface ReasonWords extends Sentence {
  /** What cures a refusal that has this reason. */
  readonly advice: AdviceCode
  /** How another scan cures it, where more can be said than `scan_again` says. */
  readonly again?: Sentence
}

const OTHER_CARD: Sentence = {
  en: 'Ask the customer to choose another way to pay in WeChat, and scan again.',
  zh: '请顾客在微信中更换付款方式后再次扫码。',
}

/** Every word that a charge may give as its reason: stable, listed in the reference. The sentences say what happened. */
const WORDS = {
  insufficient_funds: { advice: 'scan_again', en: 'There is too little money.', zh: '余额不足。', again: OTHER_CARD },
  code_expired: {
    advice: 'scan_again',
    en: 'The code was too old.',
    zh: '付款码已过期。',
    again: { en: 'Ask the customer to refresh the code, and scan again.', zh: '请顾客刷新付款码后再次扫码。' },
  },
  code_invalid: {
    advice: 'scan_again',
    en: 'The code is not valid, or was used before.',
    zh: '付款码无效或已使用。',
    again: { en: 'Ask the customer to open the code anew, and scan again.', zh: '请顾客重新打开付款码后再次扫码。' },
  },
  payer_cancelled: {
    advice: 'scan_again',
    en: 'The payment failed, or the customer cancelled it.',
    zh: '支付失败或顾客已取消。',
  },
  payer_timeout: { advice: 'scan_again', en: 'The customer did not finish in time.', zh: '顾客未在规定时间内完成支付。' },
  payer_mismatch: { advice: 'scan_again', en: 'The payer changed within one order.', zh: '同一订单的付款人发生变化。' },
  card_not_supported: { advice: 'scan_again', en: 'This card cannot pay here.', zh: '不支持该银行卡。', again: OTHER_CARD },
  wallet_not_supported: { advice: 'other_wallet', en: 'This is not a WeChat Pay code.', zh: '该码不是微信付款码。' },
  bank_unavailable: { advice: 'take_other_payment', en: 'The bank cannot be reached.', zh: '银行系统暂不可用。' },
  not_permitted: { advice: 'call_technician', en: 'The merchant may not take payments like this.', zh: '商户没有此项支付权限。' },
  trade_refused: {
    advice: 'scan_again',
    en: 'WeChat Pay refuses this payer or this payment.',
    zh: '微信支付拒绝了该付款人或该笔交易。',
    again: OTHER_CARD,
  },
  misconfigured: {
    advice: 'call_technician',
    en: 'WeChat Pay does not accept how this box is set up.',
    zh: '微信支付不接受本设备的配置。',
  },
  gateway_unreachable: {
    advice: 'scan_again',
    en: 'WeChat Pay could not be reached; nothing was sent.',
    zh: '无法连接微信支付，未发出任何请求。',
    again: { en: 'Scan again; the same code will do.', zh: '请再次扫码，可使用同一付款码。' },
  },
  no_answer: { advice: 'take_other_payment', en: 'WeChat Pay did not answer in time.', zh: '微信支付未及时答复。' },
  order_closed: { advice: 'scan_again', en: 'WeChat Pay had closed the order.', zh: '订单已被微信支付关闭。' },
  no_scan: { advice: 'none', en: 'No code was scanned in time; nothing was taken.', zh: '未及时扫码，未收款。' },
  cancelled_by_register: { advice: 'none', en: 'The register cancelled it.', zh: '收银机已取消。' },
  power_loss: { advice: 'take_other_payment', en: 'The box lost its power in the middle.', zh: '设备中途断电。' },
  not_served: {
    advice: 'take_other_payment',
    en: 'Not served: it was paid too late, or the lock is out of order.',
    zh: '未能提供服务，付款确认过晚或门锁故障。',
  },
  box_restarted: { advice: 'none', en: 'The box was stopped; nothing was taken.', zh: '设备已停止，未收款。' },
  storage: {
    advice: 'call_technician',
    en: 'The box could not write it down; nothing was started.',
    zh: '设备无法记录，未开始收款。',
  },
  refund_refused: { advice: 'pay_back_by_hand', en: 'WeChat Pay does not give the money back.', zh: '微信支付未能退款。' },
  reverse_refused: { advice: 'call_technician', en: 'WeChat Pay refuses to undo the payment.', zh: '微信支付拒绝撤销该笔付款。' },
  not_settled: {
    advice: 'call_technician',
    en: "WeChat Pay's answers do not settle this payment.",
    zh: '微信支付的答复无法确认该笔付款的结果。',
  },
  paid_before: {
    advice: 'call_technician',
    en: 'An order of this charge had been paid before the charge was taken.',
    zh: '该收款的订单在本次收款之前已支付。',
  },
  journal_doubted: {
    advice: 'call_technician',
    en: 'The box lost sight of this payment: its memory was moved.',
    zh: '设备的记录曾被移动或恢复，无法得知该笔收款的结果。',
  },
  settled_by_person: { advice: 'none', en: 'A person at the box settled it by hand.', zh: '已由人工处理。' },
} as const satisfies Readonly<Record<string, ReasonWords>>

export type Reason = keyof typeof WORDS

export const REASON_WORDS: Readonly<Record<Reason, ReasonWords>> = WORDS

export const REASONS = Object.keys(WORDS) as readonly Reason[]
