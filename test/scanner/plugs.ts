import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Places } from '../../device/scanner/plugged.ts'

export interface UsbPlug {
  /** Such as 1-1.2. */
  readonly port: string
  readonly usb: string
  readonly serialNumber?: string
  readonly maker?: string
  readonly product?: string
}

interface HidPlug {
  /** Such as hidraw0. */
  readonly node: string
  readonly descriptor: Uint8Array
  readonly name?: string
  readonly interfaceNumber?: number
  /** Whether the kernel makes a keyboard of it, and can keep it off the console. */
  readonly input?: 'none' | 'typing' | 'inhibited' | 'no_way'
  /** What it is plugged into; without it a device that no bus has. */
  readonly on?: UsbPlug
  readonly id?: string
}

/** Folders as the kernel shows what is plugged in. */
export class Plugs implements Places {
  readonly sys: string
  readonly dev: string

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'tillbridge-plugs-'))
    t.after(() => rmSync(folder, { recursive: true }))
    this.sys = join(folder, 'sys')
    this.dev = join(folder, 'dev')
    for (const made of ['sys/class/tty', 'sys/class/hidraw', 'dev/serial/by-id'])
      mkdirSync(join(folder, made), { recursive: true })
  }

  /** The folder of its keyboard's switch. */
  hid({
    node,
    descriptor,
    name = 'Gun',
    interfaceNumber = 0,
    input = 'typing',
    on,
    id = '0003:00000000:00000000',
  }: HidPlug): string {
    const above = on === undefined ? join(this.sys, 'devices/virtual/misc/uhid') : this.#usb(on, interfaceNumber)
    const device = join(above, `0003:${node}`)
    mkdirSync(device, { recursive: true })
    const [vendor = '', product = ''] = on?.usb.toUpperCase().split(':') ?? []
    const uevent = [
      'DRIVER=hid-generic',
      `HID_ID=${on === undefined ? id : `0003:0000${vendor}:0000${product}`}`,
      `HID_NAME=${name}`,
      `HID_PHYS=usb-0000:01:00.0-1.2/input${interfaceNumber}`,
      `HID_UNIQ=${on?.serialNumber ?? ''}`,
    ]
    writeFileSync(join(device, 'uevent'), `${uevent.join('\n')}\n`)
    writeFileSync(join(device, 'report_descriptor'), descriptor)
    const keyboard = join(device, 'input/input7')
    if (input !== 'none') mkdirSync(keyboard, { recursive: true })
    if (input === 'typing' || input === 'inhibited') {
      writeFileSync(join(keyboard, 'inhibited'), input === 'typing' ? '0\n' : '1\n')
    }
    this.#link('hidraw', node, device)
    return keyboard
  }

  tty(
    tty: string,
    { on, byId, type = '4' }: { readonly on?: UsbPlug; readonly byId?: string; readonly type?: string } = {},
  ): void {
    const above = on === undefined ? join(this.sys, 'devices/platform/serial') : this.#usb(on, 0)
    const device = join(above, tty)
    mkdirSync(device, { recursive: true })
    this.#link('tty', tty, device)
    writeFileSync(join(this.sys, 'class/tty', tty, 'type'), `${type}\n`)
    writeFileSync(join(this.dev, tty), '')
    if (byId !== undefined) symlinkSync(join('../..', tty), join(this.dev, 'serial/by-id', byId))
  }

  unplug(node: string): void {
    for (const kind of ['tty', 'hidraw']) rmSync(join(this.sys, 'class', kind, node), { recursive: true, force: true })
  }

  #usb({ port, usb, serialNumber, maker, product }: UsbPlug, interfaceNumber: number): string {
    const device = join(this.sys, 'devices/platform/usb/usb1', port)
    const [idVendor = '', idProduct = ''] = usb.split(':')
    mkdirSync(device, { recursive: true })
    const attributes = { idVendor, idProduct, serial: serialNumber, manufacturer: maker, product }
    for (const [name, value] of Object.entries(attributes))
      if (value !== undefined) writeFileSync(join(device, name), `${value}\n`)
    return join(device, `${port}:1.${interfaceNumber}`)
  }

  #link(kind: string, node: string, device: string): void {
    mkdirSync(join(this.sys, 'class', kind, node), { recursive: true })
    symlinkSync(device, join(this.sys, 'class', kind, node, 'device'))
  }
}

/** Whether what a keyboard types is kept off the console. */
export function isKeptOff(keyboard: string): boolean {
  return readFileSync(join(keyboard, 'inhibited'), 'latin1').trim() === '1'
}
