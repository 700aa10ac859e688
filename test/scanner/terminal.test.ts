import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import type { ScannerFault } from '../../device/scanner/scanner.ts'
import { openTerminalScanner } from '../../device/scanner/terminal.ts'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'

function typing() {
  const clock = new VirtualClock()
  const stream = new PassThrough()
  const scans: string[] = []
  const health: (boolean | ScannerFault)[] = []
  const scanner = openTerminalScanner(
    { stream },
    { clock, onScan: scan => scans.push(scan.text), onHealth: (ready, why) => health.push(why?.fault ?? ready) },
  )
  return { clock, stream, scans, health, scanner }
}

describe('a scanner on a terminal', () => {
  it('takes one line as one code, and is ready at once', async () => {
    const { stream, scans, health } = typing()
    stream.write('134567890123456789\n4006381333931\n\n13')
    await until('two codes', () => scans.length === 2)
    assert.deepEqual(scans, ['134567890123456789', '4006381333931'])
    assert.deepEqual(health, [true])
  })

  it('waits for the end of the line, however slowly somebody types', async () => {
    const { clock, stream, scans } = typing()
    stream.write('1345678')
    clock.advance(60_000)
    stream.write('90123456789\n')
    await until('one code', () => scans.length > 0)
    assert.deepEqual(scans, ['134567890123456789'])
    assert.equal(clock.pending, 0)
  })

  it('takes the last line without an end, and tells that nothing more can be typed', async () => {
    const { stream, scans, health } = typing()
    stream.end('134567890123456789')
    await until('the end', () => health.length === 2)
    assert.deepEqual(scans, ['134567890123456789'])
    assert.deepEqual(health, [true, 'ended'])
  })

  it('delivers nothing after it was closed', async () => {
    const { stream, scans, health, scanner } = typing()
    await scanner.close()
    stream.end('134567890123456789\n')
    stream.resume()
    await until('all is read', () => stream.readableEnded)
    assert.deepEqual([scans, health], [[], [true]])
  })
})
