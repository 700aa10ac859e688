import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Engine, makeAuthority, seededRandom, startServer, Wire } from '../../device/emulator/index.ts'
import { startBroker, type TestBroker } from '../broker.ts'
import { openTill, type Till } from '../till.ts'
import { until } from '../until.ts'
import { imageOfRun, layDisk } from './image/image.ts'
import { Machine } from './machine/machine.ts'

const API_KEY = 'emulated-api-key-0123456789abcde'
const MCH_ID = '1900000109'
const APP_ID = 'wx0123456789abcdef'

/** This machine's loopback, as the board sees it. */
const HOST = '10.0.2.2'
const CONFIG_FOLDER = '/etc/tillbridge'

/** The label of the board's GPIO chip. */
export const CHIP = '9030000.pl061'

/** Emulated processors are slow, and share this machine with others: nothing here is about how long a thing takes. */
export const PATIENCE_MS = 600_000

const ARMINGS_MAX = 10

/** A board beside which there is nothing: what it is asked to do and where its lines go is told in `configure`. */
export interface CounterOptions {
  /** Whether the board is found running, or is switched on, which takes longer; or whether it is a Raspberry Pi, which is switched on. */
  readonly board?: 'running' | 'off' | 'pi'
  /** What its battery clock shows when it is switched on. */
  readonly clock?: string
}

/** A counter with a board that is not there: broker, gateway and customers are on this machine, the box is on the board. */
export class Counter {
  readonly machine: Machine
  readonly broker: TestBroker
  readonly engine: Engine
  readonly wire: Wire
  readonly till: Till
  readonly #config: Readonly<Record<string, unknown>>
  #sales = 0

  private constructor(parts: Pick<Counter, 'machine' | 'broker' | 'engine' | 'wire' | 'till'>, config: Record<string, unknown>) {
    this.machine = parts.machine
    this.broker = parts.broker
    this.engine = parts.engine
    this.wire = parts.wire
    this.till = parts.till
    this.#config = config
  }

  /** Everything but the box, which `startBox` starts; all of it ends with the test. */
  static async open(t: TestContext, { board = 'running', clock }: CounterOptions = {}): Promise<Counter> {
    const authority = await makeAuthority([HOST])
    const merchants = [{ mchId: MCH_ID, appId: APP_ID, apiKey: API_KEY }]
    const engine = new Engine({ merchants, clock: Date.now, random: seededRandom(1) })
    const wire = new Wire({ engine, random: seededRandom(2), clock: Date.now })
    const { serverKeyPem: key, serverCertPem: cert, caPem } = authority
    const gateway = await startServer({ wire, key, cert, clientCa: caPem })
    t.after(() => gateway.close())
    const broker = await startBroker(t)
    const machine = await openMachine(t, board, clock)
    const till = await openTill(t, { url: broker.url, box: 'counter-1', lane: 'main', from: 'now' })
    const counter = new Counter({ machine, broker, engine, wire, till }, configOf(gateway.port, broker.port))
    const files = {
      api_key: API_KEY,
      'apiclient_cert.pem': authority.clientCertPem,
      'apiclient_key.pem': authority.clientKeyPem,
      'ca.pem': caPem,
    }
    for (const [name, text] of Object.entries(files)) await machine.guest.write(join(CONFIG_FOLDER, 'credentials', name), text)
    return counter
  }

  /** Writes the box's configuration, in which `lane` is what the only lane has besides its name, and starts the box with `more` of its own. */
  async startBox(lane: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { guest } = this.machine
    await guest.write(
      join(CONFIG_FOLDER, 'box.yaml'),
      JSON.stringify({ ...this.#config, ...more, lanes: [{ name: 'main', ...lane }] }),
      '644',
    )
    await guest.shell('systemctl enable --quiet tillbridge && systemctl restart tillbridge && sync')
  }

  /** Waits until every lane can take a charge. */
  async ready(): Promise<void> {
    await until('the box is ready', () => this.till.isReady, PATIENCE_MS)
  }

  /** Waits until the only lane says that it takes no charge, for this among its reasons. */
  async notReady(reason: string): Promise<void> {
    const reasons = () => (this.till.state?.['not_ready'] ?? []) as readonly string[]
    await until(`the lane is not ready: ${reason}`, () => this.till.isOnline && reasons().includes(reason), PATIENCE_MS)
  }

  /** A charge is armed, as the register sees it. Resolves with its id. A disk that was too slow for one is asked for another, as cashiers do. */
  async arm(amount: number): Promise<string> {
    for (let tries = 0; tries < ARMINGS_MAX; tries += 1) {
      this.#sales += 1
      const id = `sale-${this.#sales}`
      await this.ready()
      // Where the answer has not come in half a minute, the event will tell.
      const answer = await this.till.charge({ charge_id: id, amount }).catch(() => null)
      const code = answer?.error?.code
      if (code === 'storage' || code === 'not_ready') continue
      if (code !== undefined) throw new CounterError(`the charge was refused: ${code}`)
      const charge = await this.till.untilCharge(id, ({ state, final }) => state === 'awaiting_scan' || final, PATIENCE_MS)
      if (charge.state === 'awaiting_scan') return id
    }
    throw new CounterError(`no charge of ${ARMINGS_MAX} was armed`)
  }

  /** The board's reset button, and what happens elsewhere before the box is there again. Resolves once it is ready. */
  async reset(meanwhile: () => void = () => {}): Promise<void> {
    const before = this.till.status?.['started_at']
    await this.machine.reset(meanwhile)
    const again = () => this.till.isReady && this.till.status?.['started_at'] !== before
    await until('the box is ready again', again, PATIENCE_MS)
  }

  /** What all customers together have paid and not got back, in fen. */
  get takenFen(): number {
    const { debitedFen, creditedFen } = this.engine.ledger.total()
    return debitedFen - creditedFen
  }

  /** What the register was told that was paid, in fen. */
  get toldFen(): number {
    const paid = [...this.till.book.values()].filter(({ outcome }) => outcome === 'paid')
    return paid.reduce((sum, { amount }) => sum + amount, 0)
  }
}

class CounterError extends Error {
  readonly code = 'COUNTER'
}

async function openMachine(t: TestContext, board: 'running' | 'off' | 'pi', clock: string | undefined): Promise<Machine> {
  const image = imageOfRun()
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-board-'))
  const disk = join(folder, 'disk')
  await layDisk(disk, image.disk, 'qcow2')
  const machine = await Machine.start({
    folder,
    kernel: image.kernel,
    disk,
    ...(board === 'running' ? { from: image.memory } : {}),
    ...(board === 'pi' ? { board: 'raspi3b' } : {}),
    ...(clock === undefined ? {} : { clock }),
  })
  t.after(async () => {
    // Node tells it, and its types do not know yet.
    if (!(t as TestContext & { readonly passed: boolean }).passed) t.diagnostic(await lastWords(machine, folder))
    await machine.off()
    rmSync(folder, { recursive: true })
  })
  await machine.guest.awake()
  // A board that was kept has slept since then, and has no other way to know; a Raspberry Pi has no battery clock at all.
  if (board !== 'off') await machine.guest.shell(`date --set=@${Math.floor(Date.now() / 1_000)}`)
  return machine
}

/** What the box and the kernel said last. */
async function lastWords({ guest }: Machine, folder: string): Promise<string> {
  const asked = guest.run(
    'journalctl --no-pager --output=cat --lines=60 --unit=tillbridge; dmesg | tail -n 20; ls -l /dev/tty* /dev/hidraw* /dev/gpiochip* | grep -v tty[0-9]',
    { withinMs: 120_000 },
  )
  const output = await asked.then(ran => ran.output, String)
  const console = readFileSync(join(folder, 'console'), 'utf8').slice(-2_000)
  return `the board said last:\n${output}\nits kernel:\n${console}`
}

function configOf(gatewayPort: number, brokerPort: number): Record<string, unknown> {
  return {
    box: 'counter-1',
    merchant: {
      app_id: APP_ID,
      mch_id: MCH_ID,
      api_key_file: 'api_key',
      certificate_file: 'apiclient_cert.pem',
      private_key_file: 'apiclient_key.pem',
    },
    gateway: { hosts: [`https://${HOST}:${gatewayPort}`], ca_file: 'ca.pem' },
    timing: { poll_every_s: 1, reverse_after_s: 3, not_found_after_s: 12 },
    register: { url: `mqtt://${HOST}:${brokerPort}` },
  }
}
