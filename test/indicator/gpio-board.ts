import assert from 'node:assert/strict'
import { closeSync, mkdirSync, mkdtempSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { GpioCalls } from '../../device/indicator/gpio-device.ts'

/** What stands for the kernel's GPIO character devices: it reads the structures by the places that linux/gpio.h gives them. */

export interface BoardChip {
  readonly label: string
  /** The lines' names, in order; empty for one without. */
  readonly lines: readonly string[]
}

export interface TakenLine {
  readonly consumer: string
  readonly flags: bigint
  /** After `active_low`: whether what hangs on it is on. */
  on: boolean
}

export const PI_LINES = Array.from({ length: 54 }, (_, offset) => `GPIO${offset}`)

/**
 * `chips` by their devices. `refused` are lines that answer with an errno when they are taken or set, as `LABEL OFFSET`; `links` are
 * further paths to a chip.
 */
export function gpioBoard(
  t: TestContext,
  chips: readonly BoardChip[],
  { refused = new Map<string, string>(), links = {} }: { refused?: Map<string, string>; links?: Record<string, number> } = {},
) {
  const devices = mkdtempSync(join(tmpdir(), 'gpio-dev-'))
  t.after(() => rmSync(devices, { recursive: true }))
  const chipAt = placeChips(devices, chips, links)
  const taken = new Map<string, TakenLine>()
  const lineOf = new Map<number, string>()
  const levels: string[] = []
  const open = new Set<number>()
  const chipOf = (fd: number) => chipAt.get(readlinkSync(`/proc/self/fd/${fd}`)) ?? assert.fail('no chip is open there')
  const refuse = (line: string) => {
    const code = refused.get(line)
    if (code !== undefined) throw Object.assign(new Error(`${code}: refused`), { code })
  }
  const calls: GpioCalls = {
    open: path => {
      refuse(path)
      const fd = openSync(path, 'r')
      open.add(fd)
      return fd
    },
    close: fd => {
      const line = lineOf.get(fd)
      if (line !== undefined) taken.delete(line)
      lineOf.delete(fd)
      open.delete(fd)
      closeSync(fd)
    },
    ioctl: (fd, request, data) => {
      const answer = answers.get(request) ?? assert.fail(`no such request: ${request.toString(16)}`)
      assert.equal(data.length, Math.floor(request / 0x1_00_00) % 0x40_00, 'the size is part of the number')
      answer(fd, data)
    },
  }
  const answers = new Map<number, (fd: number, data: Buffer) => void>([
    [0x8044b401, tellChip],
    [0xc100b405, tellLine],
    [0xc250b407, takeLine],
    [0xc010b40f, setLine],
  ])
  function tellChip(fd: number, data: Buffer): void {
    const { chip, name } = chipOf(fd)
    data.write(name, 0)
    data.write(chip.label, 32)
    data.writeUInt32LE(chip.lines.length, 64)
  }
  function tellLine(fd: number, data: Buffer): void {
    const { chip } = chipOf(fd)
    const offset = data.readUInt32LE(64)
    const line = `${chip.label} ${offset}`
    data.write(chip.lines[offset] ?? assert.fail('EINVAL'), 0)
    data.write(taken.get(line)?.consumer ?? (refused.has(line) ? 'led0' : ''), 32)
  }
  function takeLine(fd: number, data: Buffer): void {
    assert.equal(data.readUInt32LE(560), 1, 'one line a request')
    const { chip } = chipOf(fd)
    const offset = data.readUInt32LE(0)
    const line = `${chip.label} ${offset}`
    assert.ok(offset < chip.lines.length, 'EINVAL')
    refuse(line)
    if (taken.has(line)) throw Object.assign(new Error('EBUSY: refused'), { code: 'EBUSY' })
    const [consumer = ''] = data.toString('latin1', 256, 288).split('\0')
    const flags = data.readBigUInt64LE(288)
    taken.set(line, { consumer, flags, on: false })
    levels.push(`${line}=${levelOf(flags, false)}`)
    const lineFd = openSync('/dev/null', 'r')
    open.add(lineFd)
    lineOf.set(lineFd, line)
    data.writeInt32LE(lineFd, 588)
  }
  function setLine(fd: number, data: Buffer): void {
    assert.equal(data.readBigUInt64LE(8), 1n)
    const line = lineOf.get(fd) ?? assert.fail('no line is open there')
    refuse(line)
    const state = taken.get(line) ?? assert.fail()
    state.on = data.readBigUInt64LE(0) === 1n
    levels.push(`${line}=${levelOf(state.flags, state.on)}`)
  }
  return { calls, devices, taken, levels, refused, open }
}

/** The devices' paths, and what stands behind each. */
function placeChips(devices: string, chips: readonly BoardChip[], links: Record<string, number>) {
  mkdirSync(join(devices, 'input')) // what else there is in such a folder
  const named = chips.map((_, index) => [`gpiochip${index}`, index] as const)
  const chipAt = new Map<string, { chip: BoardChip; name: string }>()
  for (const [file, index] of [...named, ...Object.entries(links)]) {
    writeFileSync(join(devices, file), '')
    chipAt.set(join(devices, file), { chip: chips[index] ?? assert.fail(), name: `gpiochip${index}` })
  }
  return chipAt
}

function levelOf(flags: bigint, on: boolean): 0 | 1 {
  return on === ((flags & 2n) === 0n) ? 1 : 0
}
