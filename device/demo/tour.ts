import { formatYuan } from '../till/yuan.ts'
import { Act } from './act.ts'
import type { Counter, CounterHandlers, CounterNews } from './counter.ts'
import { DemoError } from './demo-error.ts'
import type { Scene } from './scenes.ts'

/** The tour: sales at a counter, one after another, each judged by the register's book and by WeChat Pay's ledger. */

export interface Audience {
  /** A line of the tour. */
  readonly tell: (line: string) => void
  /** A line of the box's log. */
  readonly tellLog: (line: string) => void
}

/** How much of the box's log is kept for a scene that ends wrongly. */
const LOG_LINES_MAX = 200

interface Played {
  readonly act: Act
  /** Why it did not end as it should; empty where it did. */
  readonly problems: readonly string[]
}

/** Plays scenes at a counter. */
export class Tour implements CounterHandlers {
  readonly logsForPeople = false
  readonly #scenes: readonly Scene[]
  readonly #audience: Audience
  #act: Act | null = null
  #log: string[] = []

  constructor(scenes: readonly Scene[], audience: Audience) {
    this.#scenes = scenes
    this.#audience = audience
  }

  onNews(news: CounterNews): void {
    this.#act?.onNews(news)
  }

  /** What goes wrong within a scene is mostly meant to: it is told only where the scene does not end well. */
  onLog(line: string): void {
    if (this.#act === null) this.#audience.tellLog(line)
    else if (this.#log.push(line) > LOG_LINES_MAX) this.#log.shift()
  }

  /** Plays every scene. Resolves with 0 only if each ended as it should, and book and ledger agree. */
  async play(counter: Counter): Promise<number> {
    const { tell, tellLog } = this.#audience
    tell('A real box; WeChat Pay, broker, gun, lights and till around it are simulated, all in this process.\n')
    let good = 0
    for (const [index, scene] of this.#scenes.entries()) {
      this.#log = []
      this.#act = new Act(counter, `sale-${index + 1}`, scene.amount)
      const played = await play(scene, this.#act)
      for (const line of describe(index + 1, scene, played)) tell(line)
      if (played.problems.length === 0) good += 1
      else for (const line of this.#log) tellLog(line)
      if (played.act.charge?.final !== true) break // the lane may not be free for the next
    }
    return sumUp(counter, good, this.#scenes.length, this.#audience) ? 0 : 1
  }

  close(): void {
    this.#act = null
  }
}

async function play(scene: Scene, act: Act): Promise<Played> {
  try {
    await scene.play(act)
    await act.untilFinal()
    await act.counter.ready()
  } catch (error) {
    if (!(error instanceof DemoError) || error.code === 'closed') throw error
    return { act, problems: [error.message] }
  }
  return { act, problems: judge(scene, act) }
}

function judge(scene: Scene, act: Act): string[] {
  const { charge, moved, complaints } = act
  const expectedFen = charge?.outcome === 'paid' ? act.amount : 0
  const netFen = moved.takenFen - moved.returnedFen
  const unseen = scene.lights.filter(pattern => !act.lights.includes(pattern))
  return [
    ...(charge?.state === scene.ends ? [] : [`it should have ended ${scene.ends}`]),
    ...(netFen === expectedFen
      ? []
      : [`the register was told of ${formatYuan(expectedFen)}, the ledger holds ${formatYuan(netFen)}`]),
    ...(act.submits === scene.submits ? [] : [`codes sent to WeChat Pay: ${act.submits}, not ${scene.submits}`]),
    ...unseen.map(pattern => `the lights never showed ${pattern}`),
    ...complaints,
  ]
}

function describe(number: number, scene: Scene, { act, problems }: Played): string[] {
  const { takenFen, returnedFen } = act.moved
  const ledger = [
    ...(takenFen > 0 ? [`${formatYuan(takenFen)} taken`] : ['nothing taken']),
    ...(returnedFen > 0 ? [`${formatYuan(returnedFen)} given back`] : []),
  ]
  return [
    `${problems.length === 0 ? '✓' : '✗'} ${String(number).padStart(2)}  ${scene.title}`,
    line('happens', act.did),
    line('lights', act.lights),
    line('register', act.heard),
    line('ledger', ledger),
    ...problems.map(problem => line('✗', [problem])),
    '',
  ]
}

function line(name: string, words: readonly string[]): string {
  return `      ${name.padEnd(10)}${words.join(' · ')}`
}

function sumUp(counter: Counter, good: number, all: number, audience: Audience): boolean {
  const bookFen = counter.bookedFen()
  const ledgerFen = counter.takenFen()
  const sums = `register's book ${formatYuan(bookFen)}, WeChat Pay's ledger ${formatYuan(ledgerFen)}`
  const isGood = good === all && bookFen === ledgerFen
  audience.tell(`${isGood ? '✓' : '✗'} ${good} of ${all} scenes ended as they should; ${sums}`)
  return isGood
}
