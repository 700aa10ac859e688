import type { StatusView } from '../../core/contract/message.ts'
import type { Clock } from '../../core/ports.ts'
import { Notifier } from './notifier.ts'

/**
 * The service manager's room: it hears when the box is up, how it is, and, again and again, that it is alive. No decision about a
 * payment may live here, and none waits for it.
 */

/** How the box is. */
export interface Supervised {
  status(): Pick<StatusView, 'ready' | 'lanes'>
  /** What should have gone on long ago, and has not; empty in a box that works. */
  overdue(): readonly string[]
}

interface Log {
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** How often it is told how the box is, at the least. */
const LOOK_EVERY_MS = 10_000
/** Signs of life within the time in which one has to come. */
const SIGNS = 3
const STATUS_CHARS_MAX = 400

/**
 * Tells the service manager that the box is up, and from then on how it is. The sign of life comes from the event loop, and only
 * while nothing is overdue: a loop that hangs and a lane that stands still both end in a restart, which is safe. Without a service
 * manager, as `env` says, nothing happens.
 */
export function supervise(
  env: Readonly<Record<string, string | undefined>>,
  box: Supervised,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): { stopping(): void } {
  const socket = env['NOTIFY_SOCKET'] ?? ''
  if (socket === '') return { stopping: () => {} }
  const { everyMs, signs } = rhythmOf(env)
  const notifier = new Notifier(socket, env['PATH'] ?? '', error => log.warn('the service manager cannot be told', { error }))
  const sign: Record<string, string> = signs ? { WATCHDOG: '1' } : {}
  let takeBack = () => {}
  const look = () => {
    takeBack = clock.after(everyMs, look)
    const overdue = box.overdue()
    if (overdue.length === 0) notifier.tell({ STATUS: statusText(box.status()), ...sign })
    else log.error('the box stands still; the service manager will start it again', { overdue })
  }
  notifier.tell({ READY: '1' })
  look()
  return {
    stopping: () => {
      takeBack()
      notifier.tell({ STOPPING: '1', STATUS: 'stopping' })
    },
  }
}

/** Whether, and how often, signs of life are wanted. Source: sd_watchdog_enabled. */
function rhythmOf(env: Readonly<Record<string, string | undefined>>): { readonly everyMs: number; readonly signs: boolean } {
  const withinMs = Number(env['WATCHDOG_USEC']) / 1_000
  const ours = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid)
  if (!ours || !(withinMs > 0)) return { everyMs: LOOK_EVERY_MS, signs: false }
  return { everyMs: Math.min(LOOK_EVERY_MS, withinMs / SIGNS), signs: true }
}

/** One line, as `systemctl status` shows it. */
function statusText({ ready, lanes }: Pick<StatusView, 'ready' | 'lanes'>): string {
  if (ready) return 'ready'
  const waiting = Object.entries(lanes).filter(([, lane]) => !lane.ready)
  return `not ready: ${waiting.map(([name, lane]) => `${name} (${lane.not_ready.join(', ')})`).join('; ')}`.slice(
    0,
    STATUS_CHARS_MAX,
  )
}
