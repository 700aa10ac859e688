import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Onoff } from '../../device/indicator/sysfs.ts'

/** A chip as sysfs shows it. */
export interface Chip {
  readonly label: string
  readonly base: number
  readonly ngpio: number
}

export const PI_4: readonly Chip[] = [
  { label: 'pinctrl-bcm2711', base: 512, ngpio: 58 },
  { label: 'raspberrypi-exp-gpio', base: 570, ngpio: 8 },
]
export const PI_5: readonly Chip[] = [
  { label: 'gpio-brcmstb@107d508500', base: 512, ngpio: 32 },
  { label: 'pinctrl-rp1', base: 586, ngpio: 54 },
]

/** What stands for /sys/class/gpio, until the test ends. */
export function folderOf(t: TestContext, chips: readonly Chip[]): string {
  const root = mkdtempSync(join(tmpdir(), 'gpio-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const chip of chips) {
    const folder = join(root, `gpiochip${chip.base}`)
    mkdirSync(folder)
    for (const file of ['label', 'base', 'ngpio'] as const) writeFileSync(join(folder, file), `${chip[file]}\n`)
  }
  writeFileSync(join(root, 'export'), '')
  return root
}

/** Pins that behave as those under onoff: a level, a polarity, exported or not; `broken` ones refuse with an errno. */
export function pins(broken: ReadonlyMap<number, string> = new Map()) {
  const exported = new Map<number, { level: 0 | 1; activeLow: boolean }>()
  const levels: string[] = []
  /** What holds a file open. */
  const open = new Set<object>()
  const refuse = (line: number) => {
    const code = broken.get(line)
    if (code !== undefined) throw Object.assign(new Error(`${code}: refused`), { code })
  }
  const onoff: Onoff = {
    Gpio: class {
      readonly #line: number
      constructor(line: number, direction: 'high' | 'low', _edge: 'none', { activeLow }: { activeLow: boolean }) {
        const isOverlooked = exported.has(line) && broken.has(line) // onoff takes what is exported as it is
        if (!isOverlooked) refuse(line)
        this.#line = line
        open.add(this)
        if (!isOverlooked) this.#drive(direction === 'high' ? 1 : 0, activeLow)
      }
      writeSync(value: 0 | 1) {
        refuse(this.#line)
        const { activeLow } = exported.get(this.#line) ?? assert.fail('written after it was given back')
        this.#drive(activeLow === (value === 1) ? 0 : 1, activeLow)
      }
      unexport() {
        open.delete(this)
        exported.delete(this.#line)
      }
      #drive(level: 0 | 1, activeLow: boolean) {
        if (exported.get(this.#line)?.level !== level) levels.push(`${this.#line}=${level}`)
        exported.set(this.#line, { level, activeLow })
      }
    },
  }
  return { onoff, exported, levels, broken, open }
}
