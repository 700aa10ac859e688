import type { z } from 'zod'

/**
 * What has to fit together within a section. These run even where a part of the section is wrong, so they take nothing for
 * granted but that it was there; what is of the wrong type has been told already and is passed over here.
 */

type Context = Pick<z.RefinementCtx, 'addIssue'>
type Partly = Readonly<Record<string, unknown>>

export function checkTiming(timing: unknown, context: Context): void {
  const { poll_every_s, poll_for_s, look_again_after_s } = partly(timing)
  if (isNumber(poll_every_s) && isNumber(poll_for_s) && poll_every_s > poll_for_s) {
    context.addIssue({ code: 'custom', path: ['poll_every_s'], message: 'at most poll_for_s' })
  }
  if (!Array.isArray(look_again_after_s)) return
  const early = look_again_after_s.findIndex((after, index) => index > 0 && after <= look_again_after_s[index - 1])
  if (early > 0) context.addIssue({ code: 'custom', path: ['look_again_after_s', early], message: 'more than the one before it' })
}

export function checkGateway(gateway: unknown, context: Context): void {
  const { proxy, proxy_username, proxy_password_file } = partly(gateway)
  const add = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
  if (proxy_username !== undefined && proxy === undefined) add('proxy_username', 'a proxy beside it')
  if (proxy_password_file !== undefined && proxy_username === undefined) add('proxy_password_file', 'a proxy_username beside it')
}

export function checkRegister(register: unknown, context: Context): void {
  const { url, username, password_file, ca_file, certificate_file, private_key_file } = partly(register)
  const add = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
  if (password_file !== undefined && username === undefined) add('password_file', 'a username beside it')
  if (certificate_file !== undefined && private_key_file === undefined) add('certificate_file', 'a private_key_file beside it')
  if (private_key_file !== undefined && certificate_file === undefined) add('private_key_file', 'a certificate_file beside it')
  if (typeof url !== 'string' || !/^(mqtt|ws):/.test(url)) return
  if (ca_file !== undefined) add('ca_file', 'an encrypted url (mqtts or wss) beside it')
  if (certificate_file !== undefined) add('certificate_file', 'an encrypted url (mqtts or wss) beside it')
}

/** Refunds need what `undo: none` does without. */
export function checkRefunds(file: unknown, context: Context): void {
  const { merchant, register } = partly(file)
  if (partly(register)['refunds'] !== true || partly(merchant)['undo'] !== 'none') return
  context.addIssue({ code: 'custom', path: ['register', 'refunds'], message: 'merchant.undo: reverse beside it' })
}

export function checkGpioLines(indicators: unknown, context: Context): void {
  const { driver, green, red, amber, buzzer } = partly(indicators)
  const drivesLines = driver === 'auto' || driver === 'gpiod' || driver === 'sysfs'
  if (drivesLines && [green, red, amber, buzzer].every(line => line === undefined)) {
    context.addIssue({ code: 'custom', path: ['driver'], message: 'at least one of green, red, amber, buzzer beside it' })
  }
}

/** A serial gun is named in one way. */
export function checkScanner(scanner: unknown, context: Context): void {
  const { type, path, ...gun } = partly(scanner)
  if (type !== 'serial') return
  const others = USB_GUN.filter(key => gun[key] !== undefined)
  if (path === undefined && others.length === 0) {
    const message = 'a path that starts with /, or usb, serial_number or port instead'
    context.addIssue({ code: 'invalid_type', expected: 'string', input: path, path: ['path'], message })
  }
  for (const key of path === undefined ? [] : others) {
    context.addIssue({ code: 'custom', path: [key], message: 'either path, or usb, serial_number and port' })
  }
}

/** What tells one USB gun from another. */
const USB_GUN = ['usb', 'serial_number', 'port'] as const

/** What a kiosk asks for is bounded as what a register asks for, and nobody is asked for longer than any other customer. */
export function checkBox(box: unknown, context: Context): void {
  const { register, lanes, timing, merchant } = partly(box)
  const { max_amount } = partly(register)
  const { poll_for_s } = partly(timing)
  const undoes = partly(merchant)['undo'] !== 'none'
  for (const [index, lane] of Array.isArray(lanes) ? lanes.entries() : []) {
    const { fixed_amount, patience_s } = partly(partly(lane)['mode'])
    const add = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['lanes', index, 'mode', key], message })
    if (isNumber(fixed_amount) && isNumber(max_amount) && fixed_amount > max_amount)
      add('fixed_amount', 'at most register.max_amount')
    if (undoes && isNumber(patience_s) && isNumber(poll_for_s) && patience_s > poll_for_s)
      add('patience_s', 'at most timing.poll_for_s')
  }
}

/** Two lanes share no name, no gun, no keyboard and no line; nor do two lights of one lane share a line. */
export function checkLanes(lanes: unknown, context: Context): void {
  if (!Array.isArray(lanes)) return
  const taken = new Set<string>()
  const take = (id: string, path: (string | number)[], message: string) => {
    if (taken.has(id)) context.addIssue({ code: 'custom', path, message })
    taken.add(id)
  }
  for (const [index, lane] of lanes.entries()) {
    const { name, scanner, indicators, lock, mode } = partly(lane)
    const { type, path } = partly(scanner)
    if (typeof name === 'string') take(`name ${name}`, [index, 'name'], 'a name that no other lane has')
    if (type === 'serial' && typeof path === 'string')
      take(`gun ${path}`, [index, 'scanner', 'path'], 'a gun that no other lane has')
    if (type === 'terminal') take('terminal', [index, 'scanner', 'type'], 'the terminal as scanner of one lane only')
    if (lanes.slice(0, index).some(other => mayBeOneGun(partly(other)['scanner'], scanner))) {
      const message = 'usb, serial_number or port by which it cannot be the gun of another lane'
      context.addIssue({ code: 'custom', path: [index, 'scanner'], message })
    }
    for (const [light, line] of gpioLinesOf(indicators)) {
      take(`line ${line}`, [index, 'indicators', light], 'a line that nothing else is connected to')
    }
    const lockLine = lineText(partly(lock)['line'])
    if (lockLine !== null) take(`line ${lockLine}`, [index, 'lock', 'line'], 'a line that nothing else is connected to')
    if (lock !== undefined && partly(mode)['fixed_amount'] === undefined)
      context.addIssue({
        code: 'custom',
        path: [index, 'lock'],
        message: 'the mode of a kiosk, { fixed_amount: FEN }, beside it',
      })
  }
}

/** Two USB guns are kept apart by something that both have named, differently: or one lane would take the other's, say while its own is unplugged. */
function mayBeOneGun(one: unknown, other: unknown): boolean {
  const [a, b] = [partly(one), partly(other)]
  const isByUsb =
    a['type'] === b['type'] && [a, b].every(({ type, path }) => type === 'hid' || (type === 'serial' && path === undefined))
  return isByUsb && USB_GUN.every(key => a[key] === undefined || b[key] === undefined || lower(a[key]) === lower(b[key]))
}

/** Vendor and product are hexadecimal digits, in either case. */
function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}

/** The chip of a Raspberry Pi's header: a line's place there is its BCM number. */
const HEADER_CHIP = /^pinctrl-(?:bcm[0-9]+|rp1)$/

/** The lines of a lane's lights and buzzer. */
function gpioLinesOf(indicators: unknown): [light: string, line: string][] {
  const { green, red, amber, buzzer } = partly(indicators)
  return Object.entries({ green, red, amber, buzzer }).flatMap(([light, address]): [string, string][] => {
    const line = lineText(address)
    return line === null ? [] : [[light, line]]
  })
}

/** A line as a text that tells it from every other; null for what is none. */
function lineText(line: unknown): string | null {
  const { chip, offset, name } = partly(line)
  if (isNumber(line)) return `${line}`
  if (typeof name === 'string') return typeof chip === 'string' ? `${chip} ${name}` : name
  if (typeof chip !== 'string' || !isNumber(offset)) return null
  return HEADER_CHIP.test(chip) ? `${offset}` : `${chip} ${offset}`
}

function partly(value: unknown): Partly {
  return typeof value === 'object' && value !== null ? (value as Partly) : {}
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
