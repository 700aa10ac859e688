import { lateAnswer, type Missed } from '../core/box/answer.ts'
import type { Output } from '../core/box/draft.ts'
import type { CommittedEffect, Effect, HeldAnswer } from '../core/box/effect.ts'
import type { Happening } from '../core/box/event.ts'
import { isStillMeant, onNotMade } from '../core/box/meant.ts'
import { recover } from '../core/box/recover.ts'
import type { BoxSettings } from '../core/box/settings.ts'
import type { Box } from '../core/box/state.ts'
import { step } from '../core/box/step.ts'
import { viewStatus } from '../core/box/view.ts'
import { wakeAt } from '../core/box/wake.ts'
import { adviceText } from '../core/contract/advice.ts'
import type { ParsedCommand, Request } from '../core/contract/command.ts'
import { REASON_WORDS } from '../core/contract/reason.ts'
import { LIMITS } from '../core/limits.ts'
import type { AnswerRef, Clock, Gateway, Indicator, Journal, JournalRecord, Lock, Register, Reply } from '../core/ports.ts'
import type { FoundAnswer } from '../core/wechat/answer.ts'
import { logDurable } from './durable-log.ts'
import { holdBack, type Waiting } from './held-back.ts'
import { askJournal } from './question.ts'
import { ReadinessLog } from './readiness-log.ts'
import { countHeldBack, type RunnerLoad } from './runner-load.ts'

/** The parts a box is made of, and the one place that errors reach. */
export interface RunnerParts {
  readonly clock: Clock
  readonly gateway: Gateway
  readonly journal: Journal
  readonly register: Register
  readonly indicator: Indicator
  readonly lock: Lock
  readonly log: RunnerLog
  /** A rule of the program was broken, or a part broke its promise: the process has to end, and start-up resolves what was open. */
  readonly fatal: (error: unknown) => void
}

export interface RunnerLog {
  info(message: string, fields?: object): void
  /** `sort`: what makes two warnings the same trouble, where that is not all that they say. */
  warn(message: string, fields?: object, sort?: string): void
  error(message: string, fields?: object): void
}

/** How long after a commit that failed the next try begins. */
const COMMIT_RETRY_MS = 1_000

const UNANSWERED = { kind: 'unknown', why: 'no_answer' } as const

/** A command without an answer: what takes back its time-out, and what it is answered with then. */
interface Unanswered {
  readonly takeBack: () => void
  readonly late: (missed: Missed, decided: HeldAnswer | null) => object
}

type Executors = { readonly [Do in Effect['do']]: (effect: Extract<Effect, { do: Do }>) => void }

/**
 * The imperative shell: takes what happens one at a time, calls `step`, starts what waits for nothing, queues the commit, and lets
 * the commit release the rest. It never waits for a commit before the next event, and decides nothing.
 */
export class Runner {
  readonly #parts: RunnerParts
  readonly #settings: BoxSettings
  readonly #readiness: ReadinessLog
  readonly #executors: Executors
  readonly #mailbox: Happening[] = []
  readonly #queue: Waiting[] = []
  readonly #unanswered = new Map<number, Unanswered>()
  #box: Box
  #stepping = false
  #writing = false
  #ended = false
  #onFlushed = () => {}
  #wake = { at: Number.POSITIVE_INFINITY, takeBack: () => {} }

  /** Starts from what the journal holds. */
  constructor(record: JournalRecord, settings: BoxSettings, parts: RunnerParts) {
    this.#parts = parts
    this.#settings = settings
    this.#readiness = new ReadinessLog(parts.log)
    this.#executors = this.#makeExecutors(parts)
    const output = recover(record, parts.clock.now(), settings)
    this.#box = output.box
    this.#carryOut(output)
    this.post({ type: 'tick' })
  }

  /** What the box knows now; for those who show it. */
  get box(): Box {
    return this.#box
  }

  /** For those who watch that none of it grows without bound. */
  get load(): RunnerLoad {
    const [mailbox, commits, unanswered] = [this.#mailbox.length, this.#queue.length, this.#unanswered.size]
    return { mailbox, commits, unanswered, ...countHeldBack(this.#queue.flatMap(({ release }) => release)) }
  }

  /** Resolves when everything asked for so far is durable, or after `withinMs`. */
  flushed(withinMs: number): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onFlushed = resolve
      this.#parts.clock.after(withinMs, resolve)
    })
  }

  /** Something happened. It is decided at once, after what happened before it. */
  post(happening: Happening): void {
    this.#mailbox.push(happening)
    if (this.#stepping || this.#ended) return
    this.#stepping = true
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) this.#step(next)
      this.#sleep()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#stepping = false
    }
  }

  /** A command came under a lane's topic. */
  request(to: AnswerRef, { lane, verb }: Pick<Request, 'lane' | 'verb'>, parsed: ParsedCommand): void {
    const answerBy = this.#answerWithin(to, (missed, decided) => lateAnswer(parsed, missed, decided))
    this.post({ type: 'requested', to, lane, verb, parsed, answerBy })
  }

  /** Nothing is decided or started any more: what is under way is left as the journal holds it. */
  end(): void {
    this.#ended = true
    this.#wake.takeBack()
    for (const { takeBack } of this.#unanswered.values()) takeBack()
  }

  #lookUp({ to, command, question, answerBy }: Extract<Effect, { do: 'look_up' }>): void {
    askJournal(this.#parts.journal, question).then(
      found => {
        if (this.#unanswered.has(to.id)) this.post({ type: 'commanded', to, command, found, answerBy })
      },
      (error: unknown) => {
        this.#parts.log.warn('the journal cannot be read', { error })
        this.#answerLate(to, 'failed')
      },
    )
  }

  /** Every number at once; those that have not been answered in good time are unknown. */
  #find({ to, command, numbers, answerBy }: Extract<Effect, { do: 'find' }>): void {
    const { clock, gateway } = this.#parts
    const late = Promise.withResolvers<Reply<FoundAnswer>>()
    const takeBack = clock.after(answerBy - LIMITS.findMarginMs - clock.now().mono, () => late.resolve(UNANSWERED))
    const asked = numbers.map(async number => ({
      ...number,
      reply: await Promise.race([gateway.find(number.outTradeNo), late.promise]),
    }))
    Promise.all(asked).then(
      replies => {
        takeBack()
        this.post({ type: 'found', to, command, replies })
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #step(happening: Happening): void {
    const output = step(this.#box, { ...happening, at: this.#parts.clock.now() }, this.#settings)
    this.#box = output.box
    this.#carryOut(output)
  }

  #carryOut({ effects, commit }: Output): void {
    if (commit !== null) this.#queue.push({ ...commit, release: [] })
    for (const effect of effects) {
      const before = effect.wait === 'committed' ? this.#queue.at(-1) : undefined
      if (effect.wait === 'committed' && before !== undefined) holdBack(before.release, effect)
      else this.#execute(effect)
    }
    this.#write()
  }

  #execute<Do extends Effect['do']>(effect: Extract<Effect, { do: Do }>): void {
    const execute = this.#executors[effect.do as Do]
    execute(effect)
  }

  /** Writes all that waits as one transaction. */
  #write(): void {
    if (this.#writing || this.#ended || this.#queue.length === 0) return
    this.#writing = true
    const batch = [...this.#queue]
    const { clock, journal } = this.#parts
    const takeBack = clock.after(LIMITS.storageWithinMs, () => this.post({ type: 'storage', failing: true }))
    journal.commit(batch.flatMap(({ rows }) => rows)).then(
      () => {
        takeBack()
        this.#written(batch)
      },
      (error: unknown) => {
        takeBack()
        this.#notWritten(error)
      },
    )
  }

  /** What waited is released in order, before anything newer can overtake it. */
  #written(batch: readonly Waiting[]): void {
    if (this.#ended) return
    this.#writing = false
    this.#queue.splice(0, batch.length)
    for (const { rows, release } of batch) {
      for (const row of rows) logDurable(this.#parts.log, row)
      for (const effect of release) {
        if (isStillMeant(this.#box, effect)) this.#execute(effect)
        else this.#drop(effect)
      }
    }
    if (this.#box.storageFailing) this.post({ type: 'storage', failing: false })
    this.post({ type: 'committed', ticket: batch.at(-1)?.ticket ?? 0 })
    if (this.#queue.length === 0) this.#onFlushed()
    this.#write()
  }

  #drop(effect: CommittedEffect): void {
    const happening = onNotMade(effect)
    if (happening !== null) this.post(happening)
  }

  /** Nothing is dropped: the same rows are tried again until they are taken. */
  #notWritten(error: unknown): void {
    if (this.#ended) return
    const { clock, log } = this.#parts
    log.warn('the journal cannot be written', { error })
    this.post({ type: 'storage', failing: true })
    const answers = this.#queue.flatMap(({ release }) => release.flatMap(effect => (effect.do === 'answer' ? [effect.to] : [])))
    for (const to of answers) this.#answerLate(to, 'failed')
    clock.after(COMMIT_RETRY_MS, () => {
      this.#writing = false
      this.#write()
    })
  }

  /** A command is answered in time, with `late` where nothing else can be said by then. Returns when that is. */
  #answerWithin(to: AnswerRef, late: Unanswered['late']): number {
    const { clock } = this.#parts
    const takeBack = clock.after(LIMITS.storageWithinMs, () => this.#answerLate(to, 'silent'))
    this.#unanswered.set(to.id, { takeBack, late })
    return clock.now().mono + LIMITS.storageWithinMs
  }

  /** What waits for the disk to be answered is not kept: a disk that hangs for hours must not eat the memory. */
  #answerLate(to: AnswerRef, missed: Missed): void {
    const unanswered = this.#unanswered.get(to.id)
    if (unanswered === undefined) return
    let decided: HeldAnswer | null = null
    for (const { release } of this.#queue) {
      const held = release.find(effect => effect.do === 'answer' && effect.to.id === to.id)
      if (held?.do !== 'answer') continue
      release.splice(release.indexOf(held), 1)
      decided = held
    }
    this.#answer(to, unanswered.late(missed, decided))
  }

  /** A command has one answer; what comes after it is dropped, for the register repeats what it still wants to know. */
  #answer(to: AnswerRef, body: object): void {
    const unanswered = this.#unanswered.get(to.id)
    if (unanswered === undefined) return
    this.#unanswered.delete(to.id)
    unanswered.takeBack()
    this.#parts.register.answer(to, body)
  }

  /** One timer for everything: the box says when it wants to be looked at again. */
  #sleep(): void {
    const { clock } = this.#parts
    const at = wakeAt(this.#box)
    if (at === this.#wake.at) return
    this.#wake.takeBack()
    if (at === Number.POSITIVE_INFINITY) {
      this.#wake = { at, takeBack: () => {} }
      return
    }
    const takeBack = clock.after(Math.max(0, at - clock.now().mono), () => {
      this.#wake = { at: Number.POSITIVE_INFINITY, takeBack: () => {} }
      this.post({ type: 'tick' })
    })
    this.#wake = { at, takeBack }
  }

  #fail(error: unknown): void {
    this.end()
    this.#parts.fatal(error)
  }

  /** What a lane would tell behind the disk is of the stream before, too. */
  #untellStates(): void {
    for (const { release } of this.#queue)
      release.splice(0, release.length, ...release.filter(effect => effect.do !== 'tell_state'))
    this.#parts.register.untellStates()
  }

  #readLook({ query }: Extract<Effect, { do: 'read_look' }>): void {
    this.#parts.journal.nextLook(query).then(
      next => this.post({ type: 'look_read', next }),
      (error: unknown) => {
        this.#parts.log.warn('the journal cannot be read', { error })
        this.post({ type: 'look_read', next: null })
      },
    )
  }

  /** Every effect has an executor: one that is missing does not compile. */
  #makeExecutors({ gateway, register, indicator, lock, log }: RunnerParts): Executors {
    const answer = ({ to, body }: { to: AnswerRef; body: object }) => this.#answer(to, body)
    return {
      show: ({ lane, pattern, amount }) => indicator.show(lane, pattern, amount),
      pulse: ({ lane, chargeId }) => {
        lock.open(lane, () => {
          log.error('the lock did not open for who has paid: a person has to see to it', { lane, charge_id: chargeId })
          this.post({ type: 'lock_stayed_shut' })
        })
      },
      warm: () => gateway.warm(),
      tell_scan: ({ lane, body }) => register.scan(lane, body),
      tell_status: ({ body }) => {
        register.status(body)
        this.#readiness.tell(viewStatus(this.#box, this.#settings))
      },
      tell_state: ({ lane, body }) => register.state(lane, body),
      tell_undurable: ({ lane, body }) => register.state(lane, body),
      tell_events: ({ lane }) => register.eventsWaiting(lane),
      untell_states: () => this.#untellStates(),
      look_up: effect => this.#lookUp(effect),
      read_look: effect => this.#readLook(effect),
      call_person: ({ lane, chargeId, outTradeNo, reason }) =>
        log.error(`a person has to see to it: ${adviceText(REASON_WORDS[reason].advice, reason, 'en')}`, {
          lane,
          charge_id: chargeId,
          out_trade_no: outTradeNo,
          reason,
        }),
      find: effect => this.#find(effect),
      read_out: answer,
      refuse: answer,
      answer,
      submit: ({ request, code }) => {
        const { outTradeNo } = request
        this.#hear(gateway.submit(request, code), reply => ({ type: 'submit_replied', outTradeNo, reply }))
      },
      query: ({ order, priority, askedAt }) => {
        const { outTradeNo } = order
        this.#hear(gateway.query(order, priority), reply => ({ type: 'query_replied', outTradeNo, askedAt, reply }))
      },
      reverse: ({ order, askedAt }) => {
        const { outTradeNo } = order
        this.#hear(gateway.reverse(order), reply => ({ type: 'reverse_replied', outTradeNo, askedAt, reply }))
      },
      refund: ({ order, request, askedAt }) => {
        const { outTradeNo } = order
        this.#hear(gateway.refund(request), reply => ({ type: 'refund_replied', outTradeNo, askedAt, reply }))
      },
      refund_query: ({ order, askedAt }) => {
        const { outTradeNo } = order
        this.#hear(gateway.refundQuery(order), reply => ({ type: 'refund_query_replied', outTradeNo, askedAt, reply }))
      },
      pay_back: ({ lane, refundId, request, askedAt }) =>
        this.#hear(gateway.refund(request), reply => ({ type: 'pay_back_replied', lane, refundId, askedAt, reply })),
      pay_back_query: ({ lane, refundId, request, askedAt }) =>
        this.#hear(gateway.refundState(request), reply => ({ type: 'pay_back_query_replied', lane, refundId, askedAt, reply })),
      probe: ({ order }) => this.#hear(gateway.query(order, 'background'), reply => ({ type: 'probe_replied', reply })),
      probe_reverse: ({ order }) => this.#hear(gateway.reverse(order), reply => ({ type: 'probe_reverse_replied', reply })),
    }
  }

  #hear<Answer extends { readonly kind: string; readonly why?: string }>(
    call: Promise<Answer>,
    happened: (reply: Answer) => Happening,
  ): void {
    call.then(
      reply => {
        const happening = happened(reply)
        if (reply.kind !== 'answered')
          this.#parts.log.warn('the gateway gave no answer to be believed', happening, sortOf(happening, reply))
        this.post(happening)
      },
      (error: unknown) => this.#fail(error),
    )
  }
}

/** The calls of one sort that come to the same are one trouble. A submit is a customer's, and told each time. */
function sortOf(happening: Happening, { kind, why }: { readonly kind: string; readonly why?: string }): string {
  const { type } = happening
  return type === 'submit_replied' ? `${type} ${happening.outTradeNo}` : `${type} ${kind} ${why}`
}
