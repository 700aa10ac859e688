import { errorBody, failure } from '../core/contract/error.ts'
import type { Fields } from '../core/contract/payload.ts'
import { readSettle } from '../core/contract/verb/settle.ts'
import type { Register } from '../core/ports.ts'
import type { Runner } from './runner.ts'

/** People at the box, beside the registers: they are answered by the same runner, under references that no register has. */
export class People {
  readonly #waiting = new Map<number, (body: object) => void>()
  #lastId = 0

  /** The registers, and answers to people taken out before they get there. */
  beside(register: Register): Register {
    return {
      answer: (to, body) => (to.id < 0 ? this.#answer(to.id, body) : register.answer(to, body)),
      state: (lane, body) => register.state(lane, body),
      status: body => register.status(body),
      scan: (lane, body) => register.scan(lane, body),
      untellStates: () => register.untellStates(),
      eventsWaiting: lane => register.eventsWaiting(lane),
    }
  }

  settle(runner: Runner, lane: string, fields: Fields): Promise<object> {
    this.#lastId -= 1
    const id = this.#lastId
    const read = readSettle({ ...fields, request_id: `console${id}` }, lane)
    if ('error' in read) return Promise.resolve(failure(null, read.error))
    if (!runner.box.lanes.has(lane)) {
      const error = errorBody({ code: 'invalid', message: 'lane: expected a lane of this box', field: 'lane' })
      return Promise.resolve(failure(null, error))
    }
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      runner.request({ id }, { lane, verb: 'settle' }, { ok: true, command: read.command })
    })
  }

  #answer(id: number, body: object): void {
    this.#waiting.get(id)?.(body)
    this.#waiting.delete(id)
  }
}
