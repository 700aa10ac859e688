import type { CustomerConfig, FaultEntry } from '../emulator/index.ts'

/** Who comes to the counter, and what they hold before the gun. */
export interface Customer {
  readonly does: string
  readonly shows: 'own_code' | { readonly text: string }
  readonly account: Omit<CustomerConfig, 'name'>
  /** What goes wrong at WeChat Pay with this code. */
  readonly fault?: FaultEntry
}

/** Enough for every till. */
const RICH_FEN = 100_000_000
const RICH = { balanceFen: RICH_FEN, behaviour: { kind: 'pays', afterMs: 1_000 } } as const
/** Asked for the password however little it is. */
const ASKED = { ...RICH, password: 'always' } as const
const MICROPAY = { path: '/pay/micropay' }

/** By the word that brings them here. */
export const CUSTOMERS: ReadonlyMap<string, Customer> = new Map<string, Customer>([
  ['good', { does: 'shows a code', shows: 'own_code', account: RICH }],
  ['big', { does: 'types the password', shows: 'own_code', account: ASKED }],
  [
    'slow',
    {
      does: 'types the password slowly',
      shows: 'own_code',
      account: { ...ASKED, behaviour: { kind: 'pays', afterMs: 2_500 } },
    },
  ],
  [
    'cancel',
    {
      does: 'closes the password box',
      shows: 'own_code',
      account: { ...ASKED, behaviour: { kind: 'cancels', afterMs: 800 } },
    },
  ],
  ['never', { does: 'never types the password', shows: 'own_code', account: { ...ASKED, behaviour: { kind: 'dawdles' } } }],
  ['poor', { does: 'has too little money', shows: 'own_code', account: { ...RICH, balanceFen: 0 } }],
  [
    'expired',
    {
      does: 'shows an expired code',
      shows: 'own_code',
      account: RICH,
      fault: { match: MICROPAY, fault: { kind: 'err_code', errCode: 'AUTHCODEEXPIRE' } },
    },
  ],
  [
    'lost',
    {
      does: 'pays, and the answer is lost',
      shows: 'own_code',
      account: RICH,
      fault: { match: MICROPAY, fault: { kind: 'lost_after', how: 'close' } },
    },
  ],
  ['alipay', { does: 'shows an Alipay code', shows: { text: '280000000000000001' }, account: RICH }],
  ['goods', { does: 'shows the barcode of the goods', shows: { text: '6901234567892' }, account: RICH }],
])
