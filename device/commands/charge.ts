import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ChargeView } from '../../core/contract/message.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig } from '../config/index.ts'
import { type News, Till, TillError, type TillSettings } from '../till/till.ts'
import { formatYuan, parseYuan } from '../till/yuan.ts'
import { EXIT, readArguments, required, UsageError } from './usage.ts'

/** A register on the command line: arms a lane, follows the charge, prints it as JSON when it is final. */

export const OPTIONS = {
  config: { type: 'string' },
  url: { type: 'string' },
  box: { type: 'string' },
  prefix: { type: 'string' },
  lane: { type: 'string' },
  username: { type: 'string' },
  'password-file': { type: 'string' },
  'ca-file': { type: 'string' },
  'charge-id': { type: 'string' },
  description: { type: 'string' },
  'expires-in': { type: 'string' },
} as const

export const HELP = `tillbridge charge AMOUNT --config FILE: a register on the command line, which arms a lane, follows the charge and prints how it ended

  AMOUNT                 whole fen such as 1234, or yuan with two decimals such as 12.34
  --config FILE          a box's configuration: where its broker is, and what the box shows to it
  --url URL              the broker, in place of the configuration's
  --box BOX              the box's name, in place of the configuration's
  --prefix PREFIX        the first part of its topics, in place of the configuration's
  --lane LANE            the lane (the configuration's first, or main)
  --username NAME        a till's own, where the broker tells tills from boxes
  --password-file FILE   and its password
  --ca-file FILE         trusted for the broker
  --charge-id ID         the idempotency key (a new one): the same id charges nothing again
  --description TEXT     what the customer sees
  --expires-in SECONDS   for scanning, 5 to 600 (120)
`

type Options = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

/** How long it waits for the next word of the box while a charge stands like this, beyond the time for scanning. */
const PATIENCE_MS = { awaiting_scan: 30_000, reversing: 60_000, other: 240_000 } as const
const CONNECT_WITHIN_MS = 10_000
const EXPIRES_IN_S = 120
/** So soon after a Ctrl-C another is the same one: on a terminal npm hands on the signal that both have got. */
const SAME_PRESS_MS = 1_000

export interface ChargeTools {
  loadConfig(file: string): BoxConfig
  readonly process: NodeJS.Process
}

/** Resolves with the exit code: 0 only if paid, 1 only if not. Throws `UsageError`; rejects with what kept the broker away. */
export async function charge(args: readonly string[], tools: ChargeTools): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, ['AMOUNT'])
  const amount = readAmount(required(positionals[0], 'AMOUNT'))
  const expiresInS = readSeconds(values['expires-in'])
  const follower = new Follower(expiresInS * 1_000, line => tools.process.stderr.write(`${line}\n`))
  const till = new Till({ ...settingsOf(values, tools), from: 'now', onNews: news => follower.onNews(news) })
  try {
    await connected(till)
    const chargeId = values['charge-id'] ?? `cli-${randomUUID()}`
    tools.process.stderr.write(`${formatYuan(amount)} yuan, charge ${chargeId}\n`)
    const { description } = values
    const fields = {
      charge_id: chargeId,
      amount,
      expires_in_s: expiresInS,
      ...(description === undefined ? {} : { description }),
    }
    const start = await begin(till, fields)
    if (start.is === 'armed') return await follow(till, follower, start.charge, tools)
    if (start.is === 'unknown') return unknown(start.why, chargeId, tools)
    tools.process.stderr.write(`not started: ${start.why}\n`)
    return EXIT.failed
  } finally {
    await till.close()
  }
}

/** Whole fen, or yuan with two decimals. */
function readAmount(text: string): number {
  const fen = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : /\.\d\d$/.test(text) ? parseYuan(text) : null
  if (fen === null) throw new UsageError('AMOUNT: expected whole fen such as 1234, or yuan with two decimals such as 12.34')
  return fen
}

function readSeconds(text: string | undefined): number {
  const seconds = text === undefined ? EXPIRES_IN_S : Number(text)
  if (seconds >= 5 && seconds <= 600) return seconds
  throw new UsageError('--expires-in: expected seconds from 5 to 600')
}

/** Where the box is: as its configuration says, or as the command line does. */
function settingsOf(values: Options, tools: ChargeTools): TillSettings {
  const config = values.config === undefined ? null : tools.loadConfig(values.config)
  const ca = values['ca-file'] === undefined ? config?.register.ca : readFileSync(values['ca-file'], 'utf8')
  const certificate = config?.secrets.registerCertificate
  const username = values.username ?? config?.register.username
  const password = passwordOf(values, config)
  return {
    url: required(values.url ?? config?.register.url, '--config FILE, or --url URL and --box BOX,'),
    box: required(values.box ?? config?.box, '--box BOX'),
    lane: values.lane ?? config?.lanes[0]?.name ?? 'main',
    prefix: values.prefix ?? config?.register.prefix ?? 'tillbridge',
    credentials: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.privateKey }),
    },
  }
}

/** A till's own password, or the box's where the box's user name is used. */
function passwordOf(values: Options, config: BoxConfig | null): string | undefined {
  if (values['password-file'] !== undefined) return readFileSync(values['password-file'], 'utf8').trimEnd()
  return values.username === undefined ? config?.secrets.registerPassword : undefined
}

/** Rejects with what kept the broker away. */
function connected({ client }: Till): Promise<void> {
  return new Promise((resolve, reject) => {
    let why: Error = new TillError('the broker does not answer')
    client.on('error', error => {
      why = error
    })
    const takeBack = systemClock.after(CONNECT_WITHIN_MS, () => reject(why))
    client.once('connect', () => {
      takeBack()
      resolve()
    })
  })
}

/** What came of the command to arm the lane. */
type Start =
  | { readonly is: 'armed'; readonly charge: ChargeView }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'unknown'; readonly why: string }

/** From here on the command may have left: what is not known then is not refused. */
async function begin(till: Till, fields: { charge_id: string; amount: number }): Promise<Start> {
  try {
    const answer = await till.charge(fields)
    const { charge, error, sendings } = answer
    if (answer.ok && charge !== undefined) return { is: 'armed', charge }
    if (answer.ok || error === undefined) return { is: 'unknown', why: 'the answer gives no charge' }
    const why = `${error.message} (${[error.code, ...(error.reasons ?? [])].join(', ')})`
    const saysNothing = error.code === 'internal'
    // A later copy of the command may have met a better moment than the one that was refused.
    const speaksOfOneCopy = error.retryable && sendings > 1
    return saysNothing || speaksOfOneCopy ? await lookUp(till, fields.charge_id, why) : { is: 'refused', why }
  } catch (error) {
    if (error instanceof TillError) return { is: 'unknown', why: error.message }
    throw error
  }
}

/** Whether a command armed the lane although its answer does not say so: the box takes the look-up after every copy of it. */
async function lookUp(till: Till, chargeId: string, why: string): Promise<Start> {
  const { charge, error } = await till.lookup({ charge_id: chargeId })
  if (charge !== undefined) return { is: 'armed', charge }
  return { is: error?.code === 'unknown_charge' ? 'refused' : 'unknown', why }
}

/** The command has left, and nobody here knows what it will have come to. */
function unknown(why: string, chargeId: string, { process }: Pick<ChargeTools, 'process'>): number {
  process.stderr.write(`not known: ${why}; ask again with --charge-id ${chargeId}: the same id charges nothing twice\n`)
  return EXIT.unknown
}

/** Until the charge is final, or nothing more is heard of it. Ctrl-C asks the box to cancel; a second one leaves. */
async function follow(till: Till, follower: Follower, first: ChargeView, { process }: ChargeTools): Promise<number> {
  let pressedAt: number | null = null
  const onInterrupt = () => {
    const { mono } = systemClock.now()
    if (pressedAt !== null) return mono - pressedAt > SAME_PRESS_MS ? follower.leave() : undefined
    pressedAt = mono
    process.stderr.write('asking the box to cancel; once more to leave\n')
    till.cancel(first.charge_id).catch(() => follower.leave())
  }
  process.on('SIGINT', onInterrupt)
  const last = await follower.follow(till.book.get(first.charge_id) ?? first)
  process.off('SIGINT', onInterrupt)
  process.stdout.write(`${JSON.stringify(last, null, process.stdout.isTTY === true ? 2 : undefined)}\n`)
  if (!last.final) return unknown(`left while ${last.state}`, first.charge_id, { process })
  return last.outcome === 'paid' ? EXIT.ok : EXIT.failed
}

/** Tells of one charge as it changes. */
class Follower {
  readonly #scanMs: number
  readonly #tell: (line: string) => void
  #charge: ChargeView | null = null
  #end = (_last: ChargeView) => {}
  #takeBack = () => {}

  constructor(scanMs: number, tell: (line: string) => void) {
    this.#scanMs = scanMs
    this.#tell = tell
  }

  /** Resolves with the charge once it is final, or as it stood when it was left. */
  follow(charge: ChargeView): Promise<ChargeView> {
    return new Promise(resolve => {
      this.#end = resolve
      this.#take(charge)
    })
  }

  leave(): void {
    this.#takeBack()
    if (this.#charge !== null) this.#end(this.#charge)
  }

  onNews(news: News): void {
    if (this.#charge === null) return
    if (news.kind === 'event' && news.charge.charge_id === this.#charge.charge_id) this.#take(news.charge)
    if (news.kind === 'scan') this.#tell(`scanned, and not sent: ${news.notice.kind} (${news.notice.reason})`)
  }

  #take(charge: ChargeView): void {
    if (charge.updated_at !== this.#charge?.updated_at || charge.state !== this.#charge.state) this.#tell(sayCharge(charge))
    this.#charge = charge
    this.#takeBack()
    if (charge.final) return this.leave()
    this.#takeBack = systemClock.after(this.#patienceMs(charge), () => this.leave())
  }

  #patienceMs({ state }: ChargeView): number {
    if (state === 'awaiting_scan') return this.#scanMs + PATIENCE_MS.awaiting_scan
    return state === 'reversing' ? PATIENCE_MS.reversing : PATIENCE_MS.other
  }
}

function sayCharge({ state, reason, advice }: ChargeView): string {
  return [state, reason, advice].filter(word => word !== undefined).join(' · ')
}
