import type { Dice } from './dice.ts'

/** How hostile a world is. Chances are per call, message or effect; means are milliseconds between two of a kind, 0 for never. */
export interface Weather {
  readonly notSent: number
  readonly requestLost: number
  readonly answerLost: number
  readonly late: number
  readonly unverifiable: number
  readonly claimed: number
  readonly gatewayAwayMean: number
  readonly cutPerEffect: number
  readonly cutMean: number
  /** How often the journal is done with a call before any time passes. */
  readonly diskPrompt: number
  readonly diskSlow: number
  readonly diskTroubleMean: number
  /** How often a message arrives before any time passes. */
  readonly messagePrompt: number
  readonly messageLost: number
  readonly messageRepeated: number
  readonly messageLate: number
  readonly linkDownMean: number
  /** A gun's cable sits loose: it is gone and back, a hundred times perhaps. */
  readonly cableLooseMean: number
  /** How often a gateway or a link that is away is so for hours or days. */
  readonly forHours: number
  readonly nuisanceMean: number
  readonly busyLoop: number
  /** How often the wall clock jumps by years in one life of the box. */
  readonly clockJumps: number
}

export const CALM: Weather = {
  notSent: 0,
  requestLost: 0,
  answerLost: 0,
  late: 0,
  unverifiable: 0,
  claimed: 0,
  gatewayAwayMean: 0,
  cutPerEffect: 0,
  cutMean: 0,
  diskPrompt: 0.95,
  diskSlow: 0,
  diskTroubleMean: 0,
  messagePrompt: 0.9,
  messageLost: 0,
  messageRepeated: 0,
  messageLate: 0,
  linkDownMean: 0,
  cableLooseMean: 0,
  forHours: 0,
  nuisanceMean: 0,
  busyLoop: 0,
  clockJumps: 0,
}

const WORST: Omit<Weather, 'diskPrompt' | 'messagePrompt' | 'cableLooseMean'> = {
  notSent: 0.15,
  requestLost: 0.15,
  answerLost: 0.2,
  late: 0.2,
  unverifiable: 0.15,
  claimed: 0.2,
  gatewayAwayMean: 120_000,
  cutPerEffect: 0.02,
  cutMean: 60_000,
  diskSlow: 0.2,
  diskTroubleMean: 120_000,
  messageLost: 0.2,
  messageRepeated: 0.2,
  messageLate: 0.1,
  linkDownMean: 90_000,
  forHours: 0.02,
  nuisanceMean: 60_000,
  busyLoop: 0.1,
  clockJumps: 0.3,
}

/**
 * In half of the worlds most kinds of trouble are away; in the others each is away from two in five, and of its own strength where it
 * is: mixed all alike, they hide each other.
 */
export function drawWeather(dice: Dice): Weather {
  const away = dice.chance(0.5) ? 0.85 : 0.4
  const drawn = Object.entries(WORST).map(([kind, worst]: [string, number]) => {
    if (dice.chance(away)) return [kind, 0] as const
    const strength = 0.03 + 0.97 * dice.random() ** 2
    return [kind, worst >= 1 ? worst / strength : worst * strength] as const
  })
  const prompt = {
    diskPrompt: dice.chance(0.85) ? CALM.diskPrompt : 0,
    messagePrompt: dice.chance(0.85) ? CALM.messagePrompt : 0,
  }
  const cableLooseMean = dice.chance(0.8) ? 0 : 60_000
  return { ...CALM, ...Object.fromEntries(drawn), ...prompt, cableLooseMean }
}
