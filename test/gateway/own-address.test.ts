import assert from 'node:assert/strict'
import { isIPv4 } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { ownAddress } from '../../device/gateway/own-address.ts'
import { CODE, openGateway, SUBMIT } from './gateway.ts'
import { listenRaw } from './raw-server.ts'

const common = { netmask: '', mac: '', cidr: null }
const lo: NetworkInterfaceInfo[] = [{ ...common, family: 'IPv4', address: '127.0.0.1', internal: true }]
const eth: NetworkInterfaceInfo[] = [
  { ...common, family: 'IPv6', address: '2001:db8::7', internal: false, scopeid: 0 },
  { ...common, family: 'IPv4', address: '192.0.2.7', internal: false },
]

test('the own address is the first IPv4 address that is not internal', () => {
  assert.equal(
    ownAddress(() => ({ lo, eth })),
    '192.0.2.7',
  )
})

test('without a network it is the loopback', () => {
  assert.equal(
    ownAddress(() => ({ lo })),
    '127.0.0.1',
  )
  assert.equal(
    ownAddress(() => ({})),
    '127.0.0.1',
  )
})

test('a system that does not tell keeps no payment waiting', () => {
  const outOfFiles = () => {
    throw Object.assign(new RangeError('uv_interface_addresses'), { code: 'ERR_SYSTEM_ERROR' })
  }
  assert.equal(ownAddress(outOfFiles), '127.0.0.1')
})

test('a submit has the address of its moment: a box may be up before its network', async t => {
  const server = await listenRaw(t, ({ socket }) => socket.destroy())
  let address = '127.0.0.1'
  const gateway = await openGateway(t, [server.origin], { address: () => address })
  const sent = async () => {
    await gateway.submit(SUBMIT, CODE)
    return /<spbill_create_ip>(?:<!\[CDATA\[)?([0-9.]+)/.exec(server.requests.at(-1)?.body ?? '')?.[1]
  }
  assert.equal(await sent(), '127.0.0.1')
  address = '192.0.2.7'
  assert.equal(await sent(), '192.0.2.7')
})

test('an address that is configured is the one that is sent', async t => {
  const server = await listenRaw(t, ({ socket }) => socket.destroy())
  const gateway = await openGateway(t, [server.origin], { spbillCreateIp: '192.0.2.9', address: () => '192.0.2.7' })
  await gateway.submit(SUBMIT, CODE)
  assert.match(server.requests[0]?.body ?? '', /192\.0\.2\.9/)
})

test('this machine has one', () => assert.ok(isIPv4(ownAddress())))
