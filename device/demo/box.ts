import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Colour } from '../../core/indicator/patterns.ts'
import manifest from '../../package.json' with { type: 'json' }
import { type Parts, startBox } from '../compose.ts'
import type { BoxConfig } from '../config/index.ts'
import type { Log } from '../log/index.ts'
import { openParts } from '../parts.ts'

export interface BoxParts {
  readonly log: Log
  /** What the lights of a lane say from now on. */
  readonly onLights: (lane: string, pattern: PatternName) => void
  /** What of them is lit from now on, as a step of which pattern; of none once they are given back. */
  readonly onLamps: (lane: string, lit: ReadonlySet<Colour>, pattern: PatternName | null) => void
  readonly fatal: (error: unknown) => void
}

/** The real box, in this process. It can be opened again, on the same journal, once it is gone. */
export interface DemoBox {
  /** The orderly stop. */
  stop(): Promise<void>
  /** Gone in the middle of whatever it was doing: nothing more is decided, cancelled or given back. */
  cut(): Promise<void>
}

interface Closable {
  close(): Promise<void>
}

/** Starts a box over its real parts; only its lights are seen here too. */
export async function openBox(config: BoxConfig, { log, onLights, onLamps, fatal }: BoxParts): Promise<DemoBox> {
  const real = await openParts(config, log, fatal, async ({ name }) => ({
    set: (lit, pattern) => onLamps(name, lit, pattern),
    close: () => onLamps(name, new Set(), null),
  }))
  const open: Closable[] = [real.journal]
  const keep = <Part extends Closable>(part: Part): Part => {
    open.unshift(part)
    return part
  }
  const closeAll = async () => {
    for (const part of open) await part.close()
    real.indicator.close()
  }
  const parts: Parts = {
    ...real,
    indicator: { ...real.indicator, show: watched(real.indicator, onLights) },
    openGateway: link => keep(real.openGateway(link)),
    openRegister: link => keep(real.openRegister(link)),
    openScanner: (lane, link) => keep(real.openScanner(lane, link)),
  }
  try {
    const { end, stop } = await startBox(config, parts, log, manifest.version, fatal)
    const cut = () => {
      end()
      return closeAll()
    }
    return { stop, cut }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** What the lights come to: of several patterns that a lane shows in one step of the box, the last. */
function watched(indicator: Parts['indicator'], onLights: BoxParts['onLights']): Parts['indicator']['show'] {
  const last = new Map<string, PatternName>()
  return (lane, pattern) => {
    indicator.show(lane, pattern)
    if (last.size === 0) {
      queueMicrotask(() => {
        for (const [name, shown] of last) onLights(name, shown)
        last.clear()
      })
    }
    last.set(lane, pattern)
  }
}
