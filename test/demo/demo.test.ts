import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SCENES } from '../../device/demo/scenes.ts'
import { DemoProcess } from './process.ts'

test('without a terminal a tour is played, every scene ends as it should, and nothing is left behind', async t => {
  const demo = new DemoProcess(t, { terminal: 'none' })
  assert.equal(await demo.exit(), 0, demo.output + demo.errors)
  const ticked = demo.output.split('\n').filter(line => line.startsWith('✓'))
  assert.equal(ticked.length, SCENES.length + 1)
  for (const [index, { title }] of SCENES.entries()) assert.ok(ticked[index]?.endsWith(title), title)
  assert.match(ticked.at(-1) ?? '', /^✓ 10 of 10 scenes .* book 2168\.95, WeChat Pay's ledger 2168\.95$/)
  assert.match(demo.output, /an Alipay code.*\n.*\n.*wrong_code.*\n.*alipay code: wallet_not_supported · goods code: goods/)
  assert.match(demo.output, /the till cancels while.*\n.*\n.*\n.*reversing · reversed\n.*750\.00 taken · 750\.00 given back/)
  assert.equal(demo.errors, '')
  assert.deepEqual(demo.leftovers, [])
})

test('the demo has a name too, and a tour that is interrupted leaves nothing behind', async t => {
  const demo = new DemoProcess(t, { terminal: 'none', words: ['demo'] })
  await demo.says('✓  1')
  demo.kill('SIGTERM')
  assert.equal(await demo.exit(), 143)
  assert.deepEqual(demo.leftovers, [])
})

test('where the machine has no `script` the demo names it, and fails', async t => {
  const empty = mkdtempSync(join(tmpdir(), 'tillbridge-test-path-'))
  t.after(() => rmSync(empty, { recursive: true }))
  const demo = new DemoProcess(t, { terminal: 'none', path: empty })
  assert.equal(await demo.exit(), 1)
  assert.match(demo.errors, /script \(of util-linux\) does not start/)
  assert.deepEqual(demo.leftovers, [])
})

test('on a terminal that cannot draw one arms, scans, types a code, pulls the plug, and leaves', async t => {
  const demo = new DemoProcess(t, { terminal: 'dumb' })
  await demo.says('help, quit')
  demo.type('charge 12.34')
  await demo.says('sale-1 12.34 awaiting_scan')
  demo.type('scan')
  await demo.says('sale-1 12.34 paid')
  demo.type('56.78')
  await demo.says('lights    main  waiting')
  await demo.says('sale-2 56.78 awaiting_scan')
  demo.type('scan goods')
  await demo.says('no payment: goods, goods')
  demo.type('134567890123456789')
  await demo.says('sale-2 56.78 paid')
  demo.type('unplug')
  await demo.says('not ready: scanner_')
  demo.type('5')
  await demo.says('refused: not_ready')
  demo.type('plug')
  await demo.says(/not ready: scanner_[\s\S]*main {2}the lane is ready/)
  demo.type('700\nscan never')
  await demo.says('sale-4 700.00 awaiting_payer')
  demo.type('cancel')
  await demo.says('sale-4 700.00 reversed')
  demo.type('book')
  await demo.says(/sale-2 +56\.78 +paid +ledger +56\.78[\s\S]*sale-4 +700\.00 +reversed +ledger +0\.00/)
  demo.type('quit')
  assert.equal(await demo.exit(), 0)
  assert.deepEqual(demo.leftovers, [])
})

test('on a terminal that cannot draw Ctrl-C leaves as well, in mid-payment too', async t => {
  const demo = new DemoProcess(t, { terminal: 'dumb' })
  await demo.says('help, quit')
  demo.type('600\nscan never')
  await demo.says('sale-1 600.00 awaiting_payer')
  demo.type('\u0003')
  assert.equal(await demo.exit(), 0)
  assert.deepEqual(demo.leftovers, [])
})
