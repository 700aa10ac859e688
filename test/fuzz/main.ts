import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { systemClock } from '../../device/clock.ts'

/** `npm run fuzz -- [--inputs N] [--seed N]`: foreign input of every kind. Exit codes: 0 sound, 1 wrong, 2 hung, 3 memory grew. */

const HUNG_AFTER_MS = 30_000
/** What a door may hold more after all its inputs than after its first tenth. */
const GROWTH_BYTES_MAX = 32 * 1_024 * 1_024

interface Progress {
  readonly name: string
  readonly fed: number
  readonly heapBytes: number
}

const { values } = parseArgs({ options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string' } } })
const inputs = Number(values.inputs)
const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
console.log(`seed ${seed}`)

const began = performance.now()
const samples = new Map<string, Progress[]>()
const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { inputs, seed } })
let takeBack = systemClock.after(HUNG_AFTER_MS, hung)

worker.on('message', (progress: Progress) => {
  takeBack()
  takeBack = systemClock.after(HUNG_AFTER_MS, hung)
  if (progress.fed % 25_000 !== 0) return
  const of = samples.get(progress.name) ?? []
  if (of.length === 0) samples.set(progress.name, of)
  of.push(progress)
  console.log(`${progress.name}: ${progress.fed}, heap ${mebibytes(progress.heapBytes)} MiB`)
})
worker.on('error', error => {
  takeBack()
  console.error(error.message)
  console.error(`again: npm run fuzz -- --inputs ${inputs} --seed ${seed}`)
  process.exitCode = 1
})
worker.on('exit', code => {
  takeBack()
  if (code === 0) conclude()
})

function hung(): void {
  console.error(`nothing came out for ${HUNG_AFTER_MS / 1_000} s; again: npm run fuzz -- --inputs ${inputs} --seed ${seed}`)
  process.exitCode = 2
  void worker.terminate()
}

function conclude(): void {
  const grown = [...samples].filter(([, of]) => (of.at(-1)?.heapBytes ?? 0) - (of[0]?.heapBytes ?? 0) > GROWTH_BYTES_MAX)
  for (const [name] of grown) console.error(`${name}: memory grew`)
  if (grown.length > 0) process.exitCode = 3
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.log(
    `${inputs} inputs in ${seconds} s, peak RSS ${mebibytes(process.resourceUsage().maxRSS * 1_024)} MiB${grown.length === 0 ? ', nothing wrong' : ''}`,
  )
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / (1_024 * 1_024))
}
