import type { BoxSettings } from '../../core/box/settings.ts'
import type { Engine } from '../../device/emulator/index.ts'
import type { Broker } from './broker.ts'
import type { Contradictions } from './contradictions.ts'
import type { Fail } from './failure.ts'
import type { Fortune } from './fortune.ts'
import type { Plan } from './plan.ts'
import type { Sales } from './sale.ts'
import type { Story } from './story.ts'
import type { Weather } from './weather.ts'
import type { WorldClock } from './world-clock.ts'

/** What all parts of one world stand on. */
export interface Ground {
  readonly clock: WorldClock
  readonly plan: Plan
  readonly story: Story
  readonly settings: BoxSettings
  readonly engine: Engine
  /** What the engine draws. */
  readonly fortune: Fortune
  readonly sales: Sales
  readonly broker: Broker
  readonly fail: Fail
  readonly contradictions: Contradictions
  /**
   * Whether an order can be hidden from queries until it is reversed, because nobody got the submit's answer. Then a reverse that
   * was not done is not refused for good: nobody could tell that from an order that was never made.
   */
  readonly hides: boolean
  /** Whether what the box tells, writes and logs is searched for codes and keys. */
  readonly searched: boolean
  /** Whether its journal is lost, moved and put back: see `Card`. */
  readonly isCareless: boolean
  /** What is wrong with the world just now. */
  weather: Weather
  /** Of its two hosts both are there, only the second is, both refuse, or the first takes requests and does not answer. */
  gateway: 'there' | 'standby' | 'refusing' | 'silent'
  /** `failing`: it reads and writes only now and then. */
  disk: 'well' | 'stalled' | 'full' | 'failing'
  /** Whether box and registers can reach each other. */
  link: 'up' | 'down'
  /**
   * Whether the box has begun behind, or with another's journal, and cannot reach its broker: then its power stays. Once it is started
   * again nobody can tell any more which of its numbers were given before.
   */
  isAlone: boolean
}
