import assert from 'node:assert/strict'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NotReady } from '../../core/contract/not-ready.ts'
import { openPseudoTerminal } from '../../device/demo/pseudo-terminal.ts'
import { CommandProcess } from '../commands/command.ts'
import { openTill } from '../till.ts'
import { makeAuthority } from '../tls.ts'
import { Rig } from './rig.ts'

function reasons(till: { readonly state: Readonly<Record<string, unknown>> | null }): readonly string[] {
  return (till.state?.['not_ready'] as readonly string[] | undefined) ?? []
}

/** What is set up wrong, and the word that names it to the register before a customer meets it. */
const WRONG: readonly { readonly what: string; readonly word: NotReady; readonly spoil: (rig: Rig) => Promise<void> }[] = [
  {
    what: 'a wrong API key',
    word: 'api_key',
    spoil: async rig => writeFileSync(join(rig.folder, 'api_key'), 'x'.repeat(32)),
  },
  { what: 'a wrong appid', word: 'app_id', spoil: async rig => rig.configureMerchant({ app_id: 'wx9999999999999999' }) },
  { what: 'a wrong mch_id', word: 'mch_id', spoil: async rig => rig.configureMerchant({ mch_id: '1900000999' }) },
  {
    what: 'a certificate that WeChat Pay does not know',
    word: 'certificate',
    spoil: async rig => {
      const { clientCertPem, clientKeyPem } = await makeAuthority()
      writeFileSync(join(rig.folder, 'apiclient_cert.pem'), clientCertPem)
      writeFileSync(join(rig.folder, 'apiclient_key.pem'), clientKeyPem)
    },
  },
  {
    what: 'no certificate',
    word: 'certificate',
    spoil: async rig => {
      rmSync(join(rig.folder, 'apiclient_cert.pem'))
      rmSync(join(rig.folder, 'apiclient_key.pem'))
      rig.configureMerchant({ certificate_file: undefined, private_key_file: undefined })
    },
  },
  { what: 'a gateway that is not there', word: 'gateway_unreachable', spoil: rig => rig.gatewayGone() },
]

for (const { what, word, spoil } of WRONG) {
  test(`${what} is named before a customer meets it, and no charge is taken`, async t => {
    const rig = await Rig.start(t)
    await spoil(rig)
    const till = await rig.till(t)
    rig.startBox()
    await rig.until(`not ready: ${word}`, () => till.isOnline && reasons(till).includes(word))
    const { ok, error } = await till.charge({ charge_id: 'A', amount: 1 })
    assert.equal(ok, false)
    assert.equal(error?.code, 'not_ready')
    assert.ok(error?.reasons?.includes(word))
    assert.equal(rig.wire.received.count('/pay/micropay'), 0)
  })
}

test('a gun that is unplugged and plugged in again: the lane says so, and takes codes again', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 10_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  await rig.unplugGun()
  await rig.until('not ready: the gun', () => reasons(till).some(word => word.startsWith('scanner_')))
  await rig.plugGun()
  await rig.until('ready again', () => till.isReady)
  assert.ok((await till.charge({ charge_id: 'A', amount: 100 })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  assert.equal((await till.untilCharge('A', ({ final }) => final)).state, 'paid')
})

test('`ready` stands on the standard output once every lane can take a charge', async t => {
  const rig = await Rig.start(t)
  const guns = [rig.gunLink, join(rig.folder, 'second-gun')]
  rig.configure({ lanes: guns.map((path, index) => ({ name: `lane-${index}`, scanner: { type: 'serial', path } })) })
  const box = new CommandProcess(t, ['run', '--config', rig.configFile])
  const till = await openTill(t, { url: rig.broker.url, box: 'counter-1', lane: 'lane-0' })
  await rig.until('one lane is ready', () => till.isReady)
  assert.equal(till.status?.['ready'], false)
  assert.doesNotMatch(box.output, /"msg":"ready"/)
  const gun = await openPseudoTerminal()
  t.after(() => gun.close())
  symlinkSync(gun.path, join(rig.folder, 'second-gun'))
  await box.says('"msg":"ready"')
  assert.match(box.output, /"msg":"ready"/)
  assert.equal(box.errors, '')
})

test('with `undo: none` a box without a certificate is ready, takes money, and undoes nothing', async t => {
  const rig = await Rig.start(t)
  rmSync(join(rig.folder, 'apiclient_cert.pem'))
  rmSync(join(rig.folder, 'apiclient_key.pem'))
  rig.configureMerchant({ certificate_file: undefined, private_key_file: undefined, undo: 'none' })
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 1_000 } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  assert.ok((await till.charge({ charge_id: 'A', amount: 60_000 })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'awaiting_payer')
  assert.ok((await till.cancel('A')).ok)
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, charge.cancel_requested], ['paid', true], 'the cancel was a wish')
  assert.equal(rig.wire.received.count('/secapi/pay/reverse'), 0)
})

test('a log that nobody reads any more ends no payment box', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 10_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  box.closeLog()
  for (const id of ['A', 'B']) {
    assert.ok((await till.charge({ charge_id: id, amount: 100 + id.charCodeAt(0) })).ok)
    await till.untilCharge(id, ({ state }) => state === 'awaiting_scan')
    await rig.scan('li')
    assert.equal((await till.untilCharge(id, ({ final }) => final)).state, 'paid')
  }
  assert.equal(box.exitCode, null)
})

test('every mistake in a configuration is told at once, and nothing starts', async t => {
  const rig = await Rig.start(t)
  rig.configure({ box: 'no spaces allowed', colour: 'green', lanes: [{ name: 'main', scanner: { type: 'telepathy' } }] })
  const box = rig.startBox()
  await box.says('scanner')
  await rig.until('the box has ended', () => box.exitCode !== null)
  assert.equal(box.exitCode, 78)
  for (const path of ['box', 'colour', 'lanes[0].scanner'])
    assert.match(box.output, new RegExp(`box\\.yaml:\\d+: ${path.replaceAll(/[[\].]/g, '\\$&')}`))
  assert.doesNotMatch(box.output, /telepathy|no spaces/)
})
