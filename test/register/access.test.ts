import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsMosquitto, startBroker } from '../broker.ts'
import { VirtualClock } from '../clock.ts'
import { Page } from '../docs/page.ts'
import { until } from '../until.ts'
import { openBox } from './bench.ts'
import { listen } from './raw-client.ts'

test('a box does its whole work under the access list of the page, and so does a duplicate', async t => {
  const acl = new Page('docs/register.md').fences('acl').flatMap(list => list.split('\n'))
  const broker = await startBroker(t, { acl })
  if (!needsMosquitto(t, broker)) return
  const at = { broker: { url: broker.url, username: 'counter-1' }, prefix: 'tillbridge' }
  const box = openBox(t, at)
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url, 5, 'till-1')
  box.happen('main', 3)
  box.register.state('main', { state: 'idle' })
  box.register.scan('main', { kind: 'noise', reason: 'not_a_code' })
  for (const topic of ['event', 'state', 'scan']) await till.until(`tillbridge/counter-1/main/${topic}`)
  const request = 'tillbridge/counter-1/main/request/charge'
  await till.publish(request, { request_id: 'r1' })
  await till.until('tillbridge/counter-1/main/response/charge')
  const responseTopic = 'tillbridge/reply/till-1/x'
  await till.publish(request, { request_id: 'r2' }, { properties: { responseTopic } })
  await till.until(responseTopic)
  await till.until('tillbridge/counter-1/status')
  const clock = new VirtualClock()
  const other = openBox(t, { ...at, clock, stream: 'stream02', startedAt: '2027-01-02T00:00:00.000Z' })
  for (let asked = 0; asked < 5; asked += 1) {
    await until('the holder has answered', () => {
      if (clock.longestMs < 14_000) clock.advance(100)
      return clock.longestMs >= 14_000
    })
    clock.advance(10_000)
  }
  assert.deepEqual([box.reasons(null), other.reasons(null)], [[], ['duplicate_box']])
  assert.deepEqual([box.reasons('main'), box.problems], [[], []])
})
