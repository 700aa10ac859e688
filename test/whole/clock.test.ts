import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generate } from 'selfsigned'
import type { StatusView } from '../../core/contract/message.ts'
import type { Till } from '../till.ts'
import { Rig } from './rig.ts'

const HOUR_MS = 3_600_000
const AMOUNT = 1_234

function statusOf(till: Till): StatusView {
  return till.status as unknown as StatusView
}

/** A charge, a scan, and its end. */
async function pay(rig: Rig, till: Till, chargeId: string): Promise<void> {
  assert.ok((await till.charge({ charge_id: chargeId, amount: AMOUNT })).ok)
  await till.untilCharge(chargeId, ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  assert.equal((await till.untilCharge(chargeId, ({ final }) => final)).state, 'paid')
}

test('a box whose clock is an hour off takes payments and says so; `expires_at` is refused until the clock is right again', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 10_000, behaviour: { kind: 'pays', afterMs: 300 } })
  rig.ahead.ms = HOUR_MS
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  await rig.until('the skew is told', () => till.isOnline && statusOf(till).clock_skew_s !== undefined)
  const { clock_trusted, clock_skew_s = 0, warnings, ready } = statusOf(till)
  assert.deepEqual([clock_trusted, warnings, ready], [false, ['clock_wrong'], true])
  assert.ok(Math.abs(clock_skew_s + 3_600) <= 2, `${clock_skew_s} s`)
  await box.says('clock_wrong')
  await pay(rig, till, 'A')
  assert.ok(till.events.every(event => event.clock_trusted === false))

  const expires_at = new Date(Date.now() + HOUR_MS).toISOString()
  const { error } = await till.charge({ charge_id: 'B', amount: AMOUNT, expires_at })
  assert.deepEqual([error?.code, error?.reasons], ['not_ready', ['clock']])

  rig.ahead.ms = 0
  await pay(rig, till, 'C')
  await rig.until('trusted', () => statusOf(till).clock_trusted && statusOf(till).warnings.length === 0)
  assert.equal(till.events.findLast(({ charge }) => charge.charge_id === 'C')?.clock_trusted, undefined)
  assert.ok((await till.charge({ charge_id: 'B', amount: AMOUNT, expires_at })).ok)
})

test('where TLS fails for the dates of a certificate the lane says `clock`, and takes charges by itself once it does not', async t => {
  const rig = await Rig.start(t)
  const dates = { notBeforeDate: new Date(Date.UTC(2090, 0, 1)), notAfterDate: new Date(Date.UTC(2091, 0, 1)) }
  const early = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    ...dates,
  })
  appendFileSync(join(rig.folder, 'ca.pem'), `\n${early.cert}`)
  await rig.gatewayGone()
  await rig.gatewayBack({ serverKeyPem: early.private, serverCertPem: early.cert })
  const till = await rig.till(t)
  rig.startBox()
  await rig.until('not ready: clock', () => till.isOnline && statusOf(till).lanes['main']?.not_ready.join() === 'clock')
  const { error } = await till.charge({ charge_id: 'A', amount: AMOUNT })
  assert.deepEqual([error?.code, error?.reasons], ['not_ready', ['clock']])
  await rig.gatewayGone()
  await rig.gatewayBack()
  await rig.until('ready', () => till.isReady)
})

test("a client certificate that has expired is WeChat Pay's to refuse, by its own clock, and is named before a customer meets it", async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const dates = { notBeforeDate: new Date(Date.UTC(2001, 0, 1)), notAfterDate: new Date(Date.UTC(2002, 0, 1)) }
  const old = await generate([{ name: 'commonName', value: 'tillbridge test client' }], { keyType: 'ec', ...dates })
  writeFileSync(join(rig.folder, 'apiclient_cert.pem'), old.cert)
  writeFileSync(join(rig.folder, 'apiclient_key.pem'), old.private)
  const box = rig.startBox()
  await rig.until(
    'not ready: certificate',
    () => till.isOnline && !!statusOf(till).lanes['main']?.not_ready.includes('certificate'),
  )
  await box.says('outside its dates')
})
