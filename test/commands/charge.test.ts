import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import { needsMosquitto, startBroker } from '../broker.ts'
import { listen } from '../register/raw-client.ts'
import { Rig } from '../whole/rig.ts'
import { CommandProcess } from './command.ts'

const PAID = { charge_id: 'A', state: 'paid', outcome: 'paid', final: true, updated_at: '2027-01-01T00:00:00.000Z' }

test('charge arms, follows, prints the final charge, and exits with 0 when it is paid', async t => {
  const rig = await Rig.start(t)
  await rig.startBox().ready()
  rig.engine.addCustomer({ name: 'anna', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const command = new CommandProcess(t, [
    'charge',
    '12.34',
    '--config',
    rig.configFile,
    '--charge-id',
    'sale-1',
    '--description',
    'Tea',
  ])
  await command.says('awaiting_scan')
  await rig.scan('anna')
  assert.equal(await command.ended(), 0, command.errors)
  const charge = JSON.parse(command.output) as ChargeView
  assert.deepEqual([charge.charge_id, charge.amount, charge.state], ['sale-1', 1_234, 'paid'])
  assert.equal(rig.netFen(charge), 1_234)
  assert.match(command.errors, /12\.34 yuan, charge sale-1\nawaiting_scan · .*\nsubmitting · .*\npaid · /)
})

test('the same charge id again charges nothing again, and tells how it ended', async t => {
  const rig = await Rig.start(t)
  await rig.startBox().ready()
  rig.engine.addCustomer({ name: 'anna', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const args = ['charge', '1234', '--config', rig.configFile, '--charge-id', 'sale-1']
  const first = new CommandProcess(t, args)
  await first.says('awaiting_scan')
  await rig.scan('anna')
  assert.equal(await first.ended(), 0)
  const second = new CommandProcess(t, args)
  assert.equal(await second.ended(), 0)
  assert.equal(second.output, first.output)
  assert.equal(rig.engine.ledger.total().debitedFen, 1_234)
})

test('Ctrl-C cancels the charge, and what is not paid exits with 1', async t => {
  const rig = await Rig.start(t)
  await rig.startBox().ready()
  const command = new CommandProcess(t, ['charge', '100', '--url', rig.broker.url, '--box', 'counter-1', '--lane', 'main'])
  await command.says('awaiting_scan')
  command.signal('SIGINT')
  assert.equal(await command.ended(), 1, command.errors)
  const charge = JSON.parse(command.output) as ChargeView
  assert.deepEqual([charge.state, charge.reason], ['cancelled', 'cancelled_by_register'])
})

test('a Ctrl-C that npm hands on as well is one: the charge is followed until it is cancelled', async t => {
  const rig = await Rig.start(t)
  await rig.startBox().ready()
  const command = new CommandProcess(t, ['charge', '100', '--url', rig.broker.url, '--box', 'counter-1', '--lane', 'main'])
  await command.says('awaiting_scan')
  command.signal('SIGINT')
  await command.says('asking the box to cancel')
  command.signal('SIGINT')
  assert.equal(await command.ended(), 1, command.errors)
  assert.equal((JSON.parse(command.output) as ChargeView).state, 'cancelled')
})

test('a charge that the box refuses exits with 1 and says why', async t => {
  const rig = await Rig.start(t)
  await rig.startBox().ready()
  await rig.unplugGun()
  await rig.box?.says('scanner_unplugged')
  const command = new CommandProcess(t, ['charge', '100', '--config', rig.configFile])
  assert.equal(await command.ended(), 1)
  assert.equal(command.output, '')
  assert.match(command.errors, /not started: .*\(not_ready, scanner_unplugged\)/)
})

test('a charge whose answer is lost exits with 3, for it may be paid, and says how to ask again', async t => {
  // Whoever reads hears everything but answers.
  const heard = ['status', 'duplicate', '+/request/+', '+/state', '+/event', '+/scan'].map(
    rest => `topic read tillbridge/+/${rest}`,
  )
  const rig = await Rig.start(t, { broker: { acl: ['topic write #', ...heard] } })
  if (!needsMosquitto(t, rig.broker)) return
  await rig.startBox().ready()
  rig.engine.addCustomer({ name: 'anna', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  const command = new CommandProcess(t, ['charge', '100', '--config', rig.configFile, '--charge-id', 'sale-1'])
  await till.untilCharge('sale-1', ({ state }) => state === 'awaiting_scan')
  await rig.scan('anna')
  await till.untilCharge('sale-1', ({ state }) => state === 'paid')
  assert.equal(await command.ended(), 3, command.errors)
  assert.equal(command.output, '')
  assert.match(command.errors, /not known: .*ask again with --charge-id sale-1/)
})

test('a refusal that says nothing, or nothing of the other copies of the command, is no last word', async t => {
  const broker = await startBroker(t)
  const box = await listen(t, broker.url)
  const notReady = { code: 'not_ready', message: 'no gateway', retryable: true }
  const told = async (name: string, found: object, error = notReady, copies = 2) => {
    const command = new CommandProcess(t, ['charge', '100', '--url', broker.url, '--box', name, '--charge-id', 'A'])
    const topic = (way: string) => `tillbridge/${name}/main/${way}`
    const copy = await box.until(topic('request/charge'), copies)
    await box.publish(topic('response/charge'), { ...JSON.parse(copy.text), ok: false, error })
    const lookup = await box.until(topic('request/lookup'))
    await box.publish(topic('response/lookup'), { request_id: JSON.parse(lookup.text).request_id, ...found })
    return { code: await command.ended(), said: command.errors }
  }
  const refused = await told('counter-1', { ok: false, error: { code: 'unknown_charge', message: '', retryable: false } })
  assert.equal(refused.code, 1, refused.said)
  assert.match(refused.said, /not started: no gateway \(not_ready\)/)
  const taken = await told('counter-2', { ok: true, charge: PAID, refunds: [] })
  assert.equal(taken.code, 0, taken.said)
  const unsaid = await told('counter-3', { ok: false, error: { code: 'too_many', message: '', retryable: true } })
  assert.equal(unsaid.code, 3, unsaid.said)
  assert.match(unsaid.said, /not known: no gateway \(not_ready\); ask again with --charge-id A/)
  const behind = { code: 'internal', message: 'the journal is behind', retryable: true }
  const silent = await told('counter-4', { ok: true, charge: PAID, refunds: [] }, behind, 1)
  assert.equal(silent.code, 0, silent.said)
})

test('what is no message, on a topic of the box, ends no command', async t => {
  const broker = await startBroker(t)
  const box = await listen(t, broker.url)
  const command = new CommandProcess(t, ['charge', '100', '--url', broker.url, '--box', 'counter-1', '--charge-id', 'A'])
  const { text } = await box.until('tillbridge/counter-1/main/request/charge')
  for (const noMessage of ['{', 'null', '[]']) await box.publish('tillbridge/counter-1/main/response/charge', noMessage)
  await box.publish('tillbridge/counter-1/main/response/charge', { ...JSON.parse(text), ok: true, charge: PAID })
  assert.equal(await command.ended(), 0, command.errors)
})

test('a broker that is not there is told, with what kept it away', async t => {
  const command = new CommandProcess(t, ['charge', '100', '--url', 'mqtt://127.0.0.1:1', '--box', 'counter-1'])
  assert.equal(await command.ended(), 1)
  assert.match(command.errors, /ECONNREFUSED/)
})

for (const [what, args, expected] of [
  ['no amount', [], /AMOUNT is missing/],
  ['an amount that is neither fen nor yuan', ['12.3'], /AMOUNT: expected whole fen such as 1234, or yuan/],
  ['nothing', ['0'], /AMOUNT: expected/],
  ['no box', ['100', '--url', 'mqtt://127.0.0.1:1'], /--box BOX is missing/],
  ['no broker', ['100'], /--config FILE, or --url URL and --box BOX, is missing/],
  ['a time that is no number', ['100', '--expires-in', 'soon'], /--expires-in: expected seconds from 5 to 600/],
] as const) {
  test(`${what}: the usage and exit code 64`, async t => {
    const command = new CommandProcess(t, ['charge', ...args])
    assert.equal(await command.ended(), 64)
    assert.match(command.errors, expected)
  })
}
