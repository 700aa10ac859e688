import assert from 'node:assert/strict'
import { isIPv4 } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { ownAddress } from '../../device/gateway/own-address.ts'

const common = { netmask: '', mac: '', cidr: null }
const lo: NetworkInterfaceInfo[] = [{ ...common, family: 'IPv4', address: '127.0.0.1', internal: true }]
const eth: NetworkInterfaceInfo[] = [
  { ...common, family: 'IPv6', address: '2001:db8::7', internal: false, scopeid: 0 },
  { ...common, family: 'IPv4', address: '192.0.2.7', internal: false },
]

test('the own address is the first IPv4 address that is not internal', () => {
  assert.equal(ownAddress({ lo, eth }), '192.0.2.7')
})

test('without a network it is the loopback', () => {
  assert.equal(ownAddress({ lo }), '127.0.0.1')
  assert.equal(ownAddress({}), '127.0.0.1')
})

test('this machine has one', () => assert.ok(isIPv4(ownAddress())))
