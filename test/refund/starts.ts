import type { RefundStateAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, NO_ANSWER, PAID } from '../core-box/bench.ts'
import { SENT_CODE } from '../core-box/happenings.ts'
import type { Start } from '../core-box/table.ts'

const NONE: RefundStateAnswer = { verdict: 'refused', errCode: 'REFUNDNOTEXIST' }

/** A charge over 1234 fen that was paid. */
export function sold(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan(SENT_CODE)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  return bench
}

/** A refund `R` of 500 of them was accepted, and WeChat Pay is asked to give it back. */
export function refunding(): Bench {
  const bench = sold()
  bench.refund('R')
  return bench
}

/** WeChat Pay refuses it: one query follows. */
export function claimed(errCode = 'NOTENOUGH'): Bench {
  const bench = refunding()
  bench.paidBack('R', answered({ verdict: 'refused', errCode }))
  return bench
}

/** The refusal stands: a person has to look. A query is under way. */
export function needingPerson(): Bench {
  const bench = claimed()
  bench.payBackQueried('R', answered(NONE))
  bench.untilDue()
  return bench
}

function at(bench: Bench): Start {
  return { bench, order: null }
}

/** A refund in each of its states. */
export const STARTS: Readonly<Record<string, () => Start>> = {
  'on its way to the disk': () => {
    const bench = sold()
    bench.holdCommits = true
    bench.refund('R')
    return at(bench)
  },
  'a refund call is under way': () => at(refunding()),
  'a query is due later, for nobody answered': () => {
    const bench = refunding()
    bench.paidBack('R', NO_ANSWER)
    return at(bench)
  },
  'a query is under way, for nobody answered': () => {
    const bench = refunding()
    bench.paidBack('R', NO_ANSWER)
    bench.untilDue()
    return at(bench)
  },
  'a query is under way, for WeChat Pay has it': () => {
    const bench = refunding()
    bench.paidBack('R', answered({ verdict: 'accepted' }))
    bench.untilDue()
    return at(bench)
  },
  'a query is under way, for WeChat Pay refused it': () => at(claimed()),
  'a query is under way that may prove that there is no refund': () => {
    const bench = needingPerson()
    bench.payBackQueried('R', answered(NONE))
    bench.untilDue()
    return at(bench)
  },
  'a query is under way, for a person must act on the merchant platform': () => {
    const bench = refunding()
    bench.paidBack('R', answered({ verdict: 'accepted' }))
    bench.untilDue()
    bench.payBackQueried('R', answered({ verdict: 'refund', status: 'stuck' }))
    bench.untilDue()
    return at(bench)
  },
  'ended, and the journal does not know it yet': () => {
    const bench = refunding()
    bench.paidBack('R', answered({ verdict: 'accepted' }))
    bench.untilDue()
    bench.holdCommits = true
    bench.payBackQueried('R', answered({ verdict: 'refund', status: 'returned' }))
    return at(bench)
  },
}

/** Where the refund stands, in some words. */
export function describeRefund(bench: Bench): string {
  const refunding = bench.refunding('R')
  if (refunding === undefined) return 'forgotten'
  const { state, known, gatewayCode } = refunding.refund
  if (refunding.at !== 'calling') return `${refunding.at}: ${state}`
  const { next, call, claim, notFound, unanswered } = refunding
  const words = [
    known && 'known',
    gatewayCode,
    claim !== null && `claim ${claim}`,
    unanswered > 0 && `${unanswered} unanswered`,
    notFound > 0 && `not found ${notFound}`,
  ].filter(word => word !== false && word !== undefined)
  return `${state}, ${next} ${call === null ? 'later' : 'under way'} (${words.join(', ')})`
}
