import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RegisterError } from '../../device/register/error.ts'
import { type CredentialsRead, Renewal } from '../../device/register/renewal.ts'
import { VirtualClock } from '../clock.ts'

/** Files that say what the test says. */
function openRenewal(read: () => Promise<CredentialsRead>) {
  const clock = new VirtualClock()
  const problems: RegisterError[] = []
  const renewal = new Renewal({ password: 'first', ca: 'ca' }, { clock, read, onProblem: problem => problems.push(problem) })
  return { renewal, clock, problems }
}

test('what was changed is used, what cannot be used stays, and is told once', async () => {
  let found: CredentialsRead = { credentials: { password: 'second' }, problems: [] }
  const { renewal, clock, problems } = openRenewal(async () => found)
  assert.deepEqual(await renewal.next(), { password: 'second', ca: 'ca' })
  found = { credentials: { ca: 'new' }, problems: ['register.password_file: the file is empty'] }
  for (const _ of [1, 2, 3]) assert.deepEqual(await renewal.next(), { password: 'second', ca: 'new' })
  assert.deepEqual(
    problems.map(({ code, message }) => [code, message]),
    [['register_credentials', 'register.password_file: the file is empty; what was there before is used on']],
  )
  found = { credentials: { password: 'third' }, problems: [] }
  assert.deepEqual(await renewal.next(), { password: 'third', ca: 'new' })
  assert.equal(clock.pending, 0)
})

test('a disk that hangs holds up no connection', async () => {
  const { renewal, clock, problems } = openRenewal(() => new Promise(() => {}))
  const next = renewal.next()
  clock.advance(1_000)
  assert.deepEqual(await next, { password: 'first', ca: 'ca' })
  assert.equal(problems[0]?.code, 'register_credentials')
})
