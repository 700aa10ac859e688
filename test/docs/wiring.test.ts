import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { drawWiring, WIRED } from '../../scripts/wiring/draw.ts'
import { Page, ROOT } from './page.ts'

test('the wiring picture is the one that the project draws', () => {
  assert.equal(readFileSync(join(ROOT, 'docs/wiring.svg'), 'utf8'), drawWiring(), 'npm run wiring')
})

test('the picture, the README and the configuration page wire the same lines', () => {
  const { lock, ...lights } = WIRED
  const lines = Object.entries(lights).map(([light, { bcm }]) => `${light}: ${bcm}`)
  assert.ok(new Page('README.md').text.includes(`indicators: { driver: auto, ${lines.join(', ')} }`))
  const page = new Page('docs/configuration.md').under('## Lights')
  assert.ok(page.includes(`\`${lines.join(', ')}\``))
  assert.ok(page.includes(`line: ${lock.bcm},`))
  for (const { bcm } of Object.values(WIRED)) assert.ok(drawWiring().includes(`>GPIO${bcm}<`))
})
