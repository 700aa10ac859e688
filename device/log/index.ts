/** The log: one line an event, with nothing in it that must stay secret. It neither decides nor counts anything. */
export { createLog, type Log } from './log.ts'
