import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { API_KEY, Workshop } from './workshop.ts'

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../systemd/box.yaml'), 'utf8')
const CREDENTIALS = { credentials_api_key: API_KEY, credentials_mqtt_password: 'p' }

test('the configuration that the package brings needs a key, and nothing else', t => {
  const workshop = new Workshop(t, CREDENTIALS)
  assert.equal(workshop.load(EXAMPLE, { credentialsDirectory: workshop.folder }).box, 'counter-1')
  const [mistake, ...others] = new Workshop(t, {}).mistakes(EXAMPLE)
  assert.match(mistake ?? '', /merchant\.api_key_file no such file/)
  assert.deepEqual(others, [])
})

test('what it only mentions is accepted too, where it is taken in', t => {
  const workshop = new Workshop(t, CREDENTIALS)
  const whole = EXAMPLE.replaceAll(/^( +)# (?=(?!\w*(ca|certificate|key)_file)[a-z_]+: )/gm, '$1')
  const { register, lanes } = workshop.load(whole, { credentialsDirectory: workshop.folder })
  assert.equal(register.username, 'counter-1')
  assert.equal(lanes[0]?.indicators.driver, 'auto')
  assert.notEqual(lanes[0]?.mode, 'register')
})
