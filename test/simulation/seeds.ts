import type { Reply } from '../../core/ports.ts'
import type { ReverseAnswer } from '../../core/wechat/answer.ts'
import { REVERSE_ERR } from '../../core/wechat/err-code.ts'
import type { Plant } from './life.ts'

/** A world in which an error was found, cut down to what it takes. */
export interface Found {
  readonly seed: number
  /** As `--only` takes it. */
  readonly excerpt: string
  readonly showed: string
  /** Brings the error back: while it makes the world fail, the world still shows what it is kept for. */
  readonly plant: Plant
  readonly message: RegExp
}

/** Nothing says that it has met the order: WeChat Pay asks to be called again, or nobody knows who answered. */
function isOpen(reply: Reply<ReverseAnswer>): boolean {
  if (reply.kind !== 'answered') return reply.kind === 'unknown'
  const { answer } = reply
  return answer.verdict === 'recall' || (answer.verdict === 'refused' && REVERSE_ERR.get(answer.errCode) === 'again')
}

const MET: Omit<Found, 'seed' | 'excerpt'> = {
  showed:
    'a reverse that was answered "call again", or with nothing to be believed, counted as done, so a paid order that queries do not find before it was given up',
  plant: parts => {
    const { gateway } = parts
    const done = { kind: 'answered', answer: { verdict: 'done' }, sentAt: 0 } as const
    const reverse: typeof gateway.reverse = order => gateway.reverse(order).then(reply => (isOpen(reply) ? done : reply))
    return { ...parts, gateway: { ...gateway, reverse } }
  },
  message: /is written down as unpaid/,
}

/**
 * Each is played with every test, with its error and without. A change of what is drawn wears them out: one that no longer fails
 * with its error is found anew by planting that error and playing worlds until one fails.
 */
export const FOUND: readonly Found[] = [
  { seed: 50, excerpt: `sale-1@1000,submit/sale-1/1/0/answerLost,${lost(0, 1, 2, 3)}`, ...MET },
  { seed: 68, excerpt: `sale-1@1000,submit/sale-1/1/0/answerLost,${lost(0, 1, 2, 3)}`, ...MET },
]

/** The requests of these reverses never arrive. */
function lost(...reverses: readonly number[]): string {
  return reverses.map(number => `reverse/sale-1/1/${number}/requestLost`).join()
}
