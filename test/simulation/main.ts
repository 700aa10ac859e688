import { parseArgs } from 'node:util'
import { type CampaignEnd, runCampaign } from './campaign.ts'
import { EXIT } from './failure.ts'

const USAGE = `npm run simulate -- [--seed N] [--payments N] [--wire SHARE] [--verbose]
  --seed      the first world's seed; each world has the next one (default: drawn)
  --payments  play worlds until so many payments were made (default: 2000)
  --wire      the share of worlds with XML and signatures, 0 to 1 (default: 0.01)
  --verbose   print every world's whole story`

interface Arguments {
  readonly seed: number
  readonly payments: number
  readonly wire: number
  readonly verbose: boolean
}

process.exitCode = await main(process.argv.slice(2))

async function main(argv: string[]): Promise<number> {
  const given = readArguments(argv)
  if (given === null) {
    console.error(USAGE)
    return EXIT.usage
  }
  const { seed, payments, wire, verbose } = given
  console.log(`seed ${seed}`)
  const began = performance.now()
  const onWorld = (worldSeed: number, story: { of(charge: string | null): readonly string[] }) => {
    console.log([`world ${worldSeed}`, ...story.of(null)].join('\n'))
  }
  const end = await runCampaign({ seed, payments, wire, ...(verbose ? { onWorld } : {}) })
  if (end.failed !== null) return report(end.failed, wire)
  summarize(end, performance.now() - began)
  return EXIT.sound
}

function readArguments(argv: string[]): Arguments | null {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
        payments: { type: 'string', default: '2000' },
        wire: { type: 'string', default: '0.01' },
        verbose: { type: 'boolean', default: false },
      },
    })
    const [seed, payments, wire] = [Number(values.seed), Number(values.payments), Number(values.wire)]
    const good =
      Number.isSafeInteger(seed) && seed >= 0 && Number.isSafeInteger(payments) && payments > 0 && wire >= 0 && wire <= 1
    return good ? { seed, payments, wire, verbose: values.verbose } : null
  } catch (error) {
    if (error instanceof TypeError) return null // an option that there is not
    throw error
  }
}

function report({ seed, failure, story }: NonNullable<CampaignEnd['failed']>, wire: number): number {
  console.log(`\n${story.of(failure.charge).join('\n')}`)
  console.log(`\n${failure.kind}, world ${seed}, charge ${failure.charge ?? '(box)'}: ${failure.message}`)
  console.log(`again: npm run simulate -- --seed ${seed} --payments 1 --wire ${wire}`)
  return EXIT[failure.kind]
}

function summarize({ payments, worlds, lasted, met }: CampaignEnd, tookMs: number): void {
  const lines = [...met]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, times]) => `${String(times).padStart(8)}  ${kind}`)
  console.log(lines.join('\n'))
  const rate = Math.round((payments / tookMs) * 1_000)
  console.log(
    `${payments} payments in ${worlds} worlds, ${(lasted / 86_400_000).toFixed(1)} virtual days, ${rate} payments/s, nothing wrong`,
  )
}
