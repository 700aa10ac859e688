import { seededRandom } from '../../device/emulator/index.ts'
import { type Death, EFFECTS, type EffectName, momentsOf } from './effect.ts'
import { MET, type SceneName } from './scene.ts'

/** One death of a box. The same effect and seed give the same case; what the machine does with it is its own. */
export interface KillCase {
  readonly seed: number
  readonly death: Death
  readonly scene: SceneName
  readonly chargeId: string
  /** Fen. */
  readonly amount: number
}

/** Of so many deaths one is counted from the start of the box, where the effect is met there. */
const FROM_START_EVERY = 6
const DELAY_MS_MAX = 3
/** Met where no register gives a charge. */
const AT_START_ONLY: ReadonlySet<EffectName> = new Set(['open_lock'])

export function drawCase(effect: EffectName, seed: number, nth?: number): KillCase {
  const random = seededRandom(seed * EFFECTS.length + EFFECTS.indexOf(effect))
  const below = (count: number) => Math.floor(random() * count)
  const { in: scenes, times, atStart = false } = MET[effect]
  const moments = momentsOf(effect)
  const scene = scenes[below(scenes.length)] ?? 'pays'
  const fromStart = atStart && below(FROM_START_EVERY) === 0
  const drawn = 1 + below(times)
  return {
    seed,
    death: {
      effect,
      moment: moments[seed % moments.length] ?? 'before',
      nth: nth ?? drawn,
      from: fromStart || AT_START_ONLY.has(effect) ? 'start' : 'charge',
      delayMs: random() * DELAY_MS_MAX,
    },
    scene,
    chargeId: `${effect}-${seed}${nth === undefined ? '' : '-again'}`,
    amount: 100 + below(40_000),
  }
}
