import type { NotSentWhy } from '../../core/ports.ts'
import { REVERSE_ERR } from '../../core/wechat/err-code.ts'
import type { Dice, Weighted } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Altered, Spoiling, Unverifiable } from './line.ts'

export type CallKind = 'submit' | 'query' | 'reverse' | 'refund' | 'refund_query' | 'probe'

/** What becomes of one call. Times are ms after the call was made. */
export type Fate =
  | { readonly kind: 'not_sent'; readonly why: NotSentWhy; readonly repliedAfter: number }
  | {
      readonly kind: 'sent'
      readonly name: string
      readonly sentAfter: number
      /** When the gateway takes it up; null where it never does. */
      readonly servedAfter: number | null
      readonly spoiling: Spoiling
      /** When the answer arrives; null where it never does. */
      readonly answeredAfter: number | null
    }

/** A code can take effect so much later than it left, at most: less than the box waits before it believes that it never did. */
const LATEST_MS = 60_000

type Fault = 'notSent' | 'requestLost' | 'answerLost' | 'late' | 'unverifiable' | 'claimed'

/** `call` names it among all calls, `dice` are its own. */
export function drawFate(ground: Ground, kind: CallKind, call: string, dice: Dice): Fate {
  const { plan, weather, gateway } = ground
  const befalls = (fault: Fault) => plan.fault(fault, weather[fault], () => `${call}/${fault}`)
  if (gateway === 'refusing' || befalls('notSent') !== null) {
    const why = dice.pick<NotSentWhy>(['name', 'refused', 'timeout', 'tls', 'proxy', 'clock'])
    return { kind: 'not_sent', why, repliedAfter: dice.between(1, 4_000) }
  }
  const sentAfter = dice.between(0, dice.chance(0.05) ? 2_000 : 80) + failover(ground, dice)
  const servedAfter = sentAfter + dice.between(10, 150)
  const plain = {
    kind: 'sent',
    sentAfter,
    servedAfter,
    spoiling: { kind: 'none' },
    answeredAfter: servedAfter + (dice.chance(0.8) ? 0 : dice.between(10, 300)),
  } as const
  if (gateway === 'silent' || befalls('requestLost') !== null)
    return { ...plain, name: 'request lost', servedAfter: null, answeredAfter: null }
  if (befalls('answerLost') !== null) return { ...plain, name: 'answer lost', answeredAfter: null }
  const late = befalls('late')
  if (late !== null) return drawLate(ground, late, plain)
  const unverifiable = befalls('unverifiable')
  if (unverifiable !== null) return { ...plain, name: 'unverifiable', spoiling: drawUnverifiable(unverifiable) }
  const claimed = befalls('claimed')
  if (claimed !== null) return { ...plain, name: 'claimed', spoiling: drawClaim(ground, claimed, kind) }
  return { ...plain, name: 'answered' }
}

/**
 * One lie nobody could see through: that a reverse is no use, of an order that is hidden (see `Ground.hides`). Nor is it told of one that
 * is carried out, which may be one that has to be called again.
 */
function isBlinding({ hides }: Ground, kind: CallKind, errCode: string): boolean {
  return kind === 'reverse' && hides && REVERSE_ERR.get(errCode) === 'refund_if_paid'
}

/** The first host costs a call up to three seconds before it goes to the second, until the box knows that it is away. */
function failover({ gateway }: Ground, dice: Dice): number {
  return gateway === 'standby' && dice.chance(0.5) ? dice.between(0, 3_000) : 0
}

type Sent = Omit<Extract<Fate, { kind: 'sent' }>, 'name'>

/** Late to arrive, or only late to be answered; around the moment at which the box gives a call up, and long after it. */
function drawLate({ settings }: Ground, dice: Dice, plain: Sent): Fate {
  const { answerWithinMs } = settings.timing
  const byMs = dice.weigh<number>([
    [3, dice.between(500, answerWithinMs)],
    [2, answerWithinMs + dice.between(-60, 60)],
    [2, dice.between(answerWithinMs, LATEST_MS)],
  ])
  const served = dice.chance(0.5) ? byMs : plain.servedAfter
  const servedAfter = Math.max(plain.sentAfter, served ?? byMs)
  return {
    ...plain,
    name: served === byMs ? 'request late' : 'answer late',
    servedAfter,
    answeredAfter: Math.max(servedAfter, byMs) + dice.between(0, 20),
  }
}

/** Whoever answered, it may have been carried out or not: nothing of it is known. */
function drawUnverifiable(dice: Dice): Spoiling {
  if (dice.chance(0.4))
    return { kind: 'altered', how: dice.pick<Altered>(['wrong_amount', 'other_order', 'other_merchant', 'other_currency']) }
  const how = dice.pick<Unverifiable>(['wrong_sign', 'no_sign', 'bad_gateway', 'garbage', 'captive'])
  return { kind: 'unverifiable', how, done: how !== 'captive' && dice.chance(0.7) }
}

const FORM = ['NOAUTH', 'SIGNERROR', 'PARAM_ERROR', 'LACK_PARAMS', 'INVALID_REQUEST'] as const
const UNLISTED = 'A_CODE_NOBODY_HAS_LISTED'

/**
 * The codes that a call can be answered with in place of the truth, done or not. ORDERNOTEXIST of a query is not among them: what
 * WeChat Pay does not find, the emulator decides. Source: WeChat Pay APIv2, error codes of each call.
 */
const ERR_CODES: Readonly<
  Record<CallKind, readonly [Weighted<readonly [string, ...string[]]>, ...Weighted<readonly [string, ...string[]]>[]]>
> = {
  submit: [
    [6, ['SYSTEMERROR', 'BANKERROR', 'USERPAYING', 'ORDERPAID', 'OUT_TRADE_NO_USED', 'FREQUENCY_LIMITED', 'RULELIMIT', UNLISTED]],
    [6, ['NOTENOUGH', 'NOTSUPORTCARD', 'TRADE_ERROR', 'BUYER_MISMATCH', 'ORDERCLOSED', 'ORDERREVERSED']],
    [4, ['AUTHCODEEXPIRE', 'AUTH_CODE_ERROR', 'AUTH_CODE_INVALID']],
    [
      1,
      [
        ...FORM,
        'APPID_NOT_EXIST',
        'MCHID_NOT_EXIST',
        'APPID_MCHID_NOT_MATCH',
        'XML_FORMAT_ERROR',
        'REQUIRE_POST_METHOD',
        'NOT_UTF8',
      ],
    ],
  ],
  query: [
    [8, ['SYSTEMERROR', 'FREQUENCY_LIMITED', UNLISTED]],
    [1, FORM],
  ],
  reverse: [
    [6, ['SYSTEMERROR', 'USERPAYING', 'FREQUENCY_LIMITED', UNLISTED]],
    [
      6,
      [
        'TRADE_ERROR',
        'INVALID_REQUEST',
        'INVALID_TRANSACTIONID',
        'REVERSE_EXPIRE',
        'PARAM_ERROR',
        'SIGNERROR',
        'REQUIRE_POST_METHOD',
      ],
    ],
  ],
  refund: [
    [6, ['SYSTEMERROR', 'BIZERR_NEED_RETRY', 'ORDER_NOT_READY', 'FREQUENCY_LIMITED', 'INVALID_REQ_TOO_MUCH', UNLISTED]],
    [1, ['NOTENOUGH', 'USER_ACCOUNT_ABNORMAL', 'TRADE_OVERDUE', 'ERROR', 'CERT_ERROR', 'NOAUTH']],
  ],
  refund_query: [[1, ['SYSTEMERROR', 'PARAM_ERROR', UNLISTED]]],
  probe: [[1, ['SYSTEMERROR', ...FORM]]],
}

function drawClaim(ground: Ground, dice: Dice, kind: CallKind): Spoiling {
  const drawn = dice.pick(dice.weigh(ERR_CODES[kind]))
  const errCode = isBlinding(ground, kind, drawn) ? 'SYSTEMERROR' : drawn
  return { kind: 'err_code', errCode, done: dice.chance(0.5) }
}
