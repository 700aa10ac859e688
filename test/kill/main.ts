import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCampaign, type Tally } from './campaign.ts'
import { EFFECTS, type EffectName, momentsOf } from './effect.ts'

const USAGE = `npm run kill -- [--times N] [--seed N] [--boxes N] [--effect NAME] [--verbose]
  --times    how often the daemon is killed at each effect (default: 100)
  --seed     the seed of the first kill of each effect; each has the next one (default: drawn)
  --boxes    how many boxes die side by side (default: 6)
  --effect   one of them alone: ${EFFECTS.join(', ')}
  --verbose  a line for each kill, and the box's own log where something is wrong`

const EXIT = { sound: 0, usage: 1, wrong: 129 } as const
const PROGRESS_EVERY = 50

// The same program is started thousands of times.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../../node_modules/.cache/compiled')
process.exitCode = await main(process.argv.slice(2))

async function main(argv: string[]): Promise<number> {
  const given = readArguments(argv)
  if (given === null) {
    console.error(USAGE)
    return EXIT.usage
  }
  const { effects, verbose, ...settings } = given
  console.log(`seed ${settings.seed}`)
  const began = performance.now()
  let done = 0
  const { tallies, wrong } = await runCampaign({
    ...settings,
    effects,
    onPlayed: ({ death, scene, seed }, { died, end, wrong: found, log }) => {
      done += 1
      if (verbose)
        console.log(`${died ? 'killed' : 'missed'} ${death.moment} ${death.effect} ${death.nth} (${scene}, seed ${seed}): ${end}`)
      else if (done % PROGRESS_EVERY === 0) console.log(`${done} played`)
      for (const what of found) console.log(`WRONG: ${what}`)
      if (verbose && found.length > 0) console.log(log)
    },
  })
  print(effects, tallies)
  const kills = [...tallies.values()].reduce((sum, tally) => sum + tally.kills, 0)
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  console.log(`${kills} kills in ${minutes} min, wrong: ${wrong.length}`)
  for (const what of wrong) console.log(what)
  return wrong.length === 0 ? EXIT.sound : EXIT.wrong
}

function readArguments(argv: string[]) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        times: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        boxes: { type: 'string', default: '6' },
        effect: { type: 'string' },
        verbose: { type: 'boolean', default: false },
      },
    })
    const [times = 0, seed = 0, boxes = 0] = [values.times, values.seed, values.boxes].map(Number)
    const effects = values.effect === undefined ? EFFECTS : EFFECTS.filter(name => name === values.effect)
    const good = [times, seed, boxes].every(Number.isSafeInteger) && times > 0 && seed >= 0 && boxes > 0 && effects.length > 0
    return good ? { times, seed, boxes, effects, verbose: values.verbose } : null
  } catch (error) {
    if (error instanceof TypeError) return null // an option that there is not
    throw error
  }
}

function print(effects: readonly EffectName[], tallies: ReadonlyMap<string, Tally>): void {
  for (const effect of effects) {
    for (const moment of momentsOf(effect)) {
      const tally = tallies.get(`${effect} ${moment}`)
      const ends = [...(tally?.ends ?? [])].sort().map(([end, count]) => `${count} ${end}`)
      console.log(`${effect.padEnd(15)} ${moment.padEnd(7)} ${String(tally?.kills ?? 'never').padStart(5)}  ${ends.join(', ')}`)
    }
  }
}
