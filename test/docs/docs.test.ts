import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { connectAsync, type MqttClient } from 'mqtt'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { DIFFERENCES } from '../../core/bill/compare.ts'
import { CHARGE_STATES, type ChargeState } from '../../core/charge.ts'
import { CODE_KINDS } from '../../core/code/kind.ts'
import { adviceText } from '../../core/contract/advice.ts'
import { viewCharge } from '../../core/contract/charge-view.ts'
import { RETRYABLE } from '../../core/contract/error-code.ts'
import {
  chargeMessage,
  duplicateMessage,
  eventMessage,
  refundMessage,
  refusalMessage,
  SCAN_REASONS,
  type ScanNotice,
  stateMessage,
  statusMessage,
} from '../../core/contract/message.ts'
import { NOT_READY, NOT_READY_WORDS, WARNING_WORDS, WARNINGS } from '../../core/contract/not-ready.ts'
import { ADVICE_CODES, REASON_WORDS } from '../../core/contract/reason.ts'
import { COMMAND_SCHEMAS } from '../../core/contract/schema.ts'
import { topicsOf } from '../../core/contract/topic.ts'
import { PATTERNS } from '../../core/indicator/patterns.ts'
import { LIMITS } from '../../core/limits.ts'
import { hasEnded, REFUND_STATES } from '../../core/refund/refund.ts'
import * as charge from '../../device/commands/charge.ts'
import * as check from '../../device/commands/check.ts'
import * as guns from '../../device/commands/guns.ts'
import * as journal from '../../device/commands/journal.ts'
import * as lights from '../../device/commands/lights.ts'
import * as reconcile from '../../device/commands/reconcile.ts'
import * as totals from '../../device/commands/totals.ts'
import { NOT_YET } from '../../device/config/schema.ts'
import { needsMosquitto, startBroker } from '../broker.ts'
import { API_KEY, LEAST, Workshop } from '../config/workshop.ts'
import { answered, Bench, PAID } from '../core-box/bench.ts'
import { chargeOf, refundOf } from '../journal/sample.ts'
import { type Authority, makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { schemaKeys, shownKeys } from './config-keys.ts'
import { EXCHANGES } from './exchanges.ts'
import { column, Page, quoted, ROOT } from './page.ts'
import { exitCodes, fieldsOf, notReadyWords, warningWords } from './source-words.ts'

const README = new Page('README.md')
const CONFIGURATION = new Page('docs/configuration.md')
const REGISTER = new Page('docs/register.md')
const COMMANDS = new Page('docs/commands.md')
const CONTRACT = new Page('docs/contract.md')
const PAGES = [README, CONFIGURATION, REGISTER, COMMANDS, CONTRACT, new Page('docs/installation.md')]
const NOT_READY_HEADING = '## When a lane is not ready'

test('every YAML example loads, with the files that it names beside it', async t => {
  const authority = await makeAuthority()
  for (const page of PAGES) {
    for (const example of page.fences('yaml')) {
      const tree = { ...parse(LEAST), ...parse(example) }
      const whole = shownKeys(example).has('box') ? example : stringify(tree)
      assert.doesNotThrow(() => new Workshop(t, filesOf(tree, authority)).load(whole), `${page.path}:\n${example}`)
    }
  }
})

/** A file for every `*_file` in a configuration. */
function filesOf(tree: unknown, { clientCertPem, clientKeyPem }: Authority): Record<string, string> {
  const contents = new Map([
    ['api_key_file', API_KEY],
    ['password_file', 'open sesame'],
    ['proxy_password_file', 'open sesame'],
    ['certificate_file', clientCertPem],
    ['private_key_file', clientKeyPem],
    ['ca_file', clientCertPem],
  ])
  const files: Record<string, string> = {}
  for (const [path, { value }] of shownKeys(stringify(tree))) {
    const content = contents.get(path.split('.').at(-1) ?? '')
    if (content !== undefined) files[String(value)] = content
  }
  return files
}

test('the complete example names every key, with its default, its bounds and its words', () => {
  const shown = shownKeys(CONFIGURATION.fences('yaml')[0] ?? '')
  const rules = schemaKeys()
  assert.deepEqual([...shown.keys()].sort(), [...rules.keys()].sort())
  for (const [path, { section, required, fallback, facts }] of rules) {
    const { value, comment } = shown.get(path) ?? assert.fail(path)
    for (const fact of facts) assert.match(comment, new RegExp(`(?<![\\w.])${fact}(?![\\w]|\\.\\w)`), `${path}: ${comment}`)
    if (section) continue
    const mark = /^(required|optional)\b/.exec(comment)?.[0]
    if (fallback !== undefined) assert.deepEqual([value, mark], [fallback, undefined], path)
    else assert.equal(mark, required ? 'required' : 'optional', path)
  }
})

test('what is not available in this version is named, and nothing else', () => {
  const table = CONFIGURATION.table('### Not available in this version')
  assert.deepEqual(column(table), [...NOT_YET.keys()].sort())
  for (const [key, value] of table) {
    const [path = '', written = ''] = [...quoted(key), ...quoted(value)]
    assert.ok(NOT_YET.get(path)?.(parse(written)), path)
  }
})

test('every word for a lane that is not ready, and every warning, is used, explained, and told as the page says', () => {
  assert.deepEqual([...NOT_READY_WORDS].sort(), notReadyWords())
  assert.deepEqual([...WARNING_WORDS].sort(), warningWords())
  const told = (number: number) =>
    CONFIGURATION.table(NOT_READY_HEADING, number).map(row => row.map(cell => cell.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')))
  const explained = (words: Readonly<Record<string, { means: string; remedy: string }>>) =>
    Object.entries(words).map(([word, { means, remedy }]) => [`\`${word}\``, means, remedy])
  assert.deepEqual(told(0), explained(NOT_READY))
  assert.deepEqual(told(1), explained(WARNINGS))
})

test('every difference that a bill can have is explained as the command explains it', () => {
  const explained = Object.entries(DIFFERENCES).map(([word, { means, remedy }]) => [`\`${word}\``, means, remedy])
  assert.deepEqual(COMMANDS.table('## reconcile'), explained)
})

test('every exit code and pattern is named, and nothing else', () => {
  const codes = COMMANDS.table('## Exit codes').flatMap(([code = '']) => (code === '' ? [] : [code]))
  assert.deepEqual(codes.sort(), exitCodes())
  assert.deepEqual(column(CONFIGURATION.table('### Patterns')), Object.keys(PATTERNS).sort())
})

test('every command is described, and nothing else is', async () => {
  const called = await promisify(execFile)(process.execPath, [join(ROOT, 'device/main.ts'), '--help'])
  const names = [...called.stdout.matchAll(/^ {2}tillbridge (\S+)/gm)].map(([, name]) => `## ${name}`)
  assert.ok(names.length > 0)
  assert.deepEqual(
    COMMANDS.headings().filter(heading => heading !== '## Exit codes'),
    names,
  )
})

test('every option of a command is described by --help and on its page, and nothing else is', () => {
  for (const [name, { HELP, OPTIONS }] of Object.entries({ charge, check, guns, journal, lights, reconcile, totals })) {
    const options = Object.keys(OPTIONS).map(option => `--${option}`)
    assert.deepEqual(
      [...HELP.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option),
      options,
      name,
    )
    for (const option of options) assert.ok(COMMANDS.under(`## ${name}`).includes(option), `${name} ${option}`)
  }
})

test('the README names only words for a lane that is not ready that there are', () => {
  const [sentence = ''] = /say why a lane is not ready[^.]*\./.exec(README.text) ?? []
  const words = quoted(sentence)
  assert.ok(words.length > 0)
  assert.deepEqual(
    words.filter(word => !Object.hasOwn(NOT_READY, word)),
    [],
  )
})

test('the topics are those of the box', () => {
  const { status, duplicate, state, event, scan, response } = topicsOf('tillbridge', 'counter-1')
  const request = 'tillbridge/counter-1/main/request/{verb}'
  const topics = [status, duplicate, state('main'), event('main'), scan('main'), response('main', '{verb}'), request]
  assert.deepEqual(column(REGISTER.table('## Topics')), topics.sort())
})

test('the commands have the fields of their schemas, with what is expected of each', () => {
  for (const [verb, schema] of Object.entries(COMMAND_SCHEMAS)) {
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape
    const table = REGISTER.table(`### ${verb}`)
    assert.deepEqual(column(table), Object.keys(shape).sort())
    for (const [cell, needed, what] of table) {
      const field = shape[quoted(cell)[0] ?? ''] ?? assert.fail(cell)
      assert.deepEqual(needed, neededOf(field), `${verb} ${cell}`)
      const inner = field instanceof z.ZodOptional || field instanceof z.ZodDefault ? field.unwrap() : field
      const { description = '' } = inner as z.ZodType
      assert.ok(description !== '' && what?.startsWith(description), `${verb} ${cell}: ${description}`)
    }
  }
})

function neededOf(field: z.ZodType): string {
  const given = field.safeParse(undefined)
  if (!given.success) return 'yes'
  return given.data === undefined ? 'no' : `no, ${given.data}`
}

/** A box with a charge that was paid. */
function sold(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  return bench
}

test('the answers give what their verbs give', () => {
  const bench = new Bench().prove()
  const given = (effects: readonly object[]) => {
    const { body } = effects.find(effect => 'body' in effect && 'to' in effect) as { body: object }
    return Object.keys(body).filter(key => key !== 'request_id' && key !== 'ok')
  }
  const fields = new Map([
    ['charge', given(bench.charge('c1'))],
    ['lookup', given(bench.lookup('c1'))],
    ['scan', given(bench.sendCode('c1'))],
    ['cancel', given(bench.cancel('c1'))],
    ['events', given(bench.events())],
    ['refund', given(sold().refund('r1'))],
  ])
  const table = REGISTER.table('## Answers')
  assert.deepEqual(column(table), [...fields.keys()].sort())
  for (const [verb, gives] of table) assert.deepEqual(quoted(gives), fields.get(quoted(verb)[0] ?? ''), verb)
})

test('every error code is named, with whether it is worth another try, and nothing else', () => {
  const table = REGISTER.table('## Answers', 1).map(([code, retryable]) => [quoted(code)[0], retryable])
  const codes = Object.entries(RETRYABLE).map(([code, retryable]) => [code, retryable ? 'yes' : 'no'])
  assert.deepEqual(table.sort(), codes.sort())
  const named = quoted(REGISTER.under('## Answers'))
  for (const field of fieldsOf('core/contract/error.ts', 'ErrorDetails')) assert.ok(named.includes(field.replace('?', '')), field)
})

test('the page says how many commands a lane takes', () => {
  const { charge, cancel, events, other } = LIMITS.commands
  const said = [
    `${other.burst} commands at once and ${other.perSecond} more each second`,
    `\`charge\` has ${charge.burst} and ${charge.perSecond} of its own`,
    `\`cancel\` has ${cancel.burst} and ${cancel.perSecond} of its own`,
    `\`events\` ${events.burst} and ${events.perSecond}`,
  ]
  for (const text of said) assert.ok(REGISTER.under('## Commands').includes(text), text)
})

test('what is published has the fields of its schema, with what is said of each, and no others', () => {
  const pages: readonly (readonly [string, number, z.ZodReadonly<z.ZodObject>])[] = [
    ['## The charge', 0, chargeMessage],
    ['## The charge', 1, refusalMessage],
    ['## The refund', 0, refundMessage],
    ['## Events', 0, eventMessage],
    ["## The lane's state", 0, stateMessage],
    ['## Presence', 0, statusMessage],
    ['### Two boxes of one name', 0, duplicateMessage],
  ]
  for (const [heading, number, schema] of pages) {
    const rows = REGISTER.table(heading, number).map(([field, what]) => [quoted(field)[0] ?? '', what ?? ''])
    const said = Object.entries(schema.unwrap().shape).map(([name, field]) => {
      const optional = field instanceof z.ZodExactOptional
      const { description } = optional ? (field.unwrap() as z.ZodType) : (field as z.ZodType)
      return [`${name}${optional ? '?' : ''}`, description ?? '']
    })
    assert.deepEqual(rows, said, heading)
  }
})

test('every state is named, with its outcome, in both tables', () => {
  const states = [...CHARGE_STATES].sort()
  const table = REGISTER.table('### States')
  assert.deepEqual(column(table), states)
  for (const [cell, ...rest] of table) {
    const state = quoted(cell)[0] as ChargeState
    const { outcome, final } = viewCharge({ ...chargeOf(), state }, 'counter-1', 'en')
    assert.deepEqual(rest.slice(0, 2), [String(outcome), final ? 'yes' : 'no'], state)
  }
  assert.deepEqual(column(README.table('## What a register does')), states)
})

test('every state of a refund is named, with whether it has ended', () => {
  const table = REGISTER.table('### Refund states').map(([state, ended]) => [quoted(state)[0], ended])
  const states = REFUND_STATES.map(state => [state, hasEnded(refundOf(chargeOf(), 'r1', state)) ? 'yes' : 'no'])
  assert.deepEqual(table.sort(), states.sort())
})

test('every reason has its advice and its sentences, every advice its own, and nothing else is named', () => {
  const reasons = Object.entries(REASON_WORDS).map(([reason, { advice, en, zh, again }]) => {
    return [`\`${reason}\``, `\`${advice}\``, en, zh, again?.en ?? '', again?.zh ?? '']
  })
  assert.deepEqual(REGISTER.table('### Reasons'), reasons)
  const advice = ADVICE_CODES.map(code => [`\`${code}\``, adviceText(code, undefined, 'en'), adviceText(code, undefined, 'zh')])
  assert.deepEqual(REGISTER.table('### Advice'), advice)
})

test('every scan that is no payment is told as the page says', () => {
  const table = REGISTER.table('## Scan notices')
  assert.deepEqual(column(table), [...SCAN_REASONS].sort())
  assert.deepEqual([...new Set(column(table, 1))].sort(), [...CODE_KINDS].sort())
  const scans = [
    '4006381333931',
    `28${'0'.repeat(16)}`,
    `62${'0'.repeat(17)}`,
    'https://a.example/',
    'hello',
    `13${'0'.repeat(16)}`,
  ]
  const bench = new Bench().prove()
  for (const scan of scans) bench.scan(scan)
  const notices = bench.all('tell_scan').map(({ body }) => body as ScanNotice)
  assert.equal(notices.length, scans.length)
  for (const { kind, reason } of notices) {
    const row = table.find(([word]) => quoted(word)[0] === reason)
    assert.ok(quoted(row?.[1]).includes(kind), `${kind}: ${reason}`)
  }
})

test('the exchanges are what the box says, word for word', () => {
  let shown = 0
  for (const [heading, play] of EXCHANGES) {
    const messages = REGISTER.messages(heading)
    assert.deepEqual(messages, play(), heading)
    shown += messages.length
  }
  assert.equal(REGISTER.fences('json').length, shown, 'every JSON example belongs to an exchange')
})

test('links lead to files and headings that are there, on every page', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-')
  const paths = globSync(['*.md', 'docs/*.md'], { cwd: ROOT })
  const pages = new Map(paths.map(path => [path, new Page(path)]))
  for (const [path, { text }] of pages) {
    for (const [, file = '', anchor] of text.matchAll(/\]\(([\w./-]+)?(?:#([^)]+))?\)/g)) {
      const target = file === '' ? path : join(dirname(path), file)
      assert.ok(existsSync(join(ROOT, target)), `${path}: ${file}`)
      if (anchor === undefined) continue
      const headings = (pages.get(target) ?? assert.fail(`${path}: ${file}`)).text.matchAll(/^#+ (.*)$/gm)
      assert.ok([...headings].map(([, heading = '']) => slug(heading)).includes(anchor), `${path}: ${file}#${anchor}`)
    }
  }
})

test('the access list lets box, till and back office do what they must, and nobody else what gives goods away', async t => {
  const broker = await startBroker(t, { acl: REGISTER.fences('acl').flatMap(list => list.split('\n')) })
  if (!needsMosquitto(t, broker)) return
  const [box, till] = await Promise.all([openClient(t, broker.url, 'counter-1'), openClient(t, broker.url, 'till-1')])
  const { status, duplicate, state, event, scan, response } = topicsOf('tillbridge', 'counter-1')
  const told = [
    status,
    duplicate,
    state('main'),
    event('main'),
    scan('main'),
    response('main', 'charge'),
    'tillbridge/reply/till-1/a',
  ]
  const refund = 'tillbridge/counter-1/main/request/refund'
  const requests = Object.keys(COMMAND_SCHEMAS)
    .map(verb => `tillbridge/counter-1/main/request/${verb}`)
    .filter(topic => topic !== refund)
  for (const topic of told) assert.equal(await box.publish(topic), true, `the box: ${topic}`)
  for (const topic of requests) assert.equal(await till.publish(topic), true, `a till: ${topic}`)
  await until('the till hears all', () => told.every(topic => topic === duplicate || till.heard.has(topic)))
  await until('the box hears all', () => [...requests, status, duplicate, state('main')].every(topic => box.heard.has(topic)))
  for (const topic of [...told, refund]) assert.equal(await till.publish(topic), false, `a till: ${topic}`)
  const office = await openClient(t, broker.url, 'back-office')
  assert.equal(await office.publish(refund), true, 'the back office')
  const charging = 'tillbridge/counter-1/main/request/charge'
  for (const topic of [...told, charging]) assert.equal(await office.publish(topic), false, `the back office: ${topic}`)
  for (const topic of [...requests, refund]) assert.equal(await box.publish(topic), false, `the box: ${topic}`)
  for (const name of ['till-2', undefined]) {
    const stranger = await openClient(t, broker.url, name)
    for (const topic of [...told, ...requests, refund]) assert.equal(await stranger.publish(topic), false, `${name}: ${topic}`)
  }
})

/** A client that hears what it may, and says whether the broker takes what it publishes. */
async function openClient(t: TestContext, url: string, username: string | undefined) {
  const client: MqttClient = await connectAsync(url, {
    ...(username === undefined ? {} : { username }),
    protocolVersion: 5,
    reconnectPeriod: 0,
  })
  t.after(() => client.endAsync(true))
  const heard = new Set<string>()
  client.on('message', topic => heard.add(topic))
  await client.subscribeAsync('#', { qos: 1 })
  const publish = async (topic: string) => {
    try {
      await client.publishAsync(topic, 'x', { qos: 1 })
      return true
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 0x87) return false // not authorized
      throw error
    }
  }
  return { heard, publish }
}
