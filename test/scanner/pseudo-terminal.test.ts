import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPseudoTerminal, PseudoTerminalError } from '../../device/demo/pseudo-terminal.ts'
import { until } from '../until.ts'

const MODULE = fileURLToPath(new URL('../../device/demo/pseudo-terminal.ts', import.meta.url))

/** Somebody who has the line open: a path alone says little, for its number is soon given to another line. */
function openLine(t: TestContext, path: string) {
  const line = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  t.after(() => closeSync(line))
  const got: number[] = []
  let isLost = false
  const read = () => {
    const chunk = Buffer.alloc(1_024)
    try {
      const length = readSync(line, chunk)
      got.push(...chunk.subarray(0, length))
      isLost = length === 0
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EIO') isLost = true
      else if (code !== 'EAGAIN') throw error
    }
  }
  return {
    holds: (length: number) => {
      read()
      return got.length >= length
    },
    isLost: () => {
      read()
      return isLost
    },
    bytes: () => Buffer.from(got),
  }
}

describe('a pseudo-terminal', () => {
  it('hands every byte over as it was written', async t => {
    const terminal = await openPseudoTerminal()
    t.after(() => terminal.close())
    const line = openLine(t, terminal.path)
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    await terminal.write(all)
    await until('256 bytes', () => line.holds(256))
    assert.deepEqual(line.bytes(), all)
  })

  it('is gone once it is closed, and closing it twice is once', async t => {
    const terminal = await openPseudoTerminal()
    const line = openLine(t, terminal.path)
    await terminal.close()
    await terminal.close()
    await until('the line is gone', line.isLost)
    await assert.rejects(terminal.write('x'), PseudoTerminalError)
  })

  it('goes when the process that made it is killed', async t => {
    const script = `const { openPseudoTerminal } = await import(${JSON.stringify(MODULE)}); console.log((await openPseudoTerminal()).path)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    let path = ''
    child.stdout.on('data', chunk => {
      path += chunk
    })
    await until('the path is told', () => path.endsWith('\n'))
    const line = openLine(t, path.trim())
    child.kill('SIGKILL')
    await until('the line is gone', line.isLost)
  })

  it('where script is missing, the error is typed and names it', async t => {
    const PATH = process.env['PATH']
    process.env['PATH'] = '/nowhere'
    t.after(() => {
      process.env['PATH'] = PATH
    })
    await assert.rejects(openPseudoTerminal(), error => {
      assert.ok(error instanceof PseudoTerminalError)
      assert.match(error.message, /script \(of util-linux\) does not start/)
      return error.code === 'PSEUDO_TERMINAL'
    })
  })
})
