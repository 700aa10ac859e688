import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readDay } from '../../core/bill/day.ts'
import type { BillReply } from '../../core/ports.ts'
import { readXml } from '../../core/wechat/xml.ts'
import { MERCHANT, unsigned } from '../wechat/merchant.ts'
import { openGateway } from './gateway.ts'
import { answer, listenRaw } from './raw-server.ts'

const DAY = readDay('2026-11-23') ?? assert.fail()

async function linesOf(reply: BillReply): Promise<string[]> {
  assert.equal(reply.kind, 'bill')
  const lines: string[] = []
  if (reply.kind === 'bill') for await (const batch of reply.lines) lines.push(...batch)
  return lines
}

test('a bill is asked for by its day, packed, and without the client certificate', async t => {
  const server = await listenRaw(t, ({ socket }) =>
    answer(socket, gzipSync('\uFEFFa,b\r\n`1,`2\r\n'), { headers: 'Date: Tue, 24 Nov 2026 04:00:00 GMT\r\n' }),
  )
  const reply = await (await openGateway(t, [server.origin])).fetch(DAY)
  assert.deepEqual(await linesOf(reply), ['a,b', '`1,`2'])
  assert.equal('date' in reply && reply.date, Date.UTC(2026, 10, 24, 4))
  const [seen] = server.requests
  assert.deepEqual([seen?.path, seen?.client], ['/pay/downloadbill', undefined])
  const fields = readXml(Buffer.from(seen?.body ?? ''))
  const asked = ['appid', 'mch_id', 'bill_date', 'bill_type', 'tar_type'].map(name => fields?.get(name))
  assert.deepEqual(asked, [MERCHANT.appId, MERCHANT.mchId, '20261123', 'ALL', 'GZIP'])
})

test('a bill that comes unpacked is read too, whatever its line ends', async t => {
  const server = await listenRaw(t, ({ socket }) => answer(socket, '交易时间,b\n`1,`2'))
  assert.deepEqual(await linesOf(await (await openGateway(t, [server.origin])).fetch(DAY)), ['交易时间,b', '`1,`2'])
})

test('a bill of many megabytes is longer than any other answer may be', async t => {
  const row = `${'`x'.repeat(500)}\r\n`
  const server = await listenRaw(t, ({ socket }) => answer(socket, gzipSync(row.repeat(20_000))))
  const lines = await linesOf(await (await openGateway(t, [server.origin])).fetch(DAY))
  assert.equal(lines.length, 20_000)
})

for (const [what, fields, expected] of [
  ['no bill', { return_msg: 'No Bill Exist', error_code: '20002' }, { kind: 'none' }],
  ['a bill that is being made', { return_msg: 'Bill Creating', error_code: '20002' }, { kind: 'not_yet' }],
  ['a wrong key', { return_msg: '签名错误', error_code: '20001' }, { kind: 'refused', message: '签名错误 20001' }],
] as const) {
  test(`${what} comes as plain XML, without a signature`, async t => {
    const server = await listenRaw(t, ({ socket }) => answer(socket, unsigned({ return_code: 'FAIL', ...fields })))
    assert.deepEqual(await (await openGateway(t, [server.origin])).fetch(DAY), expected)
  })
}

for (const [what, body, expected] of [
  ['a page', '<html>Log in</html>', { kind: 'unknown', why: 'not_xml' }],
  ['XML that says that all went well', unsigned({ return_code: 'SUCCESS' }), { kind: 'unknown', why: 'not_xml' }],
] as const) {
  test(`${what} is no bill`, async t => {
    const server = await listenRaw(t, ({ socket }) => answer(socket, body))
    assert.deepEqual(await (await openGateway(t, [server.origin])).fetch(DAY), expected)
  })
}

for (const [what, body] of [
  ['packed text that breaks off', gzipSync('a'.repeat(1_000)).subarray(0, -10)],
  ['what is no UTF-8', Uint8Array.of(0x60, 0xff, 0xfe)],
  ['a line without an end', gzipSync('a'.repeat(200_000))],
] as const) {
  test(`${what} is refused while it is read`, async t => {
    const server = await listenRaw(t, ({ socket }) => answer(socket, body))
    const reply = await (await openGateway(t, [server.origin])).fetch(DAY)
    await assert.rejects(linesOf(reply), { code: 'BILL_TEXT' })
  })
}

test('a host that is away is not reached, and nothing was sent', async t => {
  const reply = await (await openGateway(t, ['https://127.0.0.1:1'])).fetch(DAY)
  assert.deepEqual(reply, { kind: 'not_sent', why: 'refused' })
})
