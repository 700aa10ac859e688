import type { Charge } from '../charge.ts'
import { adviceText } from '../contract/advice.ts'
import { viewCharge } from '../contract/charge-view.ts'
import type { ChargeView, LaneView, StatusView } from '../contract/message.ts'
import { REASON_WORDS } from '../contract/reason.ts'
import { chargeOf } from '../lane/state.ts'
import { LIMITS } from '../limits.ts'
import type { WallClock } from './clock.ts'
import type { BoxSettings } from './settings.ts'
import { type Box, type LaneBook, notReady, personsWork, undoingOf } from './state.ts'
import { warningsOf } from './warning.ts'

/** `durable: false` marks what the journal could not take yet; such a view carries the last durable number. `see` shows a charge. */
export function viewLane(
  box: Box,
  book: LaneBook,
  settings: BoxSettings,
  durable: boolean,
  see = (charge: Charge): ChargeView => viewCharge(charge, settings.box, settings.language),
): LaneView {
  const charge = chargeOf(book.lane)
  const reasons = notReady(box, book, settings)
  const view = (of: Charge | null) => of && asHeld(see(of), durable || !book.unwritten.has(of.chargeId))
  return {
    state: charge === null ? 'idle' : charge.state,
    charge: view(charge),
    last: view(book.last),
    ready: reasons.length === 0,
    not_ready: reasons,
    undoing: undoingOf(box, book.name),
    ...viewPersonsWork(box, book.name, settings),
    stream: box.stream,
    seq: durable ? book.seq : book.durableSeq,
  }
}

/** What people have to see to; nothing where there is nothing, and no more than fits a person's day. */
function viewPersonsWork(box: Box, lane: string, { language }: BoxSettings): Pick<LaneView, 'needs_person'> {
  const work = personsWork(box, lane)
    .slice(0, LIMITS.needsPersonMax)
    .map(({ undoing, reason }) => {
      const advice = REASON_WORDS[reason].advice
      return {
        charge_id: undoing.chargeId,
        out_trade_no: undoing.order.outTradeNo,
        amount: undoing.order.amount,
        reason,
        advice_code: advice,
        advice: adviceText(advice, reason, language),
      }
    })
  return work.length === 0 ? {} : { needs_person: work }
}

/** Where the journal does not hold it yet, that is said of it. */
export function asHeld(view: ChargeView, durable: boolean): ChargeView {
  return durable ? view : { ...view, durable: false }
}

export function viewStatus(box: Box, settings: BoxSettings): StatusView {
  const configured = [...box.lanes.values()].filter(({ name }) => settings.lanes.includes(name))
  const lanes = configured.map(book => {
    const reasons = notReady(box, book, settings)
    return [book.name, { ready: reasons.length === 0, not_ready: reasons }] as const
  })
  return {
    state: 'online',
    ready: lanes.every(([, { ready }]) => ready),
    lanes: Object.fromEntries(lanes),
    warnings: warningsOf(box),
    ...viewClock(box.clock),
    contract: 1,
    version: settings.version,
    stream: box.stream,
    started_at: box.startedAt,
  }
}

function viewClock({ state, ahead }: WallClock): Pick<StatusView, 'clock_trusted' | 'clock_skew_s'> {
  return { clock_trusted: state === 'right', ...(state === 'unknown' ? {} : { clock_skew_s: Math.round(ahead / 1_000) }) }
}

/** What the broker publishes when the box is gone, and the box itself when it goes. */
export function viewOffline(status: StatusView): StatusView {
  return { ...status, state: 'offline', ready: false, lanes: {} }
}
