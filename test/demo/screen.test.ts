import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DemoProcess } from './process.ts'

const ENTER = '\r'
const SCAN = ' '
const RIGHT = '\u001b[C'
const CTRL_C = '\u0003'

/** To a customer by the place in their row. */
const right = (times: number) => RIGHT.repeat(times)

test('the counter is played on one screen: paid, refused, foreign, unplugged, cut off, and the ledger is what the register knows', async t => {
  const demo = new DemoProcess(t, { terminal: 'drawn' })
  await demo.shows(/▸ main[\s\S]*ready[\s\S]*side[\s\S]*ready/)
  demo.press(`12.34${ENTER}`)
  await demo.shows(/scan please[\s\S]*sale-1 12\.34 awaiting_scan/)
  demo.press(SCAN)
  await demo.shows(/steady green, one beep: paid/)
  await demo.shows(/sale-1 +12\.34 +paid +│ +12\.34 {2}✓/)

  demo.press(`56.78${ENTER}`)
  await demo.shows(/sale-2 56\.78 awaiting_scan/)
  demo.press(`${right(9)}${SCAN}`)
  await demo.shows(/‹ goods ›[\s\S]*a scan that was no payment: goods, goods/)
  demo.press(`134567890123456789${ENTER}`)
  await demo.shows(/sale-2 +56\.78 +paid +│ +56\.78 {2}✓/)

  demo.press('u')
  await demo.shows(/not ready: scanner_\w+[\s\S]*gun unplugged/)
  demo.press(`5${ENTER}`)
  await demo.shows(/till: refused: not_ready/)
  demo.press('u')
  await demo.shows(/▸ main[^\n]*\n +ready[\s\S]*gun plugged in/)

  demo.press('\t')
  await demo.shows(/▸ side/)
  demo.press(`9${ENTER}`)
  await demo.shows(/▸ side[^\n]*scan please\n +ready +sale-4 9\.00 awaiting_scan/)
  demo.press('n')
  await demo.shows(/network gone/)
  demo.press(`${right(1)}${SCAN}`)
  await demo.shows(/sale-4 9\.00 awaiting_scan \(gateway_unreachable\)/)
  demo.press('n')
  await demo.shows(/▸ side[^\n]*\n +ready[\s\S]*network up/)
  demo.press(SCAN)
  await demo.shows(/sale-4 +9\.00 +paid +│ +9\.00 {2}✓/)

  demo.press('q')
  assert.equal(await demo.exit(), 0)
  assert.match(demo.output, /3 sales; register's book 78\.12, WeChat Pay's ledger 78\.12/)
  assert.deepEqual([demo.screen.isAside, demo.screen.isCursorShown], [false, true])
  assert.deepEqual(demo.leftovers, [])
})

test('the power is cut in mid-payment and comes back; the ledger is what the register knows', async t => {
  const demo = new DemoProcess(t, { terminal: 'drawn' })
  await demo.shows(/▸ main[\s\S]*ready[\s\S]*side[\s\S]*ready/)
  demo.press(`600${ENTER}`)
  await demo.shows(/sale-1 600\.00 awaiting_scan/)
  demo.press(`${right(1)}${SCAN}`)
  await demo.shows(/sale-1 600\.00 awaiting_payer/)
  demo.press('p')
  await demo.shows(/▸ main +○ ○ ○ +dark: no power\n +offline[\s\S]*power cut/)
  demo.press(`5${ENTER}`)
  await demo.shows(/the box does not answer: it has no power/)
  demo.press('p')
  await demo.shows(/power on[\s\S]*sale-1 +600\.00 +paid +│ +600\.00 {2}✓[\s\S]*paid +600\.00 +│ +600\.00 {2}✓/)
  demo.press('q')
  assert.equal(await demo.exit(), 0)
})

test('Ctrl-C leaves in order, in mid-payment too, and gives the terminal back', async t => {
  const demo = new DemoProcess(t, { terminal: 'drawn' })
  await demo.shows(/▸ main[\s\S]*ready[\s\S]*side[\s\S]*ready/)
  demo.press(`600${ENTER}`)
  await demo.shows(/sale-1 600\.00 awaiting_scan/)
  demo.press(`${right(4)}${SCAN}`)
  await demo.shows(/sale-1 600\.00 awaiting_payer/)
  demo.press(CTRL_C)
  assert.equal(await demo.exit(), 0)
  assert.deepEqual([demo.screen.isAside, demo.screen.isCursorShown], [false, true])
  assert.deepEqual(demo.leftovers, [])
})

test('a crash gives the terminal back before it says what went wrong', async t => {
  const demo = new DemoProcess(t, { terminal: 'drawn', program: new URL('child/crash.ts', import.meta.url).pathname })
  assert.equal(await demo.exit(), 1)
  const left = demo.output.indexOf('\u001b[?1049l')
  assert.ok(left > demo.output.indexOf('drawn'))
  assert.ok(demo.output.indexOf('nobody thought of this') > left)
  assert.ok(demo.screen.isCursorShown)
})
