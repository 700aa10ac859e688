import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowsResponseTopic, answerTopic, parseTopic, topicsOf } from '../../core/contract/topic.ts'

test('the topics are those of the contract, under a prefix that may have slashes', () => {
  const topics = topicsOf('shop/tillbridge', 'counter-1')
  assert.equal(topics.status, 'shop/tillbridge/counter-1/status')
  assert.equal(topics.duplicate, 'shop/tillbridge/counter-1/duplicate')
  assert.equal(topics.requests, 'shop/tillbridge/counter-1/+/request/+')
  assert.equal(topics.states, 'shop/tillbridge/counter-1/+/state')
  assert.equal(topics.state('main'), 'shop/tillbridge/counter-1/main/state')
  assert.equal(topics.event('main'), 'shop/tillbridge/counter-1/main/event')
  assert.equal(topics.scan('main'), 'shop/tillbridge/counter-1/main/scan')
  assert.equal(topics.response('main', 'charge'), 'shop/tillbridge/counter-1/main/response/charge')
})

test('what comes in is told apart by its topic', () => {
  const parse = (topic: string) => parseTopic('a/b', 'box', topic)
  assert.deepEqual(parse('a/b/box/status'), { kind: 'status' })
  assert.deepEqual(parse('a/b/box/duplicate'), { kind: 'duplicate' })
  assert.deepEqual(parse('a/b/box/main/state'), { kind: 'state', lane: 'main' })
  assert.deepEqual(parse('a/b/box/main/request/charge'), { kind: 'request', lane: 'main', verb: 'charge' })
  assert.deepEqual(parse('a/b/box/other/request/x y'), { kind: 'request', lane: 'other', verb: 'x y' })
  assert.deepEqual(parse('a/b/box/status/request/lookup'), { kind: 'request', lane: 'status', verb: 'lookup' })
  const none = [
    'a/b/box',
    'a/b/box/',
    'a/b/other/status',
    'a/b/box/main/event',
    'a/b/box/main/request',
    'a/b/box/main/request/a/b',
    '',
  ]
  for (const topic of none) assert.equal(parse(topic), null, topic)
})

test('an answer goes only where the lane answers, or beneath reply', () => {
  const allows = (topic: string, box = 'box') => allowsResponseTopic('p/q', box, 'main', topic)
  for (const topic of ['p/q/box/main/response/charge', 'p/q/box/main/response/till-7/x', 'p/q/reply/till-7']) {
    assert.equal(allows(topic), true, topic)
  }
  const refused = [
    '',
    'p/q/box/main/response/',
    'p/q/box/main/event',
    'p/q/box/main/state',
    'p/q/box/other/response/charge',
    'p/q/box/status',
    'p/q/reply',
    'p/q/reply/',
    'p/q/reply/+',
    'p/q/reply/#',
    'p/q/reply/a\u0000',
    'p/q/other/main/response/charge',
    'elsewhere',
    '$SYS/p',
    'p/q/reply/a\uffff',
    'p/q/reply/\ud800',
    `p/q/reply/${'x'.repeat(65_526)}`,
    `p/q/reply/${'\u00e9'.repeat(32_763)}`,
    `p/q/reply${'/'.repeat(126)}`,
  ]
  for (const topic of refused) assert.equal(allows(topic), false, topic)
  for (const topic of [`p/q/reply/${'x'.repeat(65_525)}`, `p/q/reply${'/'.repeat(125)}`]) assert.equal(allows(topic), true)
  assert.equal(allows('p/q/reply/main/event', 'reply'), false, 'a box of that name would be made to write its own topics')
})

test('a command is answered under its lane and verb, if an answer can have that topic, or where it asked', () => {
  const answered = (verb: string, asked?: string) => answerTopic('p/q', 'box', { lane: 'main', verb }, asked)
  assert.equal(answered('charge'), 'p/q/box/main/response/charge')
  assert.equal(answered('charge', 'elsewhere'), 'p/q/box/main/response/charge')
  assert.equal(answered('charge', 'p/q/reply/till-7'), 'p/q/reply/till-7')
  const longest = 'v'.repeat(65_535 - 'p/q/box/main/response/'.length)
  assert.equal(answered(longest), `p/q/box/main/response/${longest}`)
  for (const verb of [`${longest}v`, `${longest.slice(1)}\u00e9`, 'a\u0000', '#', '+']) {
    assert.equal(answered(verb), null)
    assert.equal(answered(verb, 'p/q/reply/till-7'), 'p/q/reply/till-7')
  }
})

test("a lane's state is one that a message can have been kept under", () => {
  assert.equal(parseTopic('p', 'box', `p/box/${'\ufffd'.repeat(65_520)}/state`), null, 'read from bytes that were no text')
})
