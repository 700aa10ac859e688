import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type CampaignEnd, runCampaign } from './campaign.ts'
import { CATALOGUE, unmet } from './catalogue.ts'
import { readExcerpt, writeExcerpt } from './excerpt.ts'
import { EXIT } from './failure.ts'
import type { Excerpt } from './plan.ts'
import { playWorld } from './played.ts'

const USAGE = `npm run simulate -- [--seed N] [--payments N] [--wire SHARE] [--threads N] [--complete] [--verbose]
npm run simulate -- --seed N --wire SHARE --only EXCERPT
  --seed      the first world's seed; each world has the next one (default: drawn)
  --payments  play worlds until so many payments were made (default: 2000)
  --wire      the share of worlds with XML, signatures and the real journal, 0 to 1 (default: 0.01)
  --threads   how many play (default: one for each core); what comes out is the same with any number
  --complete  fail if anything of the table was never met
  --verbose   print the first world's whole story
  --only      play nothing but this of one world, and print its story; a failure names what it takes`

interface Arguments {
  readonly seed: number
  readonly payments: number
  readonly wire: number
  readonly threads: number
  readonly complete: boolean
  readonly verbose: boolean
  readonly only: Excerpt | null
}

process.exitCode = await main(process.argv.slice(2))

async function main(argv: string[]): Promise<number> {
  const given = readArguments(argv)
  if (given === null) {
    console.error(USAGE)
    return EXIT.usage
  }
  const { seed, payments, wire, threads, complete, verbose, only } = given
  if (only !== null) return await playExcerpt(seed, wire, only)
  console.log(`seed ${seed}`)
  if (verbose) console.log((await playWorld({ seed, wire, written: true })).story.of(null).join('\n'))
  const began = performance.now()
  const end = await runCampaign({ seed, payments, wire, threads: threads === 1 ? 0 : threads, ...showingProgress(payments) })
  summarize(end, performance.now() - began)
  if (end.failed !== null) return report(end.failed, wire)
  const untried = unmet(end.met)
  if (untried.length > 0) console.log(`never met: ${untried.join(', ')}`)
  return complete && untried.length > 0 ? EXIT.untried : EXIT.sound
}

function readArguments(argv: string[]): Arguments | null {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
        payments: { type: 'string', default: '2000' },
        wire: { type: 'string', default: '0.01' },
        threads: { type: 'string', default: String(availableParallelism()) },
        complete: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        only: { type: 'string' },
      },
    })
    const [seed, payments, wire, threads] = [values.seed, values.payments, values.wire, values.threads].map(Number)
    if (seed === undefined || payments === undefined || wire === undefined || threads === undefined) return null
    const only = values.only === undefined ? null : readExcerpt(values.only)
    if (values.only !== undefined && only === null) return null
    const good = [seed, payments, threads].every(Number.isSafeInteger) && seed >= 0 && payments > 0 && threads > 0
    return good && wire >= 0 && wire <= 1
      ? { seed, payments, wire, threads, complete: values.complete, verbose: values.verbose, only }
      : null
  } catch (error) {
    if (error instanceof TypeError) return null // an option that there is not
    throw error
  }
}

/** On a terminal one line is kept up to date while it plays. */
function showingProgress(payments: number): { onProgress?: (played: number) => void } {
  if (!process.stderr.isTTY) return {}
  const began = performance.now()
  return {
    onProgress: played => {
      const rate = Math.round((played / (performance.now() - began)) * 1_000)
      const percent = Math.min(100, Math.floor((100 * played) / payments))
      const line = `${played.toLocaleString('en')} payments, ${percent} %, ${rate.toLocaleString('en')}/s`
      process.stderr.write(`\r\x1b[K${played < payments ? line : ''}`)
    },
  }
}

/** What is left of a world that failed. Ends as the failure does. */
async function playExcerpt(seed: number, wire: number, excerpt: Excerpt): Promise<number> {
  const { failure, story } = await playWorld({ seed, wire, excerpt, written: true })
  if (failure !== null) return report({ seed, excerpt, failure, story }, wire)
  console.log(`${story.of(null).join('\n')}\n\nnothing wrong`)
  return EXIT.sound
}

function report({ seed, excerpt, failure, story }: NonNullable<CampaignEnd['failed']>, wire: number): number {
  console.log(`\n${story.of(failure.charge).join('\n')}`)
  console.log(`\n${failure.kind}, world ${seed}, charge ${failure.charge ?? '(box)'}: ${failure.message}`)
  console.log(`again: npm run simulate -- --seed ${seed} --wire ${wire} --only '${writeExcerpt(excerpt)}'`)
  return EXIT[failure.kind]
}

function summarize({ payments, worlds, lasted, met, failed }: CampaignEnd, tookMs: number): void {
  for (const group of [...new Set([...CATALOGUE.keys(), ...met.keys()])].sort()) {
    const counts = met.get(group)
    const kinds = [...new Set([...(CATALOGUE.get(group) ?? []), ...(counts?.keys() ?? [])])].sort()
    console.log(group)
    for (const kind of kinds) console.log(`${String(counts?.get(kind) ?? 'never').padStart(12)}  ${kind}`)
  }
  const rate = Math.round((payments / tookMs) * 1_000)
  const days = (lasted / 86_400_000).toFixed(1)
  const { user, system } = process.cpuUsage()
  const perCore = Math.round(payments / ((user + system) / 1_000_000))
  const came = failed === null ? 'nothing wrong' : 'a failure'
  console.log(
    `${payments} payments in ${worlds} worlds, ${days} virtual days, ${rate} payments/s, ${perCore} a second of processor time, ${came}`,
  )
}
