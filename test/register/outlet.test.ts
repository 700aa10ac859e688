import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RegisterError } from '../../device/register/error.ts'
import type { Departure } from '../../device/register/link.ts'
import { Outlet, type Way } from '../../device/register/outlet.ts'
import { VirtualClock } from '../clock.ts'

/** A link whose broker answers when the test says so. */
class SlowWay implements Way {
  readonly inFlightMax = 3
  readonly sent: string[] = []
  readonly dropped: RegisterError[] = []
  readonly #unanswered: ((reason: number) => void)[] = []

  publish({ payload }: Departure, onAnswered: (reason: number) => void): void {
    this.sent.push(payload)
    this.#unanswered.push(onAnswered)
  }

  drop(why: RegisterError): void {
    this.dropped.push(why)
  }

  answer(reason = 0): void {
    this.#unanswered.shift()?.(reason)
  }
}

function message(payload: string, onAnswered: (reason: number) => void = () => {}) {
  return { topic: 't', payload: () => payload, retain: false, onAnswered }
}

test('no more is under way than the broker takes, in the order in which it was given', () => {
  const way = new SlowWay()
  const outlet = new Outlet(way, new VirtualClock())
  for (const payload of ['a', 'b', 'c', 'd', 'e']) outlet.send(message(payload))
  assert.deepEqual(way.sent, [], 'nothing before the link is up')
  outlet.open()
  assert.deepEqual(way.sent, ['a', 'b', 'c'])
  way.answer()
  assert.deepEqual(way.sent, ['a', 'b', 'c', 'd'])
})

test('what the broker says reaches the sender, and what waits longest is read last', () => {
  const way = new SlowWay()
  const outlet = new Outlet(way, new VirtualClock())
  const reasons: number[] = []
  let newest = 'old'
  outlet.open()
  for (let sent = 0; sent < 3; sent += 1) outlet.send(message('x', reason => reasons.push(reason)))
  outlet.send({ ...message(''), payload: () => newest })
  newest = 'new'
  way.answer(0x87)
  assert.deepEqual(reasons, [0x87])
  assert.equal(way.sent.at(-1), 'new')
})

test('what may be lost waits in a bounded line', () => {
  const way = new SlowWay()
  const outlet = new Outlet(way, new VirtualClock())
  const taken = Array.from({ length: 300 }, () => outlet.sendIfRoom(message('answer')))
  assert.equal(taken.filter(Boolean).length, 256)
  outlet.open()
  assert.equal(outlet.sendIfRoom(message('answer')), true, 'what is on its way makes room')
})

test('what matters little and what matters much each have room of their own', () => {
  const outlet = new Outlet(new SlowWay(), new VirtualClock())
  const send = (times: number, matters: 'much' | 'little') =>
    Array.from({ length: times }, () => outlet.sendIfRoom(message('answer'), matters)).filter(Boolean).length
  assert.equal(send(100, 'little'), 32)
  assert.equal(send(200, 'much'), 200)
  outlet.open()
  assert.equal(send(1, 'little'), 1, 'what is on its way makes room')
})

test('a flood is told that it is one, however many answers wait before that', () => {
  const outlet = new Outlet(new SlowWay(), new VirtualClock())
  for (let count = 0; count < 200; count += 1) outlet.sendIfRoom(message('answer'))
  assert.equal(outlet.sendIfRoom(message('too many'), 'little'), true)
})

test('it is idle when the broker has answered everything, or when the link is gone', async () => {
  const way = new SlowWay()
  const outlet = new Outlet(way, new VirtualClock())
  outlet.open()
  outlet.send(message('a'))
  let idle = 0
  const waiting = outlet.whenIdle().then(() => {
    idle += 1
  })
  await Promise.resolve()
  assert.equal(idle, 0)
  way.answer()
  await waiting
  outlet.send(message('b'))
  const lost = outlet.whenIdle()
  outlet.close()
  await lost
})

test('a broker that acknowledges nothing for 20 s is left; one that is slow is not', () => {
  const way = new SlowWay()
  const clock = new VirtualClock()
  const outlet = new Outlet(way, clock)
  outlet.open()
  for (const payload of ['a', 'b', 'c']) outlet.send(message(payload))
  for (const _ of [1, 2]) {
    clock.advance(19_999)
    way.answer()
  }
  assert.equal(way.dropped.length, 0)
  clock.advance(20_000)
  assert.equal(way.dropped[0]?.code, 'register_connection')
  assert.equal(clock.pending, 0)
})
