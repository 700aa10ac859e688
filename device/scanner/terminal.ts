import type { Readable } from 'node:stream'
import { Framer } from './framer.ts'
import { type Scan, type Scanner, ScannerError, type ScannerParts } from './scanner.ts'

/** Codes typed by hand, one a line, on any kind of stream: a trial without a gun. */
export function openTerminalScanner(settings: { readonly stream?: Readable }, parts: ScannerParts): Scanner {
  const stream = settings.stream ?? process.stdin
  const framer = new Framer('clean')
  const deliver = (scans: readonly Scan[]) => {
    for (const scan of scans) parts.onScan(scan)
  }
  const onData = (chunk: Buffer | string) => deliver(framer.feed(Buffer.from(chunk), parts.clock.now()))
  const onEnd = () => {
    deliver(framer.pause())
    parts.onHealth(false, new ScannerError('ended', 'nothing more can be typed: the standard input has ended'))
  }
  const onError = (error: Error) => parts.onHealth(false, new ScannerError('failed', error.message))
  stream.on('data', onData).on('end', onEnd).on('error', onError)
  parts.onHealth(true)
  return {
    close: async () => {
      stream.off('data', onData).off('end', onEnd).off('error', onError)
      stream.pause()
    },
  }
}
