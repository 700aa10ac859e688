import {
  PROBE_REPLIES,
  QUERY_REPLIES,
  QUIET,
  REFUND_QUERY_REPLIES,
  REFUND_REPLIES,
  REVERSE_REPLIES,
  SCANS,
  SUBMIT_REPLIES,
} from './happening-names.ts'
import { describeProbe, PROBE_STARTS } from './probe-starts.ts'
import { type Expected, NOTHING, testTable } from './table.ts'

/** Where every happening takes the proof of the gateway, from each of its phases. */
const TABLE: Readonly<Record<string, Expected>> = {
  'the proving query is under way': {
    [NOTHING]: [
      ...SUBMIT_REPLIES,
      ...QUERY_REPLIES,
      ...REVERSE_REPLIES,
      ...REFUND_REPLIES,
      ...REFUND_QUERY_REPLIES,
      ...QUIET,
      'probe_reverse_replied: any answer',
      'probe_reverse_replied: unknown',
      'probe_reverse_replied: certificate refused',
    ],
    'query later (gateway_unreachable): tell_state tell_status': [
      'tick: its time is up',
      'probe_replied: unknown',
      'probe_replied: not sent',
    ],
    'stays: tell_state tell_status': ['storage: fails', 'health: a part fails', 'stopping: now'],
    'stays: tell_scan show:wrong_code': [...SCANS],
    'stays: refuse': [
      'commanded: charge, a new one',
      'commanded: charge, the same',
      'commanded: charge, the same for another amount',
      'commanded: cancel',
      'commanded: cancel, unknown',
      'commanded: lookup',
    ],
    'stays: read_out': ['commanded: events'],
    'reverse under way (gateway_unproven): probe_reverse': ['probe_replied: proven'],
    'query later (api_key): tell_state tell_status': ['probe_replied: set-up is wrong'],
    'query later (clock): tell_state tell_status': ['probe_replied: clock is wrong'],
  },
  'the proving query is due later': {
    [NOTHING]: [
      ...SUBMIT_REPLIES,
      ...QUERY_REPLIES,
      ...REVERSE_REPLIES,
      ...REFUND_REPLIES,
      ...REFUND_QUERY_REPLIES,
      ...PROBE_REPLIES,
      ...QUIET,
    ],
    'query under way (gateway_unreachable): probe': ['tick: its time is up'],
    'stays: tell_state tell_status': ['storage: fails', 'health: a part fails', 'stopping: now'],
    'stays: tell_scan show:wrong_code': [...SCANS],
    'stays: refuse': [
      'commanded: charge, a new one',
      'commanded: charge, the same',
      'commanded: charge, the same for another amount',
      'commanded: cancel',
      'commanded: cancel, unknown',
      'commanded: lookup',
    ],
    'stays: read_out': ['commanded: events'],
  },
  'the proving reverse is under way': {
    [NOTHING]: [
      ...SUBMIT_REPLIES,
      ...QUERY_REPLIES,
      ...REVERSE_REPLIES,
      ...REFUND_REPLIES,
      ...REFUND_QUERY_REPLIES,
      ...QUIET,
      'probe_replied: proven',
      'probe_replied: set-up is wrong',
      'probe_replied: clock is wrong',
      'probe_replied: unknown',
      'probe_replied: not sent',
    ],
    'query later (gateway_unreachable): tell_state tell_status': ['tick: its time is up'],
    'stays: tell_state tell_status': ['storage: fails', 'health: a part fails', 'stopping: now'],
    'stays: tell_scan show:wrong_code': [...SCANS],
    'stays: refuse': [
      'commanded: charge, a new one',
      'commanded: charge, the same',
      'commanded: charge, the same for another amount',
      'commanded: cancel',
      'commanded: cancel, unknown',
      'commanded: lookup',
    ],
    'stays: read_out': ['commanded: events'],
    'proven: show:idle tell_state tell_status': ['probe_reverse_replied: any answer'],
    'query later (certificate,gateway_unreachable): tell_state tell_status': ['probe_reverse_replied: unknown'],
    'query later (certificate): tell_state tell_status': ['probe_reverse_replied: certificate refused'],
  },
}

testTable(PROBE_STARTS, TABLE, describeProbe)
