import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Wechatpay } from 'wechatpay-axios-plugin'
import { loadConfig } from '../../device/config/index.ts'
import { CommandProcess } from './command.ts'

interface Started {
  readonly command: CommandProcess
  readonly gateway: string
  readonly folder: string
  /** Calls the control address. */
  control(method: string, path: string, body?: object): Promise<Record<string, unknown>>
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-test-emulator-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(t: TestContext, args: readonly string[] = [], folder = scratch(t)): Promise<Started> {
  const command = new CommandProcess(t, ['gateway-emulator', '--port', '0', '--folder', folder, ...args])
  await command.says('\nready\n')
  const [, gateway = '', control = ''] = /^gateway +(\S+)\ncontrol +(\S+)$/m.exec(command.output) ?? []
  return {
    command,
    gateway,
    folder,
    control: async (method, path, body) => {
      const options = body === undefined ? { method } : { method, body: JSON.stringify(body) }
      return (await (await fetch(`${control}${path}`, options)).json()) as Record<string, unknown>
    },
  }
}

const KEY = 'emulatoremulatoremulatoremulator'
const SENDER = { appid: 'wx0123456789abcdef', mch_id: '1900000109' }
const SALE = { ...SENDER, body: '茶 & more', out_trade_no: 'sale-0001', total_fee: '1234', spbill_create_ip: '127.0.0.1' }

/** A client that was written by others: wechatpay-axios-plugin, its APIv2 side, with the certificates of the folder. */
function foreignClient(gateway: string, folder: string, { as = 'merchant' }: { as?: 'merchant' | 'nobody' } = {}) {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const identity = as === 'nobody' ? {} : { cert: read('apiclient_cert.pem'), key: read('apiclient_key.pem') }
  const { client } = new Wechatpay({
    mchid: SENDER.mch_id,
    secret: KEY,
    // Its APIv3 side cannot be left out.
    serial: '0',
    privateKey: read('apiclient_key.pem'),
    certs: { other: read('ca.pem') },
    baseURL: gateway,
    httpsAgent: new Agent({ ca: read('ca.pem'), ...identity }),
  })
  return async (path: string, fields: Record<string, string>): Promise<Record<string, string>> => {
    const { data } = await client.v2.post(path, { ...SENDER, ...fields })
    return data as Record<string, string>
  }
}

test('a client that nobody here wrote pays, asks, reverses, refunds and asks for the refund', async t => {
  const { command, gateway, folder, control } = await start(t)
  const call = foreignClient(gateway, folder)
  await control('POST', '/customers', { name: 'li', balance: 5_000, behaviour: { kind: 'pays_at_once' } })
  const codeOf = async (customer: string) => String((await control('POST', '/codes', { customer }))['code'])

  const paid = await call('pay/micropay', { ...SALE, auth_code: await codeOf('li') })
  assert.deepEqual([paid['result_code'], paid['total_fee'], paid['out_trade_no']], ['SUCCESS', '1234', 'sale-0001'])
  assert.equal((await call('pay/orderquery', { out_trade_no: 'sale-0001' }))['trade_state'], 'SUCCESS')
  const refund = { out_trade_no: 'sale-0001', out_refund_no: 'back-1', total_fee: '1234', refund_fee: '234' }
  assert.equal((await call('secapi/pay/refund', refund))['refund_fee'], '234')
  assert.equal((await call('pay/refundquery', { out_refund_no: 'back-1' }))['refund_status_0'], 'SUCCESS')

  const second = { ...SALE, out_trade_no: 'sale-0002', sign_type: 'HMAC-SHA256', auth_code: await codeOf('li') }
  assert.equal((await call('pay/micropay', second))['result_code'], 'SUCCESS')
  assert.equal((await call('secapi/pay/reverse', { out_trade_no: 'sale-0002' }))['recall'], 'N')
  assert.equal((await call('pay/orderquery', { out_trade_no: 'sale-0002' }))['trade_state'], 'REVOKED')

  const { debited, credited } = await control('GET', '/ledger')
  assert.deepEqual([debited, credited], [2_468, 1_468])
  const { customers } = await control('GET', '/customers')
  assert.equal((customers as { balance: number }[])[0]?.balance, 4_000)
  await command.says('micropay sale-0001 1234 SUCCESS')
  await command.says('reverse sale-0002 SUCCESS')
})

test('that client meets the password, a fault that was planned, and the demand for a certificate', async t => {
  const { gateway, folder, control } = await start(t)
  const call = foreignClient(gateway, folder)
  await control('POST', '/customers', { name: 'li', behaviour: { kind: 'dawdles' } })
  const { code } = await control('POST', '/codes', { customer: 'li' })
  await assert.rejects(call('pay/micropay', { ...SALE, auth_code: String(code) }), errorWith({ err_code: 'USERPAYING' }))
  assert.equal((await call('pay/orderquery', { out_trade_no: 'sale-0001' }))['trade_state'], 'USERPAYING')
  await control('POST', '/faults', { kind: 'wrong_sign', call: 'orderquery' })
  await assert.rejects(call('pay/orderquery', { out_trade_no: 'sale-0001' }), { code: 'EV2_RES_SIGNATURE_NOT_EQUAL' })
  await control('POST', '/faults', { kind: 'bad_gateway', out_trade_no: 'sale-0001' })
  await assert.rejects(call('pay/orderquery', { out_trade_no: 'sale-0001' }), { status: 502 })
  const stranger = foreignClient(gateway, folder, { as: 'nobody' })
  assert.equal((await stranger('pay/orderquery', { out_trade_no: 'sale-0001' }))['trade_state'], 'USERPAYING')
  await assert.rejects(stranger('secapi/pay/reverse', { out_trade_no: 'sale-0001' }), { status: 400 })
  assert.equal((await control('GET', '/ledger'))['debited'], 0)
})

function errorWith(fields: Record<string, string>) {
  return ({ response }: { response: { data: Record<string, string> } }) => {
    for (const [name, value] of Object.entries(fields)) assert.equal(response.data[name], value)
    return true
  }
}

test('it prints what a client needs, keeps it for the next start, and ends in order', async t => {
  const { command, folder, gateway } = await start(t, ['--seed', '7'])
  for (const word of [KEY, SENDER.appid, SENDER.mch_id, join(folder, 'ca.pem'), 'seed          7']) {
    assert.ok(command.output.includes(word), word)
  }
  const ca = readFileSync(join(folder, 'ca.pem'), 'utf8')
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name)
  command.signal('SIGTERM')
  assert.equal(await command.ended(), 0, command.errors)
  await assert.rejects(fetch(gateway))
  const again = await start(t, [], folder)
  assert.equal(readFileSync(join(folder, 'ca.pem'), 'utf8'), ca)
  again.command.signal('SIGINT')
  again.command.signal('SIGINT') // as npm hands it on
  assert.equal(await again.command.ended(), 0)
})

test('the same seed draws the same codes', async t => {
  const codes = []
  for (let time = 1; time <= 2; time += 1) {
    const { control } = await start(t, ['--seed', '7', '--http'])
    codes.push((await control('POST', '/codes'))['code'])
  }
  assert.match(String(codes[0]), /^1[0-5]\d{16}$/)
  assert.equal(codes[0], codes[1])
})

test('without TLS nothing is written, and nobody is asked for a certificate', async t => {
  const { gateway, folder } = await start(t, ['--http'])
  assert.match(gateway, /^http:/)
  assert.deepEqual(readdirSync(folder), [])
  const page = await fetch(`${gateway}/secapi/pay/reverse`, { method: 'POST', body: '<xml><mch_id>1900000109</mch_id></xml>' })
  assert.match(await page.text(), /签名错误/)
})

test('merchant, address and sub-merchants are those that are told', async t => {
  const ids = ['--app-id', 'wx1', '--mch-id', '77', '--sub-mch-id', '78', '--key', 'k'.repeat(32)]
  const { gateway, folder, control } = await start(t, [...ids, '--host', '0.0.0.0'])
  const { merchant } = await control('GET', '/')
  assert.deepEqual(merchant, { app_id: 'wx1', mch_id: '77', sub_mch_ids: ['78'], key: 'k'.repeat(32) })
  assert.match(gateway, /^https:\/\/127\.0\.0\.1:/)
  assert.equal(readFileSync(join(folder, 'api_key'), 'utf8'), `${'k'.repeat(32)}\n`)
})

test('the box.yaml that it writes is one that a box takes, and one that somebody made their own is left alone', async t => {
  const { folder, gateway, command } = await start(t)
  const file = join(folder, 'box.yaml')
  const config = loadConfig(file, {})
  assert.deepEqual([config.gateway.hosts, config.merchant.mchId, config.secrets.apiKey], [[gateway], SENDER.mch_id, KEY])
  command.signal('SIGTERM')
  await command.ended()
  const own = 'box: mine\n'
  writeFileSync(file, own)
  await start(t, [], folder)
  assert.equal(readFileSync(file, 'utf8'), own)
})

test('a box started with it takes a first payment without an account, a register, a gun or lights', async t => {
  const { folder, control } = await start(t)
  const box = new CommandProcess(t, ['run', '--config', join(folder, 'box.yaml')])
  await box.says('main: ● waiting')
  box.type('134567890123456789')
  await box.says('main: ● paid')
  const { entries } = await control('GET', '/ledger')
  assert.deepEqual(
    (entries as { amount: number; kind: string }[]).map(({ kind, amount }) => [kind, amount]),
    [['debit', 100]],
  )
  box.signal('SIGTERM')
  assert.equal(await box.ended(), 0)
})

test('files that were not made here are never written over', async t => {
  const folder = scratch(t)
  const file = join(folder, 'apiclient_key.pem')
  writeFileSync(file, 'a real one')
  const command = new CommandProcess(t, ['gateway-emulator', '--port', '0', '--folder', folder])
  assert.equal(await command.ended(), 1)
  assert.match(command.errors, /apiclient_key\.pem is not written over.*\(foreign_file\)/)
  assert.equal(readFileSync(file, 'utf8'), 'a real one')
})

test('a port that another program has is named, and nothing goes on', async t => {
  const other = createServer()
  t.after(() => other.close())
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const taken = String((other.address() as { port: number }).port)
  for (const args of [
    ['--port', taken],
    ['--port', '0', '--control-port', taken],
  ]) {
    const command = new CommandProcess(t, ['gateway-emulator', '--http', ...args])
    assert.equal(await command.ended(), 1)
    assert.match(command.errors, new RegExp(`port ${taken} of 127.0.0.1 cannot be opened: another program has it`))
  }
})

for (const [args, expected] of [
  [['--port', 'x'], /--port: expected a whole number from 0 to 65535/],
  [['--port', '65536'], /--port: expected/],
  [['--port', '1', '--control-port', '-1'], /control-port/],
  [['--seed', '1.5'], /--seed: expected a whole number from 0 to 4294967295/],
  [['--key', 'secret-key'], /--key: expected 32 letters and digits/],
  [['--mch-id', ''], /--mch-id: expected/],
  [['--host', 'a b'], /--host: expected/],
  [['--nonsense'], /nonsense/],
  [['word'], /no further words/],
] as const) {
  test(`${args.join(' ')}: its own usage and exit code 64`, async t => {
    const command = new CommandProcess(t, ['gateway-emulator', ...args])
    assert.equal(await command.ended(), 64)
    assert.match(command.errors, expected)
    assert.match(command.errors, /--control-port N/)
    assert.doesNotMatch(command.errors, /secret-key/)
  })
}

test('--help tells its options', async t => {
  const command = new CommandProcess(t, ['gateway-emulator', '--help'])
  assert.equal(await command.ended(), 0)
  assert.match(command.output, /--control-port N/)
})
