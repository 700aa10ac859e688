import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { API_KEY, LEAST, Workshop } from './config/workshop.ts'

const MAIN = new URL('../device/main.ts', import.meta.url).pathname

test('a reader who has read enough, such as head, costs no command its exit code', async () => {
  const child = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const [code] = await once(child, 'close')
  assert.equal(complaints, '')
  assert.equal(code, 0)
})

test('a program says which release it is', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  for (const option of ['--version', '-V']) {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, option])
    assert.equal(stdout, `tillbridge ${version}\n`)
  }
  const { stdout: help } = await promisify(execFile)(process.execPath, [MAIN, '--help'])
  assert.match(help, /--version, -V/)
})

/** The journal is opened, and cannot be read then. */
const UNREADABLE = `data:text/javascript,${encodeURIComponent(`
  import { Worker } from 'node:worker_threads'
  const { postMessage } = Worker.prototype
  Worker.prototype.postMessage = function (request) {
    if (request.call !== 'load') return postMessage.call(this, request)
    this.emit('message', { id: request.id, notices: [], ok: false, code: 'journal_io', message: 'the disk gives nothing' })
  }
`)}`

test('a daemon that cannot start ends, and is started again: it does not stand there with what it has opened', async t => {
  const workshop = new Workshop(t, { api_key: API_KEY, 'tillbridge.yaml': `${LEAST}journal: { path: journal.db }\n` })
  const child = spawn(process.execPath, ['--import', UNREADABLE, MAIN, 'run', '--config', workshop.file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const [code] = await once(child, 'close')
  assert.ok(code !== 0 && /the disk gives nothing/.test(said), said)
  assert.match(said, /"msg":"starting"/)
})
