import type { BoxSettings } from '../../core/box/settings.ts'
import { toFen } from '../../core/money.ts'
import { deriveOrderKey, merchantOf } from '../../core/order.ts'
import { type Behaviour, type CustomerConfig, type Settings, STRANGE_WORLD } from '../../device/emulator/index.ts'
import type { Drift } from './box-clock.ts'
import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import { MERCHANT } from './merchant.ts'
import type { Plan } from './plan.ts'
import type { Sale } from './sale.ts'

const ORDER_KEY = deriveOrderKey(MERCHANT.apiKey)

const SHORT_LIFE = [3, 30] as const
const LONG_LIFE = [200, 400] as const

/** What a world is, drawn from its seed. */
export interface Character {
  /** See `Ground.hides`. */
  readonly hides: boolean
  /** See `Ground.searched`. */
  readonly searched: boolean
  /** The box can be off for longer than WeChat Pay takes a reverse. */
  readonly offForDays: boolean
  /** See `Ground.isCareless`. */
  readonly isCareless: boolean
  /** Whether the broker says what the box told last. */
  readonly hasBroker: boolean
  /** Without a certificate nothing can be undone. */
  readonly undo: BoxSettings['undo']
  /** A stand-in plays WeChat Pay, and every charge has to say so. */
  readonly isRehearsal: boolean
}

export function drawCharacter(dice: Dice): Character {
  const offForDays = dice.chance(0.1)
  const undo = dice.chance(0.1) ? 'none' : 'reverse'
  const isCareless = dice.chance(0.1)
  const hasBroker = isCareless || dice.chance(0.5)
  return {
    isCareless,
    hasBroker,
    offForDays,
    undo,
    searched: dice.chance(1 / 16),
    hides: !offForDays && undo === 'reverse' && dice.chance(0.5),
    isRehearsal: dice.chance(0.1),
  }
}

/** Who sells: lanes with a till, a kiosk beside them, or a kiosk alone. */
function drawLanes(dice: Dice, kioskDice: Dice): Pick<BoxSettings, 'lanes' | 'kiosks'> {
  const tills = dice.chance(0.5) ? ['left', 'right'] : ['left']
  const beside = dice.weigh<'none' | 'beside' | 'alone'>([
    [6, 'none'],
    [3, 'beside'],
    [1, 'alone'],
  ])
  if (beside === 'none') return { lanes: tills, kiosks: new Map() }
  const sells = { amount: toFen(dice.pick([1, 500, 60_000])), description: 'Entry' }
  const serves = { hasLock: kioskDice.chance(0.5), patienceMs: kioskDice.pick([3_000, 12_000, 30_000]) }
  const kiosks = new Map([['gate', { ...sells, ...serves }]])
  return { lanes: [...(beside === 'alone' ? [] : tills), 'gate'], kiosks }
}

export function drawSettings(dice: Dice, kioskDice: Dice, { undo, hasBroker, isRehearsal }: Character): BoxSettings {
  return {
    board: {},
    hasBroker,
    box: 'box',
    version: '0.0.0',
    ...drawLanes(dice, kioskDice),
    language: 'en',
    timing: {
      pollEveryMs: 5_000,
      pollForMs: 30_000,
      reverseAfterMs: 15_000,
      notFoundAfterMs: 90_000,
      answerWithinMs: 10_000,
      lookAgainAfterMs: dice.chance(0.3) ? [60_000, 600_000, 3_600_000] : [3_600_000],
    },
    undo,
    isRehearsal,
    merchant: merchantOf(MERCHANT),
    orderKey: ORDER_KEY,
    codeSalt: ORDER_KEY, // each life of the box draws its own
  }
}

/**
 * The strange world of the emulator, but: every refund succeeds in the end, because one that needs a person never rests; and where the
 * box is off for days, or can undo nothing, no order stands unpaid, or hidden, for ever, because nothing ends it then. Where orders are
 * hidden a reverse has to be called again as often as not, or nobody would see whether it is.
 */
export function gatewaySettings({ hides, offForDays, undo }: Character): Settings {
  return {
    ...STRANGE_WORLD,
    suspicionChance: 0.1,
    unknownCode: 'refuse',
    refusedState: offForDays || undo === 'none' ? ['ORDERNOTEXIST', 'PAYERROR'] : STRANGE_WORLD.refusedState,
    lostAnswer: hides ? ['found', 'hidden'] : ['found'],
    recallChance: hides ? 0.5 : STRANGE_WORLD.recallChance,
  }
}

/** How many sales a world has: some dozen, and now and then some hundred, for what grows shows only in a box that lives long. */
export function drawSales(plan: Plan): number {
  const [least, most] = plan.dice('lives long').chance(1 / 250) ? LONG_LIFE : SHORT_LIFE
  return plan.dice('sales').between(least, most)
}

/** The sale with the given number, counted from 1, and the customer who makes it. */
export function drawSale(dice: Dice, number: number, lanes: readonly string[]): { sale: Sale; customer: CustomerConfig } {
  const amount = toFen(dice.chance(0.15) ? dice.between(50_001, 300_000) : dice.between(1, 50_000))
  const customer = drawCustomer(dice, number, amount)
  const sale: Sale = {
    chargeId: `sale-${number}`,
    lane: lanes[dice.between(0, lanes.length - 1)] ?? '',
    amount,
    customer: customer.name,
    attempts: dice.between(1, 5),
    expiresInS: dice.between(5, 120),
  }
  return { sale, customer }
}

/** A debit later than that after its submit may come after the last look at its order, and nobody would find it. */
const LATEST_DEBIT_MS = 3_300_000

/** When an order that was submitted just now is debited however it ended, ms from now; null where it is not. */
export function drawLateDebit(plan: Plan, submit: string): number | null {
  return plan.fault('debitedLate', 0.02, () => `${submit}/debitedLate`)?.between(30_000, LATEST_DEBIT_MS) ?? null
}

export function drawCustomer(dice: Dice, number: number, amount: number): CustomerConfig {
  const behaviour = dice.weigh<Behaviour>([
    [10, { kind: 'pays', afterMs: dice.between(1_000, 12_000) }],
    [4, { kind: 'pays', afterMs: dice.between(12_000, 44_000) }],
    [3, { kind: 'cancels', afterMs: dice.between(1_000, 40_000) }],
    [2, { kind: 'dawdles' }],
    [2, { kind: 'pays_late', afterMs: dice.between(46_000, LATEST_DEBIT_MS) }],
  ])
  const refusedWith = dice.chance(0.08) ? { refusedWith: dice.pick(['NOTENOUGH', 'NOTSUPORTCARD', 'TRADE_ERROR'] as const) } : {}
  const balanceFen = dice.chance(0.1) ? dice.between(0, amount) : amount * 20
  return { name: `customer-${number}`, balanceFen, behaviour, ...refusedWith }
}

/** Some boxes start with a clock that is wrong by years, and are told the time after a while; of some it jumps by years on the way. */
export function drawDrift({ clock, plan, story, weather }: Ground, life: number): Drift {
  const dice = plan.dice(`clock/${life}`)
  const wrong = plan.fault('clockWrong', 0.1, () => `clock-wrong/${life}`)
  const ahead = wrong === null ? dice.between(-60_000, 60_000) : -clock.wall
  const rightAt = clock.mono + dice.between(1_000, 120_000)
  const jump = plan.fault('clockJumps', weather.clockJumps, () => `clock-jumps/${life}`)
  const jumpsBy = (jump?.between(-30, 60) ?? 0) * 365 * 86_400_000
  const jumpsAt = rightAt + dice.between(0, 300_000)
  const backAt = jumpsAt + dice.between(1_000, 600_000)
  if (jump !== null) story.met('wall clock', 'jumps by years')
  const wallAhead = () => {
    if (clock.mono < rightAt) return ahead
    return clock.mono >= jumpsAt && clock.mono < backAt ? jumpsBy : 0
  }
  let wakings = 0
  const lateness = () => {
    wakings += 1
    return plan.fault('busyLoop', weather.busyLoop, () => `busy/${life}/${wakings}`)?.between(1, 500) ?? 0
  }
  return { monoAtStart: dice.between(0, 1_000_000), wallAhead, lateness }
}

/** How long the box is off after a power cut, ms. */
export function drawPause(dice: Dice, { offForDays }: Character): number {
  return dice.weigh<number>([
    [10, dice.between(2_000, 20_000)],
    [10, dice.between(20_000, 300_000)],
    [2, dice.between(1, 30) * 3_600_000],
    [offForDays ? 3 : 0, dice.between(6, 9) * 86_400_000],
  ])
}
