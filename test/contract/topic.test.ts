import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowsResponseTopic, parseTopic, topicsOf } from '../../core/contract/topic.ts'

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
  ]
  for (const topic of refused) assert.equal(allows(topic), false, topic)
  assert.equal(allows('p/q/reply/main/event', 'reply'), false, 'a box of that name would be made to write its own topics')
})
