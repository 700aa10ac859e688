import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectAsync } from 'mqtt'
import { Rig } from './rig.ts'

test('a client that floods a lane meets too_many, and a till cancels meanwhile and goes on after it', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  await rig.startBox().ready()
  assert.ok((await till.charge({ charge_id: 'A', amount: 1 })).ok)
  const client = await connectAsync(rig.broker.url, { protocolVersion: 4, reconnectPeriod: 0 })
  t.after(() => client.endAsync(true))
  const codes = new Map<string, number>()
  client.on('message', (_topic, payload) => {
    const { error } = JSON.parse(payload.toString()) as { error?: { code: string; retryable: boolean } }
    const code = `${error?.code} ${error?.retryable}`
    codes.set(code, (codes.get(code) ?? 0) + 1)
  })
  await client.subscribeAsync('tillbridge/counter-1/main/response/lookup', { qos: 1 })
  let flooding = true
  const flood = async () => {
    for (let count = 0; flooding; count += 1) {
      const payload = JSON.stringify({ request_id: `flood-${count}`, charge_id: 'never' })
      await client.publishAsync('tillbridge/counter-1/main/request/lookup', payload, { qos: 1 })
    }
  }
  const flooded = flood()
  await rig.until('the flood is met', () => (codes.get('too_many true') ?? 0) > 0)
  await rig.until('what came first is answered', () => (codes.get('unknown_charge false') ?? 0) > 0)
  const cancelled = await till.cancel('A')
  assert.equal((cancelled.charge ?? cancelled.error?.charge)?.state, 'cancelled')
  flooding = false
  await flooded
  let answer = await till.charge({ charge_id: 'B', amount: 1 })
  while (answer.error?.code === 'too_many') answer = await till.charge({ charge_id: 'B', amount: 1 })
  assert.ok(answer.ok)
  assert.ok(till.isReady)
  assert.deepEqual(till.complaints, [])
})
