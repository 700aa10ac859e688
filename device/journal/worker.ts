import { type MessagePort, parentPort } from 'node:worker_threads'
import { JournalError } from './error.ts'
import type { Answer, Call, Request, Result } from './message.ts'
import type { Notice } from './notice.ts'
import { openStore } from './open-store.ts'
import type { Store } from './store.ts'

/** The journal's thread: one request after the other, and each of them until the disk has answered. */
function serve(port: MessagePort): void {
  let store: Store | null = null

  function opened(): Store {
    if (store === null) throw new JournalError('journal_closed', 'the journal is not open')
    return store
  }

  function carryOut(request: Request): Result<Call> {
    switch (request.call) {
      case 'open':
        store = openStore(...request.args)
        return
      case 'load':
        return opened().load()
      case 'commit':
        return opened().commit(...request.args)
      case 'find':
        return opened().find(...request.args)
      case 'events':
        return opened().events(...request.args)
      case 'outbox':
        return opened().outbox(...request.args)
      case 'list':
        return opened().list(...request.args)
      case 'history':
        return opened().history(...request.args)
      case 'knownOf':
        return opened().ledger(reader => reader.knownOf(...request.args))
      case 'ordersOf':
        return opened().ledger(reader => reader.ordersOf(...request.args))
      case 'movedIn':
        return opened().ledger(reader => reader.movedIn(...request.args))
      case 'beginsAt':
        return opened().ledger(reader => reader.beginsAt())
      case 'sums':
        return opened().ledger(reader => reader.sums(...request.args))
      case 'isForgotten':
        return opened().isForgotten(...request.args)
      case 'notes':
        return opened().notes()
      case 'putNotes':
        return opened().putNotes(...request.args)
      case 'oldestAt':
        return opened().oldestAt(...request.args)
      case 'prune':
        return opened().prune(...request.args)
      case 'nextLook':
        return opened().nextLook(...request.args)
      case 'delivered':
        return opened().delivered(...request.args)
      case 'close':
        return opened().close()
      default:
        return request satisfies never
    }
  }

  port.on('message', (request: Request) => {
    port.postMessage(answer(request, carryOut, () => store?.takeNotices() ?? []))
    if (request.call === 'close') port.close()
  })
}

/** What is no `JournalError` is a mistake of this program: it ends the thread, and the other side reports it. */
function answer(request: Request, carryOut: (request: Request) => Result<Call>, takeNotices: () => readonly Notice[]): Answer {
  const { id } = request
  try {
    const result = carryOut(request)
    return { id, ok: true, result, notices: takeNotices() }
  } catch (error) {
    if (error instanceof JournalError) return { id, ok: false, code: error.code, message: error.message, notices: takeNotices() }
    throw error
  }
}

if (parentPort !== null) serve(parentPort)
