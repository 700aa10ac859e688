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

/** The order had not been reversed: WeChat Pay asks to be called again. */
function isAgain(answer: ReverseAnswer): boolean {
  return answer.verdict === 'recall' || (answer.verdict === 'refused' && REVERSE_ERR.get(answer.errCode) === 'again')
}

const CALL_AGAIN: Omit<Found, 'seed' | 'excerpt'> = {
  showed:
    'a reverse that was answered "call again" counted as done, so a paid order that queries do not find before it was given up',
  plant: parts => {
    const { gateway } = parts
    const reverse: typeof gateway.reverse = order =>
      gateway
        .reverse(order)
        .then(reply =>
          reply.kind === 'answered' && isAgain(reply.answer) ? { ...reply, answer: { verdict: 'done' as const } } : reply,
        )
    return { ...parts, gateway: { ...gateway, reverse } }
  },
  message: /is written down as unpaid/,
}

/**
 * Each is played with every test, with its error and without. A change of what is drawn wears them out: one that no longer fails
 * with its error is found anew by planting that error and playing worlds until one fails.
 */
export const FOUND: readonly Found[] = [
  { seed: 709, excerpt: 'sale-2@99379,submit/sale-2/1/0/answerLost,heals@214465', ...CALL_AGAIN },
  { seed: 1_452, excerpt: 'sale-8@1513934,submit/sale-8/1/0/answerLost,heals@67468072', ...CALL_AGAIN },
]
