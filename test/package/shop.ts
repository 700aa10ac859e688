import { until } from '../until.ts'
import type { FreshRoot } from './fresh-root.ts'

const CONFIG = '/etc/tillbridge/box.yaml'
const EMULATOR = '/srv/gateway-emulator'
const CONTROL = 'http://127.0.0.1:8444'

/** A service that is ready, or a payment, has its time on a machine that is busy. */
const WITHIN_MS = 90_000

const KIOSK = `
box: counter-1
merchant: { app_id: wx0123456789abcdef, mch_id: "1900000109", api_key_file: api_key }
gateway: { hosts: ["https://127.0.0.1:8443"], ca_file: ca.pem }
lanes:
  - name: main
    scanner: { type: serial, path: /dev/serial/by-id/usb-gun }
    mode: { fixed_amount: 100, description: Entry }
`

/** A pseudo-terminal as a gun, as udev would give it to those who may read serial lines. What is written to /run/gun it reads. */
const GUN = `
mkfifo /run/gun
exec 3<>/run/gun
exec script -qfc 'stty raw -echo; line=$(tty); chgrp dialout $line; chmod 660 $line; mkdir -p /dev/serial/by-id; ln -s $line /dev/serial/by-id/usb-gun; exec sleep inf' /dev/null <&3
`

/** What stands around an installed box: WeChat Pay's stand-in, a gun, customers; and a technician, who fills in the configuration. */
export class Shop {
  readonly #root: FreshRoot

  constructor(root: FreshRoot) {
    this.#root = root
  }

  async open(): Promise<void> {
    const root = this.#root
    root.put('srv/gun.sh', GUN)
    root.put('etc/systemd/system/gun.service', '[Service]\nExecStart=sh /srv/gun.sh\n')
    const emulator = `tillbridge gateway-emulator --folder ${EMULATOR}`
    root.put('etc/systemd/system/emulator.service', `[Service]\nExecStart=${emulator}\n`)
    root.sh('systemctl daemon-reload; systemctl start gun emulator')
    await until('stand-in and gun are there', () => root.has(`${EMULATOR}/box.yaml`) && this.#hasGun(), WITHIN_MS)
  }

  /** With `more` lines of configuration. */
  fillIn(more = ''): void {
    this.#root.put(CONFIG, `${KIOSK}${more}`)
    this.#root.sh(
      `cd ${EMULATOR}; install -m 600 api_key apiclient_cert.pem apiclient_key.pem ca.pem /etc/tillbridge/credentials`,
    )
  }

  /** What the service manager knows of the box. */
  show(property: string): string {
    return this.#root.must('systemctl', 'show', '--property', property, '--value', 'tillbridge').trim()
  }

  ready(): Promise<void> {
    return until('the box is ready', () => this.show('StatusText') === 'ready', WITHIN_MS)
  }

  /** A customer shows a code, types the password after `afterMs`, and the gun reads it. */
  scan(customer: string, afterMs: number): void {
    const behaviour = { kind: 'types_password', after_ms: afterMs }
    this.#control('POST', 'customers', { name: customer, behaviour })
    const { code } = this.#control('POST', 'codes', { customer })
    this.#root.sh(`printf '${code}\\r' >/run/gun`)
  }

  /** From now on WeChat Pay takes payments, and does not say so, until it is told to `speak`. */
  hush(): void {
    const fault = { kind: 'err_code', err_code: 'SYSTEMERROR', times: 1_000 }
    this.#control('POST', 'faults', { ...fault, call: 'micropay', done: true })
    this.#control('POST', 'faults', { ...fault, call: 'orderquery' })
  }

  speak(): void {
    this.#control('DELETE', 'faults')
  }

  /** The states of all charges, the newest first. */
  states(): readonly string[] {
    const said = this.#root.must('tillbridge', 'journal', 'list', '--json', '--config', CONFIG)
    const lines = said.split('\n').filter(line => line.startsWith('{'))
    return lines.map(line => String((JSON.parse(line) as { state?: unknown }).state))
  }

  untilSome(state: string, count = 1): Promise<void> {
    return until(`${count} ${state}`, () => this.states().filter(one => one === state).length >= count, WITHIN_MS)
  }

  log(): string {
    return this.#root.must('journalctl', '--unit', 'tillbridge', '--output', 'cat', '--no-pager')
  }

  #hasGun(): boolean {
    return this.#root.run('test', '-e', '/dev/serial/by-id/usb-gun').good
  }

  #control(method: 'POST' | 'DELETE', path: string, body?: object): { readonly code?: string } {
    const call = `
      const [method, body] = process.argv.slice(1)
      const answer = await fetch('${CONTROL}/${path}', { method, ...(body === undefined ? {} : { body }) })
      console.log(await answer.text())
      process.exitCode = answer.ok ? 0 : 1
    `
    const words = body === undefined ? [method] : [method, JSON.stringify(body)]
    return JSON.parse(this.#root.must('/usr/lib/tillbridge/node', '--input-type=module', '--eval', call, '--', ...words))
  }
}
