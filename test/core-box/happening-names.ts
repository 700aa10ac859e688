import type { HappeningName } from './happenings.ts'

/** What happens in groups, spelt out for the tables. */

export const SCANS: readonly HappeningName[] = [
  'scanned: fresh code',
  'scanned: code sent before',
  'scanned: begun too early',
  'scanned: too old',
  'scanned: goods',
  'scanned: other wallet',
  'scanned: noise',
]

export const SUBMIT_REPLIES: readonly HappeningName[] = [
  'submit_replied: paid',
  'submit_replied: USERPAYING',
  'submit_replied: curable refusal',
  'submit_replied: incurable refusal',
  'submit_replied: set-up is wrong',
  'submit_replied: unlisted code',
  'submit_replied: unknown',
  'submit_replied: not sent',
]

export const QUERY_REPLIES: readonly HappeningName[] = [
  'query_replied: SUCCESS',
  'query_replied: REFUND',
  'query_replied: NOTPAY',
  'query_replied: CLOSED',
  'query_replied: REVOKED',
  'query_replied: USERPAYING',
  'query_replied: PAYERROR',
  'query_replied: ACCEPT',
  'query_replied: ORDERNOTEXIST',
  'query_replied: set-up is wrong',
  'query_replied: SYSTEMERROR',
  'query_replied: unlisted code',
  'query_replied: unknown',
  'query_replied: not sent',
]

export const REVERSE_REPLIES: readonly HappeningName[] = [
  'reverse_replied: done',
  'reverse_replied: recall',
  'reverse_replied: refused for now',
  'reverse_replied: refused for good',
  'reverse_replied: unlisted code',
  'reverse_replied: unknown',
  'reverse_replied: not sent',
]

export const REFUND_REPLIES: readonly HappeningName[] = [
  'refund_replied: accepted',
  'refund_replied: refused for now',
  'refund_replied: refused for good',
  'refund_replied: unlisted code',
  'refund_replied: unknown',
  'refund_replied: not sent',
]

export const REFUND_QUERY_REPLIES: readonly HappeningName[] = [
  'refund_query_replied: all back',
  'refund_query_replied: all on its way',
  'refund_query_replied: a part back',
  'refund_query_replied: stuck',
  'refund_query_replied: none',
  'refund_query_replied: unlisted code',
  'refund_query_replied: unknown',
  'refund_query_replied: not sent',
]

export const PAY_BACK_REPLIES: readonly HappeningName[] = [
  'pay_back_replied: accepted',
  'pay_back_replied: refused for now',
  'pay_back_replied: refused for good',
  'pay_back_replied: unlisted code',
  'pay_back_replied: unknown',
  'pay_back_replied: not sent',
  'pay_back_replied: set-up is wrong',
  'pay_back_query_replied: returned',
  'pay_back_query_replied: processing',
  'pay_back_query_replied: closed',
  'pay_back_query_replied: stuck',
  'pay_back_query_replied: none',
  'pay_back_query_replied: SYSTEMERROR',
  'pay_back_query_replied: unknown',
  'pay_back_query_replied: not sent',
]

export const REFUND_COMMANDS: readonly HappeningName[] = [
  'commanded: refund',
  'commanded: refund, another',
  'commanded: refund, more than was paid',
]

export const PROBE_REPLIES: readonly HappeningName[] = [
  'probe_replied: proven',
  'probe_replied: set-up is wrong',
  'probe_replied: unknown',
  'probe_replied: not sent',
  'probe_reverse_replied: any answer',
  'probe_reverse_replied: unknown',
  'probe_reverse_replied: certificate refused',
]

/** Those that name no order, and say neither that the set-up is wrong nor that nothing was sent. */
export const SUBMITS_WITHOUT_WORD: readonly HappeningName[] = [
  'submit_replied: curable refusal',
  'submit_replied: incurable refusal',
  'submit_replied: unlisted code',
  'submit_replied: unknown',
]

/** Those, and the one that its payer is at it, which is no news of an order that was seen. */
export const SUBMITS_WITHOUT_NEWS: readonly HappeningName[] = ['submit_replied: USERPAYING', ...SUBMITS_WITHOUT_WORD]

/** Those, and the one that names its order. */
export const OTHER_SUBMIT_REPLIES: readonly HappeningName[] = ['submit_replied: paid', ...SUBMITS_WITHOUT_NEWS]

/** Those that neither prove the money back nor ask for a person. */
export const REFUND_WORDS: readonly HappeningName[] = [
  'refund_replied: accepted',
  'refund_replied: refused for now',
  'refund_replied: unlisted code',
  'refund_replied: unknown',
  'refund_replied: not sent',
  'refund_query_replied: all on its way',
  'refund_query_replied: a part back',
  'refund_query_replied: stuck',
  'refund_query_replied: none',
  'refund_query_replied: unlisted code',
  'refund_query_replied: unknown',
  'refund_query_replied: not sent',
]

/** Those that name no state of an order. */
export const QUERIES_WITHOUT_NEWS: readonly HappeningName[] = [
  'query_replied: ORDERNOTEXIST',
  'query_replied: SYSTEMERROR',
  'query_replied: unlisted code',
  'query_replied: unknown',
  'query_replied: not sent',
]

/** Commands for the charge in question that find it. */
export const SAME_CHARGES: readonly HappeningName[] = [
  'commanded: charge, the same',
  'requested: charge, the same',
  'commanded: charge, the same for another amount',
]

/** Commands that name no charge, or none that there is. */
export const BAD_COMMANDS: readonly HappeningName[] = [
  'requested: unreadable',
  'commanded: cancel, unknown',
  'commanded: scan, unknown charge',
]

/** Commands that only read. */
export const READS: readonly HappeningName[] = ['commanded: lookup', 'commanded: events']

/** Commands for which the journal has to be asked. */
export const LOOK_UPS: readonly HappeningName[] = ['requested: cancel, unknown', 'requested: events']

/** What changes nothing, or has happened already. */
export const QUIET: readonly HappeningName[] = [
  'tick: nothing is due',
  'committed: all',
  'committed: nothing new',
  'look_read: nothing is due',
  'look_read: the journal cannot be read',
  'storage: works',
  'health: a part works',
  'bill_compared: agrees',
  'remembered: nothing',
]
