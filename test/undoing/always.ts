import { BAD_COMMANDS, LOOK_UPS, READS, REFUND_COMMANDS, SAME_CHARGES, SCANS } from '../core-box/happening-names.ts'
import type { Expected } from '../core-box/table.ts'

/** What is the same in each: the lane is free for the next customer. */
export const ALWAYS: Expected = {
  'stays: show:not_ready tell_state tell_status': ['storage: fails', 'health: a part fails', 'stopping: now'],
  'stays: tell_scan show:wrong_code': [...SCANS],
  'stays, told awaiting_scan: warm answer tell_state tell_events show:waiting': ['commanded: charge, a new one'],
  'stays: answer': [
    ...SAME_CHARGES,
    'commanded: scan, a fresh code',
    'commanded: scan, a code sent before',
    'commanded: scan, goods',
    ...REFUND_COMMANDS,
  ],
  'stays, told reversing: answer tell_state tell_events': ['commanded: cancel'],
  'stays: refuse': [...BAD_COMMANDS],
  'stays: read_out': [...READS],
  'stays: look_up': [...LOOK_UPS],
}
