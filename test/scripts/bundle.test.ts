import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundle } from '../../scripts/debian/bundle.ts'
import { nativePackages } from '../../scripts/debian/modules.ts'
import { until } from '../until.ts'

const ROOT = join(import.meta.dirname, '../..')

const KIOSK = `
box: counter-1
merchant: { app_id: wx0123456789abcdef, mch_id: "1900000109", api_key_file: api_key }
gateway: { hosts: ["https://127.0.0.1:9"] }
journal: { path: journal.db }
lanes: [{ name: main, scanner: { type: serial, path: /dev/ttyNONE }, mode: { fixed_amount: 100 } }]
`

test('what has a native add-on stays beside the one file', () => {
  const native = nativePackages(join(ROOT, 'node_modules'))
  for (const name of ['@serialport/bindings-cpp', 'koffi', 'node-hid']) assert.ok(native.includes(name), name)
  for (const name of ['undici', 'mqtt', 'zod']) assert.equal(native.includes(name), false, name)
})

test('the daemon as one file opens its journal in a thread of its own, watches its lanes, and stops in order', async t => {
  // In the project's own folder, so that the add-ons are found.
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'dist', 'bundle-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  await bundle(ROOT, folder, nativePackages(join(ROOT, 'node_modules')))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'box.yaml'), KIOSK)
  writeFileSync(join(folder, 'api_key'), 'k3y-Of-The-Merchant-0123456789ab')
  const config = join(folder, 'box.yaml')
  const daemon = spawn(process.execPath, [join(folder, 'tillbridge.js'), 'run', '--config', config], { stdio: 'pipe' })
  t.after(() => daemon.kill('SIGKILL'))
  let said = ''
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  await until('the lane says that its gun is missing', () => said.includes('scanner_missing'), 60_000)
  assert.ok(existsSync(join(folder, 'journal.db')), said)
  const ended = once(daemon, 'exit')
  daemon.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null], said)
})
