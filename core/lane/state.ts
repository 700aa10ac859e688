import type { Call } from '../call.ts'
import type { Charge, Refusal } from '../charge.ts'
import type { Reason } from '../contract/reason.ts'
import type { OutTradeNo } from '../order.ts'
import type { Sighting } from '../sighting.ts'
import type { PaidDetails } from '../wechat/answer.ts'

/**
 * What a customer stands before. Every state is bounded; the field that bounds it is named at each.
 * All times are monotonic milliseconds.
 */
export type Lane = Idle | Arming | AwaitingScan | Submitting | Asking | Serving

export interface Idle {
  readonly at: 'idle'
}

/**
 * The charge is on its way to the disk. Ends with its commit, or at `giveUpAt`. A kiosk's is never given up: it waits here for the
 * commit, and whenever the lane is not ready.
 */
export interface Arming {
  readonly at: 'arming'
  readonly charge: Charge
  /** The commit that makes it durable. */
  readonly ticket: number
  readonly giveUpAt: number
  readonly deadline: number
}

/** Ends with a scan, a cancel, or at `deadline`; a kiosk's deadline is infinite. */
export interface AwaitingScan {
  readonly at: 'awaiting_scan'
  readonly charge: Charge
  /** A code that began to arrive earlier is not for this charge. */
  readonly armedAt: number
  readonly deadline: number
  /**
   * The commit that must be durable before this order number may be sent: the one that told of the number before. A journal
   * that holds number n vouches for n and n + 1, so a scan after a refusal waits for no disk, and after a power cut there are
   * never more than two numbers to ask about that the journal has not seen used.
   */
  readonly needs: number
  /** The commit that tells of this order number. */
  readonly ticket: number
}

/** A code was sent. Ends with the answer, or at `giveUpAt`: then it is asked about, or its customer has gone. */
export interface Submitting {
  readonly at: 'submitting'
  readonly charge: Charge
  readonly submittedAt: number
  readonly giveUpAt: number
  /** The latest moment at which the code can leave: the call itself goes on until then, whoever has gone. */
  readonly leftBy: number
  readonly deadline: number
  /** The commit that told of this order number. */
  readonly ticket: number
}

/** WeChat Pay is asked how the order stands. Ends with an order-bound answer, or at `askUntil`. */
export interface Asking {
  readonly at: 'asking'
  readonly charge: Charge
  /** When the code was sent; null where an earlier life of the box did that. */
  readonly submittedAt: number | null
  /** The latest moment at which the code can have left. */
  readonly leftBy: number
  readonly askUntil: number
  readonly nextQueryAt: number
  /** The query under way. */
  readonly query: Call | null
  readonly deadline: number
  readonly sighting: Sighting
  /** A refusal that no order-bound answer has confirmed yet. */
  readonly claim: Claim | null
  /** The commit that told of this order number. */
  readonly ticket: number
}

/**
 * A kiosk's customer has paid, and that they are served is on its way to the disk: first it is durable, then the lock opens. Ends with
 * that commit, or at `serveBy`: the customer has gone, and the money goes back.
 */
export interface Serving {
  readonly at: 'serving'
  /** As it was before: paid is only told once it cannot be given back any more. */
  readonly charge: Charge
  readonly paid: PaidDetails
  readonly leftBy: number
  readonly serveBy: number
  /** The commit that makes it durable. */
  readonly ticket: number
}

export interface Claim {
  readonly reason: Reason
  /** Another scan can cure it. */
  readonly curable: boolean
  readonly gatewayCode?: string
}

/** What a lane hands over to be ended unpaid: the order number a charge has now, and the latest moment at which its code can have left. */
export interface HandOver {
  readonly charge: Charge
  readonly leftBy: number
  readonly sighting: Sighting
}

/** Codes that may have left the box, by their fingerprints. On any lane, a code is sent once. */
export type SpentCodes = ReadonlyMap<string, SpentCode>

/** When a code was sent, monotonic ms, for which charge and with which of its order numbers. */
export interface SpentCode {
  readonly sentAt: number
  readonly lane: string
  readonly chargeId: string
  readonly outTradeNo: OutTradeNo
}

/** The lane is free and nothing is going on. */
export const IDLE: Idle = { at: 'idle' }

/** The charge that a lane is busy with. */
export function chargeOf(lane: Lane): Charge | null {
  return lane.at === 'idle' ? null : lane.charge
}

/** Whether a code was sent and its customer waits for what comes of it. */
export function isWithCustomer({ at }: Lane): boolean {
  return at === 'submitting' || at === 'asking' || at === 'serving'
}

/** When the lane must be looked at again although nothing happens. */
export function laneWakeAt(lane: Lane): number {
  switch (lane.at) {
    case 'idle':
      return Number.POSITIVE_INFINITY
    case 'arming':
    case 'submitting':
      return lane.giveUpAt
    case 'awaiting_scan':
      return lane.deadline
    case 'asking':
      return Math.min(lane.askUntil, lane.query?.until ?? lane.nextQueryAt)
    case 'serving':
      return lane.serveBy
    default:
      return lane satisfies never
  }
}

export function refusalOf(charge: Charge, claim: Claim, at: string): Refusal {
  return {
    attempt: charge.attempt,
    outTradeNo: charge.outTradeNo,
    reason: claim.reason,
    ...(claim.gatewayCode === undefined ? {} : { gatewayCode: claim.gatewayCode }),
    at,
  }
}
