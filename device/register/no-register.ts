import type { Register } from '../../core/ports.ts'

/** For a box of kiosks that nobody listens to: events wait in the outbox, for a register that may be configured one day. */
export const noRegister: Register & { connect(): void; close(): Promise<void> } = {
  connect: () => {},
  answer: () => {},
  state: () => {},
  status: () => {},
  scan: () => {},
  untellStates: () => {},
  eventsWaiting: () => {},
  close: () => Promise.resolve(),
}
