import {
  OTHER_SUBMIT_REPLIES,
  PAY_BACK_REPLIES,
  PROBE_REPLIES,
  QUERIES_WITHOUT_NEWS,
  QUIET,
  REFUND_REPLIES,
  REFUND_WORDS,
  REVERSE_REPLIES,
  SUBMITS_WITHOUT_WORD,
} from '../core-box/happening-names.ts'
import { type Expected, NOTHING, testTable } from '../core-box/table.ts'
import { ALWAYS } from './always.ts'
import { DOUBTED_STARTS, describeDoubted } from './starts.ts'

/** A cancel is told of the charge as it stands, which a person ends. */
const { 'stays, told reversing: answer tell_state tell_events': cancels = [], ...others } = ALWAYS
const HERE: Expected = { ...others, 'stays, told confirming: answer tell_state tell_events': cancels }

/** Where every happening takes an order number of a journal in doubt: no money is moved, and only that there is none on it ends it. */
const TABLE: Readonly<Record<string, Expected>> = {
  'a query is under way, of a journal in doubt': {
    ...HERE,
    [NOTHING]: [
      ...REVERSE_REPLIES,
      ...PROBE_REPLIES,
      ...PAY_BACK_REPLIES,
      ...SUBMITS_WITHOUT_WORD,
      ...REFUND_WORDS,
      ...QUIET,
      'refund_replied: refused for good',
    ],
    'query under way (claimed, doubted)': ['submit_replied: USERPAYING'],
    'query under way (seen, doubted, paid), told confirming: call_person tell_state tell_events': ['submit_replied: paid'],
    'query later (seen, doubted, paid), told confirming: call_person tell_state tell_events': ['query_replied: SUCCESS'],
    'query later (seen, doubted)': ['query_replied: NOTPAY', 'query_replied: USERPAYING', 'query_replied: ACCEPT'],
    'query later (asked, doubted)': ['query_replied: ORDERNOTEXIST'],
    'query later (doubted)': [
      'tick: its time is up',
      'query_replied: SYSTEMERROR',
      'query_replied: unlisted code',
      'query_replied: unknown',
      'query_replied: not sent',
    ],
    'query later (doubted): probe show:not_ready tell_state tell_status': ['query_replied: set-up is wrong'],
    'refund_query under way (refunded, doubted): refund_query': ['query_replied: REFUND'],
    'stays: probe show:not_ready tell_state tell_status': ['submit_replied: set-up is wrong'],
    'ended: tell_state': [
      'submit_replied: not sent',
      'query_replied: CLOSED',
      'query_replied: REVOKED',
      'query_replied: PAYERROR',
      'refund_query_replied: all back',
    ],
  },
  'a refund query is under way, of a journal in doubt': {
    ...HERE,
    [NOTHING]: [
      ...REVERSE_REPLIES,
      ...REFUND_REPLIES,
      ...PROBE_REPLIES,
      ...PAY_BACK_REPLIES,
      ...SUBMITS_WITHOUT_WORD,
      ...QUERIES_WITHOUT_NEWS,
      ...QUIET,
      'query_replied: REFUND',
    ],
    'refund_query under way (claimed, doubted)': ['submit_replied: USERPAYING'],
    'refund_query under way (seen, doubted, paid), told confirming: call_person tell_state tell_events': [
      'submit_replied: paid',
      'query_replied: SUCCESS',
    ],
    'refund_query under way (seen, doubted)': ['query_replied: NOTPAY', 'query_replied: USERPAYING', 'query_replied: ACCEPT'],
    'query later (refunded, doubted)': [
      'tick: its time is up',
      'refund_query_replied: all on its way',
      'refund_query_replied: a part back',
      'refund_query_replied: stuck',
      'refund_query_replied: none',
      'refund_query_replied: unlisted code',
      'refund_query_replied: unknown',
      'refund_query_replied: not sent',
    ],
    'stays: probe show:not_ready tell_state tell_status': ['submit_replied: set-up is wrong', 'query_replied: set-up is wrong'],
    'ended: tell_state': [
      'submit_replied: not sent',
      'query_replied: CLOSED',
      'query_replied: REVOKED',
      'query_replied: PAYERROR',
      'refund_query_replied: all back',
    ],
  },
  'a query is due later, of a journal in doubt, and it is paid': {
    ...HERE,
    [NOTHING]: [
      ...REVERSE_REPLIES,
      ...PROBE_REPLIES,
      ...PAY_BACK_REPLIES,
      ...OTHER_SUBMIT_REPLIES,
      ...QUERIES_WITHOUT_NEWS,
      ...REFUND_WORDS,
      ...QUIET,
      'submit_replied: not sent',
      'query_replied: SUCCESS',
      'query_replied: REFUND',
      'query_replied: NOTPAY',
      'query_replied: USERPAYING',
      'query_replied: PAYERROR',
      'query_replied: ACCEPT',
      'refund_replied: refused for good',
    ],
    'query under way (seen, doubted, paid): query': ['tick: its time is up'],
    'stays: probe show:not_ready tell_state tell_status': ['submit_replied: set-up is wrong', 'query_replied: set-up is wrong'],
    'ended: tell_state': ['query_replied: CLOSED', 'query_replied: REVOKED', 'refund_query_replied: all back'],
  },
}

testTable(DOUBTED_STARTS, TABLE, describeDoubted)
