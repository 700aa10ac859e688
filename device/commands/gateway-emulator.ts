import { randomBytes } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import {
  Control,
  DEFAULT_SETTINGS,
  Engine,
  FILES,
  keepCredentials,
  LOOPBACK,
  type Security,
  STRANGE_WORLD,
  seededRandom,
  startControlServer,
  startServer,
  tellCall,
  Wire,
  type WireRequest,
} from '../emulator/index.ts'
import { toldToEnd } from '../ending.ts'
import { writeBox } from './emulator-box.ts'
import { EXIT, readArguments, UsageError } from './usage.ts'

/** A WeChat Pay stand-in for those who build registers and libraries, until it is stopped. */

export const EMULATOR_OPTIONS = {
  port: { type: 'string', default: '8443' },
  'control-port': { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  http: { type: 'boolean', default: false },
  folder: { type: 'string', default: 'gateway-emulator' },
  'app-id': { type: 'string', default: 'wx0123456789abcdef' },
  'mch-id': { type: 'string', default: '1900000109' },
  'sub-mch-id': { type: 'string', multiple: true },
  key: { type: 'string', default: 'emulatoremulatoremulatoremulator' },
  strange: { type: 'boolean', default: false },
  seed: { type: 'string' },
} as const

export const HELP = `tillbridge gateway-emulator: a stand-in for WeChat Pay APIv2, to test registers and libraries without an account

  --port N            where it listens; 0: any free port (${EMULATOR_OPTIONS.port.default})
  --control-port N    where it is told what to play, on the loopback (the port after --port)
  --host ADDRESS      for other machines too: an address of this one, or 0.0.0.0 (${EMULATOR_OPTIONS.host.default})
  --http              without TLS; nobody is asked for a client certificate then
  --folder DIR        where certificates and key are written and found again (${EMULATOR_OPTIONS.folder.default})
  --app-id ID         of the merchant (${EMULATOR_OPTIONS['app-id'].default})
  --mch-id ID         of the merchant (${EMULATOR_OPTIONS['mch-id'].default})
  --sub-mch-id ID     makes the merchant a service provider; may be given several times
  --key KEY           the merchant's, 32 letters and digits: never a real one (${EMULATOR_OPTIONS.key.default})
  --strange           what WeChat's documents leave open is drawn anew each time, and calls go wrong by themselves
  --seed N            draws the same again, 0 to 4294967295; without it a new one, which is printed

docs/gateway-emulator.md has the control calls, each with an example.
`

const PORT_MAX = 65_535
const SEED_MAX = 4_294_967_295
/** What is older is forgotten, as long as nothing can happen to it of itself: a day more than an order can be reversed. */
const REMEMBERED_MS = 8 * 86_400_000
const TIDY_EVERY_MS = 60_000

/** What the command line asks for. */
interface Asked {
  readonly port: number
  readonly controlPort: number
  readonly host: string
  readonly http: boolean
  readonly folder: string
  readonly merchant: { readonly appId: string; readonly mchId: string; readonly apiKey: string; readonly subMchIds?: string[] }
  readonly strange: boolean
  readonly seed: number
}

/** Resolves with the exit code once it is told to stop. Throws `UsageError`; rejects with an `EmulatorError` where it cannot start. */
export async function gatewayEmulator(args: readonly string[], process: NodeJS.Process): Promise<number> {
  const asked = readAsked(args)
  const stopped = toldToEnd(process)
  const closers: (() => void | Promise<void>)[] = []
  try {
    await open(asked, line => process.stdout.write(`${line}\n`), closers)
    await stopped
    return EXIT.ok
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

async function open(asked: Asked, say: (line: string) => void, closers: (() => void | Promise<void>)[]): Promise<void> {
  const { engine, wire, settings } = makeWorld(asked)
  const place = { host: asked.host, port: asked.port }
  const server = await startServer({ ...(await securityOf(asked)), ...place, wire: watched(wire, engine, say) })
  closers.push(() => server.close())
  const control = new Control({ engine, wire, about: aboutOf(asked, server.origin), codeLifeMs: settings.codeLifeMs })
  const controlServer = await startControlServer(control, asked.controlPort)
  closers.push(() => controlServer.close(), tidy(engine))
  const box = asked.http ? undefined : writeBox({ ...asked, origin: server.origin })
  for (const line of introduce(asked, server.origin, controlServer.origin, box)) say(line)
}

function readAsked(args: readonly string[]): Asked {
  const { values } = readArguments(args, EMULATOR_OPTIONS)
  const port = readNumber('--port', values.port, PORT_MAX)
  const subMchIds = values['sub-mch-id']
  const ids = [
    ['--app-id', values['app-id']],
    ['--mch-id', values['mch-id']],
    ...(subMchIds ?? []).map(id => ['--sub-mch-id', id]),
  ]
  for (const [option = '', id = ''] of ids) mustFit(option, id, /^[A-Za-z0-9_-]{1,32}$/, '1 to 32 letters and digits')
  mustFit('--key', values.key, /^[A-Za-z0-9]{32}$/, '32 letters and digits')
  mustFit('--host', values.host, /^[A-Za-z0-9.:-]{1,255}$/, 'an address or a name of this machine')
  return {
    port,
    controlPort: readNumber('--control-port', values['control-port'] ?? `${port === 0 ? 0 : port + 1}`, PORT_MAX),
    host: values.host,
    http: values.http,
    folder: values.folder,
    merchant: {
      appId: values['app-id'],
      mchId: values['mch-id'],
      apiKey: values.key,
      ...(subMchIds === undefined ? {} : { subMchIds }),
    },
    strange: values.strange,
    seed: values.seed === undefined ? randomBytes(4).readUInt32BE() : readNumber('--seed', values.seed, SEED_MAX),
  }
}

function readNumber(option: string, text: string, max: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= max) return Number(text)
  throw new UsageError(`${option}: expected a whole number from 0 to ${max}`)
}

function mustFit(option: string, value: string, form: RegExp, expected: string): void {
  if (!form.test(value)) throw new UsageError(`${option}: expected ${expected}`)
}

/** Any code that looks like WeChat's is taken: one typed by hand, or shown by a real phone, which is charged nothing. */
function makeWorld({ merchant, strange, seed }: Asked) {
  const settings = { ...(strange ? STRANGE_WORLD : DEFAULT_SETTINGS), unknownCode: 'anyone' } as const
  const clock = () => systemClock.now().wall
  const engine = new Engine({ merchants: [merchant], clock, random: seededRandom(seed), settings })
  return { engine, wire: new Wire({ engine, random: seededRandom(seed + 1) }), settings }
}

async function securityOf({ http, folder, merchant, host }: Asked): Promise<Security> {
  if (http) return { plain: true }
  const names = [...new Set([...LOOPBACK, ...namesOf(host)])]
  const kept = await keepCredentials(folder, merchant.apiKey, names, systemClock.now().wall)
  return { key: kept.serverKeyPem, cert: kept.serverCertPem, clientCa: kept.caPem }
}

/** What this machine is called where it listens. */
function namesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const addresses = Object.values(networkInterfaces()).flatMap(found => found ?? [])
  return [hostname(), ...addresses.map(({ address }) => address)]
}

function watched(wire: Wire, engine: Engine, say: (line: string) => void): Pick<Wire, 'handle'> {
  return {
    handle: (request: WireRequest) => {
      const reply = wire.handle(request)
      say(`${new Date(engine.now()).toISOString()} ${tellCall(request, reply)}`)
      return reply
    },
  }
}

function tidy(engine: Engine): () => void {
  let takeBack = () => {}
  const next = () => {
    engine.forgetBefore(engine.now() - REMEMBERED_MS)
    takeBack = systemClock.after(TIDY_EVERY_MS, next)
  }
  next()
  return () => takeBack()
}

function aboutOf({ merchant, strange, seed }: Asked, origin: string) {
  const { appId, mchId, apiKey, subMchIds } = merchant
  const ids = { app_id: appId, mch_id: mchId, ...(subMchIds === undefined ? {} : { sub_mch_ids: subMchIds }) }
  return { gateway: origin, merchant: { ...ids, key: apiKey }, strange, seed }
}

function introduce(asked: Asked, origin: string, controlOrigin: string, box: string | undefined): string[] {
  const { merchant, http, folder, seed, strange } = asked
  const line = (name: string, ...words: readonly string[]) => `${name.padEnd(14)}${words.join(', ')}`
  const inFolder = (name: string) => join(folder, name)
  return [
    'A stand-in for WeChat Pay APIv2: no money is real.',
    '',
    line('gateway', origin),
    line('control', controlOrigin),
    line('app_id', merchant.appId),
    line('mch_id', merchant.mchId),
    ...(merchant.subMchIds ?? []).map(id => line('sub_mch_id', id)),
    line('key', merchant.apiKey),
    ...(http
      ? [line('certificates', 'none: plain HTTP')]
      : [line('trust', inFolder(FILES.caPem)), line('show', inFolder(FILES.clientCertPem), inFolder(FILES.clientKeyPem))]),
    ...(box === undefined ? [] : [line('a box', `tillbridge run --config ${box}`)]),
    line('seed', `${seed}${strange ? ', a strange world' : ''}`),
    'ready',
  ]
}
