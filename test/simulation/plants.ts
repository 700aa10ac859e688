import type { Gateway, Reply, Row } from '../../core/ports.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import type { FailureKind } from './failure.ts'
import type { Plant } from './life.ts'

/** A fault put between the runner and its parts on purpose, and how a check has to name it. */
export interface Planted {
  readonly name: string
  readonly plant: Plant
  readonly kind: FailureKind
  readonly message: RegExp
}

const EPOCH = '1970-01-01T00:00:00.000Z'
const NO_ANSWER = { kind: 'unknown', why: 'no_answer' } as const

function stateOf(state: 'CLOSED' | 'REVOKED', sentAt: number): Reply<QueryAnswer> {
  return { kind: 'answered', answer: { verdict: 'state', state }, sentAt }
}

function withoutServed(row: Row): Row {
  if (row.put !== 'charge') return row
  const { served: _served, ...charge } = row.charge
  return { put: 'charge', charge }
}

export const PLANTED: readonly Planted[] = [
  {
    name: 'a submit without an answer is taken for one that was refused',
    kind: 'wrongOutcome',
    message: /of the customer are with the shop/,
    plant: parts => {
      const { gateway } = parts
      const lost = new Set<string>()
      return {
        ...parts,
        gateway: {
          ...gateway,
          submit: (request, code) =>
            gateway.submit(request, code).then(reply => {
              if (reply.kind === 'unknown') lost.add(request.outTradeNo)
              return reply
            }),
          query: (order, priority) =>
            gateway.query(order, priority).then(reply => (lost.has(order.outTradeNo) ? stateOf('CLOSED', 0) : reply)),
        },
      }
    },
  },
  {
    name: 'an order is taken for reversed that never was',
    kind: 'wrongOutcome',
    message: /of the customer are with the shop/,
    plant: parts => {
      const { gateway } = parts
      const reversed = new Set<string>()
      return {
        ...parts,
        gateway: {
          ...gateway,
          reverse: order => {
            reversed.add(order.outTradeNo)
            return Promise.resolve({ kind: 'answered', answer: { verdict: 'done' }, sentAt: 0 })
          },
          query: (order, priority) =>
            reversed.has(order.outTradeNo) ? Promise.resolve(stateOf('REVOKED', 0)) : gateway.query(order, priority),
        },
      }
    },
  },
  {
    name: 'a commit is called durable before it is',
    kind: 'wrongOutcome',
    message: /not in the journal/,
    plant: parts => ({
      ...parts,
      journal: {
        ...parts.journal,
        commit: rows => {
          parts.journal.commit(rows).catch(() => {}) // whoever plants this does not look
          return Promise.resolve()
        },
      },
    }),
  },
  {
    name: 'an event is left out of the journal',
    kind: 'wrongOutcome',
    message: /event \d+, which is not in the journal|event \d+ of lane/,
    plant: parts => ({
      ...parts,
      journal: {
        ...parts.journal,
        commit: rows => parts.journal.commit(rows.filter(row => row.put !== 'event' || row.event.seq !== 4)),
      },
    }),
  },
  {
    name: 'an event changes between two readings',
    kind: 'wrongOutcome',
    message: /content/,
    plant: parts => ({
      ...parts,
      journal: {
        ...parts.journal,
        events: (...asked) =>
          parts.journal.events(...asked).then(page => ({ ...page, events: page.events.map(event => ({ ...event, at: EPOCH })) })),
      },
    }),
  },
  {
    name: 'a code is sent twice',
    kind: 'wrongOutcome',
    message: /a second time/,
    plant: parts => ({
      ...parts,
      gateway: {
        ...parts.gateway,
        submit: (request, code) => {
          parts.gateway.submit(request, code).catch(() => {}) // whoever plants this does not look
          return parts.gateway.submit(request, code)
        },
      },
    }),
  },
  {
    name: 'an order is reversed as soon as it was submitted',
    kind: 'wrongOutcome',
    message: /was reversed(?: -?\d+ ms after it left|, and the journal)/,
    plant: parts => ({
      ...parts,
      gateway: {
        ...parts.gateway,
        submit: (request, code) => {
          const reply = parts.gateway.submit(request, code)
          parts.gateway.reverse(request).catch(() => {}) // whoever plants this does not look
          return reply
        },
      },
    }),
  },
  {
    name: 'the lights say paid for a refusal',
    kind: 'wrongOutcome',
    message: /paid/,
    plant: parts => ({
      ...parts,
      indicator: { show: (lane, pattern) => parts.indicator.show(lane, pattern === 'refused' ? 'paid' : pattern) },
    }),
  },
  {
    name: 'a kiosk keeps the money and shows nothing for it',
    kind: 'wrongOutcome',
    message: /nobody was served/,
    plant: parts => ({
      ...parts,
      indicator: {
        show: (lane, pattern) => {
          if (lane !== 'gate' || pattern !== 'paid') parts.indicator.show(lane, pattern)
        },
      },
    }),
  },
  {
    name: 'a lock opens twice for one payment',
    kind: 'wrongOutcome',
    message: /opens a second time/,
    plant: parts => ({ ...parts, lock: { open: lane => parts.lock.open(lane) && parts.lock.open(lane) } }),
  },
  {
    name: 'a lock opens as soon as a code was sent',
    kind: 'wrongOutcome',
    message: /nobody has paid|opens a second time/,
    plant: parts => ({
      ...parts,
      indicator: {
        show: (lane, pattern) => {
          parts.indicator.show(lane, pattern)
          if (lane === 'gate' && pattern === 'working') parts.lock.open(lane)
        },
      },
    }),
  },
  {
    name: 'a kiosk does not write down that somebody may have been served',
    kind: 'wrongOutcome',
    message: /may have been, served|the journal does not know it yet|a power cut/,
    plant: parts => ({
      ...parts,
      journal: {
        ...parts.journal,
        commit: rows => parts.journal.commit(rows.map(withoutServed)),
      },
    }),
  },
  {
    name: 'nobody answers what became of an order that is being undone',
    kind: 'noProgress',
    message: /not all has come to its end/,
    plant: parts => {
      const { gateway } = parts
      const query: Gateway['query'] = (order, priority) =>
        priority === 'background' && order.amount > 0 ? Promise.resolve(NO_ANSWER) : gateway.query(order, priority)
      return { ...parts, gateway: { ...gateway, query } }
    },
  },
  {
    name: 'a refund is taken for returned that was only accepted',
    kind: 'wrongOutcome',
    message: /while the customer has paid|fen went back/,
    plant: parts => ({
      ...parts,
      gateway: {
        ...parts.gateway,
        refundState: () => Promise.resolve({ kind: 'answered', answer: { verdict: 'refund', status: 'returned' }, sentAt: 0 }),
      },
    }),
  },
  {
    name: 'a refund is asked for under a new number each time',
    kind: 'wrongOutcome',
    message: /the journal has not reserved them|while the customer has paid|fen went back|the customer has paid/,
    plant: parts => {
      let calls = 0
      const refund: Gateway['refund'] = request => {
        calls += 1
        return parts.gateway.refund({ ...request, outRefundNo: `${request.outRefundNo}-${calls}` })
      }
      return { ...parts, gateway: { ...parts.gateway, refund } }
    },
  },
  {
    name: 'nobody answers what became of a refund',
    kind: 'noProgress',
    message: /not all has come to its end/,
    plant: parts => ({ ...parts, gateway: { ...parts.gateway, refundState: () => Promise.resolve(NO_ANSWER) } }),
  },
  {
    name: 'the gateway throws',
    kind: 'crash',
    message: /planted/,
    plant: parts => ({ ...parts, gateway: { ...parts.gateway, submit: () => Promise.reject(new TypeError('planted')) } }),
  },
]
