import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsMosquitto } from '../broker.ts'
import { Rig } from './rig.ts'

test('a password that is changed in its file is used without a restart; a broken file is a warning and the old one stays', async t => {
  const rig = await Rig.start(t, { broker: { users: { 'counter-1': 'first-password' } } })
  if (!needsMosquitto(t, rig.broker)) return
  const put = (password: string) => writeFileSync(join(rig.folder, 'mqtt_password'), password)
  put('first-password\n')
  rig.configure({ register: { url: rig.broker.url, username: 'counter-1', password_file: 'mqtt_password' } })
  const box = await rig.startBox().ready()
  put('half-a-password\nand more')
  await rig.broker.restart()
  await box.says('register.password_file: the file is empty, or holds more than one line')
  await rig.until('ready again with what it knew', () => box.output.split('"msg":"ready"').length === 3)
  rig.broker.admit({ 'counter-1': 'second-password' })
  await rig.broker.restart()
  await box.says('register_auth')
  put('second-password')
  await rig.until('ready with what is new', () => box.output.split('"msg":"ready"').length === 4, 30_000)
  assert.doesNotMatch(box.output, /first-password|second-password|half-a-password/)
})
