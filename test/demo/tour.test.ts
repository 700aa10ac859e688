import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { loadConfig } from '../../device/config/index.ts'
import { openCounter } from '../../device/demo/counter.ts'
import { SCENES, type Scene } from '../../device/demo/scenes.ts'
import { Tour } from '../../device/demo/tour.ts'
import { createLog } from '../../device/log/index.ts'

interface Told {
  readonly exit: number
  readonly lines: readonly string[]
  readonly log: readonly string[]
}

async function playTour(t: TestContext, scenes: readonly Scene[]): Promise<Told> {
  const lines: string[] = []
  const log: string[] = []
  const tour = new Tour(scenes, { tell: line => lines.push(line), tellLog: line => log.push(line) })
  const counter = await openCounter({ loadConfig: file => loadConfig(file, {}), createLog }, tour)
  t.after(() => counter.close())
  return { exit: await tour.play(counter), lines, log }
}

function scene(title: string): Scene {
  const found = SCENES.find(candidate => candidate.title.includes(title))
  assert.ok(found, title)
  return found
}

const LOST = scene('the answer is lost')
const SMALL = scene('a small amount')

test('a scene that ends otherwise fails the tour, shows the log, and the others are still played', async t => {
  const { exit, lines, log } = await playTour(t, [{ ...LOST, ends: 'declined' }, SMALL])
  assert.equal(exit, 1)
  assert.ok(lines.includes(`✗  1  ${LOST.title}`))
  assert.ok(lines.some(line => line.endsWith('it should have ended declined')))
  assert.ok(lines.includes(`✓  2  ${SMALL.title}`))
  assert.match(lines.at(-1) ?? '', /^✗ 1 of 2 scenes/)
  assert.ok(log.some(line => line.includes('no_answer')))
})

test('lights that never shone and codes that were not sent fail the tour', async t => {
  const { exit, lines } = await playTour(t, [{ ...SMALL, submits: 2, lights: ['customer_types'] }])
  assert.equal(exit, 1)
  assert.ok(lines.some(line => line.endsWith('codes sent to WeChat Pay: 1, not 2')))
  assert.ok(lines.some(line => line.endsWith('the lights never showed customer_types')))
})

test('money that moves behind the back of the register fails the tour', async t => {
  const { exit, lines } = await playTour(t, [
    {
      ...scene('the till cancels'),
      play: async act => {
        await act.arm()
        await act.scan('never')
        await act.untilState('awaiting_payer')
        await act.cancel()
        await act.untilFinal()
        act.counter.around.engine.lateDebit(act.charge?.out_trade_no ?? '')
      },
    },
  ])
  assert.equal(exit, 1)
  assert.ok(lines.some(line => line.endsWith('the register was told of 0.00, the ledger holds 750.00')))
  assert.match(lines.at(-1) ?? '', /book 0\.00, WeChat Pay's ledger 750\.00$/)
})

test('a charge that is refused ends the tour there', async t => {
  const refused: Scene = { ...SMALL, amount: 5_000_001 } // more than a box takes unless it is told
  const { exit, lines } = await playTour(t, [refused, SMALL])
  assert.equal(exit, 1)
  assert.ok(lines.some(line => line.includes('the box refused the charge')))
  assert.match(lines.at(-1) ?? '', /^✗ 0 of 2 scenes/)
})
