import type { ChargeView } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Act } from './act.ts'
import { DemoError } from './demo-error.ts'

/** One sale at the counter, and how it has to end. */
export interface Scene {
  readonly title: string
  /** In fen. Above 500.00 WeChat Pay asks for a password. */
  readonly amount: number
  readonly ends: ChargeView['state']
  /** How many codes WeChat Pay has to have been sent. */
  readonly submits: number
  /** What the lights have to have shown on the way. */
  readonly lights: readonly PatternName[]
  /** Everything up to where only the end is waited for. */
  play(act: Act): Promise<void>
}

export const SCENES: readonly Scene[] = [
  {
    title: 'a small amount is paid at once',
    amount: 1_234,
    ends: 'paid',
    submits: 1,
    lights: ['waiting', 'working', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('good')
    },
  },
  {
    title: 'a large amount needs the password',
    amount: 60_000,
    ends: 'paid',
    submits: 1,
    lights: ['waiting', 'working', 'customer_types', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('big')
    },
  },
  {
    title: 'the customer closes the password box, then pays after all',
    amount: 65_000,
    ends: 'paid',
    submits: 2,
    lights: ['customer_types', 'refused', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('cancel')
      await act.untilNextAttempt()
      await act.scan('big')
    },
  },
  {
    title: 'an expired code is refused, a fresh one is paid',
    amount: 4_321,
    ends: 'paid',
    submits: 2,
    lights: ['waiting', 'refused', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('expired')
      await act.untilNextAttempt()
      await act.scan('good')
    },
  },
  {
    title: 'an Alipay code and a barcode are told apart, and sent to nobody',
    amount: 2_050,
    ends: 'paid',
    submits: 1,
    lights: ['waiting', 'wrong_code', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('alipay')
      await act.untilNotices(1)
      await act.scan('goods')
      await act.untilNotices(2)
      await act.scan('good')
    },
  },
  {
    title: 'the answer is lost after the money moved: asked about, found paid',
    amount: 3_300,
    ends: 'paid',
    submits: 1,
    lights: ['working', 'unknown', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('lost')
    },
  },
  {
    title: 'the customer never types: undone',
    amount: 70_000,
    ends: 'reversed',
    submits: 1,
    lights: ['customer_types', 'refused'],
    play: async act => {
      await act.arm()
      await act.scan('never')
    },
  },
  {
    title: 'the till cancels while the customer types: given back',
    amount: 75_000,
    ends: 'reversed',
    submits: 1,
    lights: ['customer_types', 'refused'],
    play: async act => {
      await act.arm()
      await act.scan('big')
      await act.untilState('awaiting_payer')
      await act.cancel()
    },
  },
  {
    title: 'the gun is unplugged and comes back',
    amount: 990,
    ends: 'paid',
    submits: 1,
    lights: ['not_ready', 'waiting', 'paid'],
    play: async act => {
      await act.unplugGun()
      const { ok, error } = await act.askForMoney()
      if (ok) throw new DemoError('did_not_happen', 'a lane without a gun took a charge')
      act.heard.push(`${error?.code} (${error?.reasons?.join(', ')})`)
      await act.plugGun()
      await act.arm()
      await act.scan('good')
    },
  },
  {
    title: 'a power cut in mid-payment',
    amount: 80_000,
    ends: 'paid',
    submits: 1,
    lights: ['customer_types', 'unknown', 'paid'],
    play: async act => {
      await act.arm()
      await act.scan('big')
      await act.untilState('awaiting_payer')
      await act.cutPower()
      await act.powerIsBack()
    },
  },
]
