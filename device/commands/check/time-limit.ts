import type { Clock } from '../../../core/ports.ts'

/** What comes of it within `ms`, or what `late` says instead. */
export function within<Result>(clock: Clock, ms: number, coming: Promise<Result>, late: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    const takeBack = clock.after(ms, () => resolve(late()))
    coming.then(resolve, reject).finally(takeBack)
  })
}
