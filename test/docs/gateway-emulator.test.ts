import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMULATOR_OPTIONS, HELP } from '../../device/commands/gateway-emulator.ts'
import { CONTROL_CALLS, CONTROL_ERRORS, Control, type ControlReply } from '../../device/emulator/control.ts'
import { codeRequest, customerRequest, faultRequest } from '../../device/emulator/control-request.ts'
import { seededRandom, Wire } from '../../device/emulator/index.ts'
import { MERCHANT, Shop } from '../emulator/shop.ts'
import { column, Page, quoted } from './page.ts'

const PAGE = new Page('docs/gateway-emulator.md')
const ABOUT = { gateway: 'https://127.0.0.1:8443' }

test('every option is described, on the page and by --help, and nothing else is', () => {
  const options = Object.keys(EMULATOR_OPTIONS).map(option => `--${option}`)
  const described = column(PAGE.table('## Options')).map(option => option.replace(/ .*/, ''))
  assert.deepEqual(described, options.sort())
  assert.deepEqual([...HELP.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option).sort(), options)
})

test('every control call is described, and nothing else is', () => {
  const headings = [...PAGE.text.matchAll(/^### ((?:GET|POST|DELETE|PUT|PATCH) .*)$/gm)].map(([, call]) => call)
  assert.deepEqual(headings, [...CONTROL_CALLS.keys()])
})

test('every field that a control call takes is described, with whether it is needed, and nothing else is', () => {
  assert.deepEqual(fieldsIn('### POST /customers'), fieldsOf(customerRequest.shape))
  assert.deepEqual(fieldsIn('### POST /codes'), fieldsOf(codeRequest.shape))
  const [first] = faultRequest.options
  const { how: _how, ...common } = first.shape
  assert.deepEqual(fieldsIn('### POST /faults'), fieldsOf(common))
})

test('every kind of fault and of behaviour is described, with what it takes, and nothing else is', () => {
  const common = new Set(column(PAGE.table('### POST /faults')))
  assert.deepEqual(
    kindsIn('### POST /faults'),
    faultRequest.options.map(({ shape }) => kindOf(shape, common)),
  )
  const behaviours = customerRequest.shape.behaviour.unwrap().options
  assert.deepEqual(
    kindsIn('### POST /customers'),
    behaviours.map(({ shape }) => kindOf(shape, new Set(['kind']))),
  )
})

test('every error is described, with its status, and nothing else is', () => {
  const table = PAGE.table('## Errors').map(([code, status]) => [quoted(code)[0], Number(status)])
  assert.deepEqual(table, Object.entries(CONTROL_ERRORS))
})

test('the examples are what the emulator says, word for word', () => {
  const shop = new Shop({ unknownCode: 'anyone' }, { seed: 5 })
  const wire = new Wire({ engine: shop.engine, random: seededRandom(6) })
  const control = new Control({ engine: shop.engine, wire, about: ABOUT, codeLifeMs: 60_000 })
  let shown = 0
  for (const call of CONTROL_CALLS.keys()) {
    const [method = '', path = ''] = call.split(' ')
    const examples = examplesUnder(`### ${call}`)
    shown += examples.length
    if (examples.length === 0) continue
    const [asked, answered] = method === 'POST' ? examples : [{}, examples[0]]
    const reply = control.handle({ method, path, body: JSON.stringify(asked) })
    assert.deepEqual([reply.status, reply.body], [method === 'POST' ? 201 : 200, answered], call)
    if (call === 'POST /codes') pay(shop, reply)
  }
  assert.equal(PAGE.fences('json').length, shown, 'every example belongs to a call')
})

/** The payment and the refund that the page tells of, at the time that its examples tell. */
function pay(shop: Shop, { body }: ControlReply): void {
  const { code } = body as { code: string }
  assert.equal(shop.submit('sale-0001', { auth_code: code, total_fee: '1234' })['err_code'], 'USERPAYING')
  shop.now += 3_000
  assert.equal(shop.state('sale-0001'), 'SUCCESS')
  shop.refund('sale-0001', 'back-1', 234, { total_fee: '1234', mch_id: MERCHANT.mchId })
}

function examplesUnder(heading: string): unknown[] {
  return [...PAGE.under(heading).matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => JSON.parse(text) as unknown)
}

interface Field {
  safeParse(value: unknown): { readonly success: boolean }
}
type Shape = Readonly<Record<string, Field>>

function fieldsIn(heading: string): (readonly [string, string])[] {
  return PAGE.table(heading).map(([field, needed = '']) => [quoted(field)[0] ?? '', needed] as const)
}

function fieldsOf(shape: Shape): (readonly [string, string])[] {
  return Object.entries(shape).map(([name, field]) => [name, field.safeParse(undefined).success ? 'no' : 'yes'] as const)
}

function kindsIn(heading: string): (readonly [string, readonly string[]])[] {
  return PAGE.table(heading, 1).map(([kind, takes]) => [quoted(kind)[0] ?? '', quoted(takes)] as const)
}

function kindOf(shape: Shape & { kind: { values: ReadonlySet<string> } }, common: ReadonlySet<string>) {
  const [kind = ''] = shape.kind.values
  return [kind, Object.keys(shape).filter(name => !common.has(name))] as const
}
