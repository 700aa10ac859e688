import type { Parts } from '../../device/compose.ts'
import type { EffectName } from './effect.ts'
import type { Killer } from './killer.ts'

type Calls<Part> = { readonly [Name in keyof Part]?: EffectName }

/**
 * The parts of a box, of which each call can be its death. The calls are replaced on the parts themselves, for the register's link
 * has the journal too.
 */
export function makeMortal(parts: Parts, killer: Killer): Parts {
  const intercept = <Part extends object>(part: Part, calls: Calls<Part>): Part => {
    for (const [name, effect] of Object.entries(calls) as [string, EffectName][]) {
      const call = (part as Record<string, (...args: unknown[]) => unknown>)[name]?.bind(part)
      if (call !== undefined)
        Object.defineProperty(part, name, { value: (...args: unknown[]) => killer.around(effect, () => call(...args)) })
    }
    return part
  }
  intercept(parts.journal, {
    commit: 'commit',
    delivered: 'mark_delivered',
    outbox: 'read_outbox',
    events: 'read_events',
    nextLook: 'read_look',
    find: 'look_up',
  })
  intercept(parts.indicator, { show: 'show' })
  return {
    ...parts,
    openGateway: link =>
      intercept(parts.openGateway(link), {
        warm: 'warm',
        submit: 'submit',
        query: 'query',
        find: 'find',
        reverse: 'reverse',
        refund: 'refund',
        refundQuery: 'refund_query',
        refundState: 'refund_state',
      }),
    openRegister: link => {
      const onCommand: typeof link.onCommand = incoming => {
        if (incoming.verb === 'charge') killer.begin()
        killer.around('command', () => link.onCommand(incoming))
      }
      return intercept(parts.openRegister({ ...link, onCommand }), {
        answer: 'answer',
        state: 'tell_state',
        status: 'tell_status',
        eventsWaiting: 'tell_events',
        scan: 'tell_scan',
      })
    },
    openLock: (lane, lock, link) => intercept(parts.openLock(lane, lock, link), { open: 'open_lock' }),
    openScanner: (lane, link) =>
      parts.openScanner(lane, { ...link, onScan: scan => killer.around('scan', () => link.onScan(scan)) }),
  }
}
