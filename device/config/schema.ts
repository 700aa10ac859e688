import { z } from 'zod'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { COLOURS } from '../../core/indicator/patterns.ts'
import { FEN_MAX } from '../../core/money.ts'
import { valueAt } from './credential-reader.ts'
import { checkPatterns, PATTERN_MS_MAX, type PatternsFile } from './patterns.ts'
import {
  checkBox,
  checkGateway,
  checkGpioLines,
  checkLanes,
  checkRefunds,
  checkRegister,
  checkScanner,
  checkTiming,
} from './relations.ts'

/**
 * The configuration file: the one place for its keys, their defaults and what is accepted. The `error` texts finish the
 * sentence "expected …". A default is given by `prefault` where it is a whole section, so that the section's own apply.
 */

const NAME = /^[A-Za-z0-9_-]{1,32}$/

/** Looked for without being named; a box without them can take money, but not give it back. */
export const CERTIFICATE_FILE = 'apiclient_cert.pem'
export const PRIVATE_KEY_FILE = 'apiclient_key.pem'

/** Line numbers of the Raspberry Pi's own chip. */
const BCM_LINE_MAX = 53
const CHIP_OFFSET_MAX = 1023

const name = text('1 to 32 of A-Z a-z 0-9 _ -', NAME)
const fileName = text('a file name', /^[^\p{Cc}]{1,4096}$/u)
const absolutePath = text('a path that starts with /', /^\/[^\p{Cc}]{0,4095}$/u)
const weChatId = text('an id of 6 to 32 letters and digits', /^[A-Za-z0-9_-]{6,32}$/)
const merchantId = text('6 to 32 digits in quotes', /^[0-9]{6,32}$/)

const merchant = section({
  app_id: weChatId,
  mch_id: merchantId,
  sub_app_id: weChatId.optional(),
  sub_mch_id: merchantId.optional(),
  api: oneOf('v2').default('v2'),
  sign_type: oneOf('HMAC-SHA256', 'MD5').default('HMAC-SHA256'),
  api_key_file: fileName,
  certificate_file: fileName.default(CERTIFICATE_FILE),
  private_key_file: fileName.default(PRIVATE_KEY_FILE),
  undo: oneOf('reverse', 'none').default('reverse'),
})

const HOST = String.raw`([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?`
const host = url('an https address without a path, e.g. https://api.mch.weixin.qq.com', new RegExp(`^https://${HOST}/?$`))

const gateway = section({
  hosts: list(host, 1, 4).default(['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com']),
  ca_file: fileName.optional(),
  spbill_create_ip: z.ipv4({ error: 'an IPv4 address' }).optional(),
  proxy: url(
    'an http address without a path, user name and password, e.g. http://proxy.local:3128',
    new RegExp(`^http://${HOST}/?$`),
  ).optional(),
  proxy_username: text('1 to 256 characters without a colon', /^[^\p{Cc}:]{1,256}$/u).optional(),
  proxy_password_file: fileName.optional(),
}).superRefine(checkGateway, always())

const timing = section({
  poll_every_s: seconds(60).default(5),
  poll_for_s: seconds(600).default(30),
  reverse_after_s: seconds(600).default(15),
  not_found_after_s: seconds(3_600).default(90),
  answer_within_s: seconds(60).default(10),
  look_again_after_s: list(seconds(604_800), 1, 16).default([60, 600, 3_600, 86_400]),
}).superRefine(checkTiming, always())

export const REGISTER_URL = 'an mqtt, mqtts, ws or wss address without user name and password'

const register = section({
  url: url(REGISTER_URL, new RegExp(`^(mqtts?|wss?)://${HOST}(/[A-Za-z0-9._~/-]*)?$`)).optional(),
  username: text('1 to 256 characters', /^[^\p{Cc}]{1,256}$/u).optional(),
  password_file: fileName.optional(),
  ca_file: fileName.optional(),
  certificate_file: fileName.optional(),
  private_key_file: fileName.optional(),
  prefix: text('topic levels of A-Z a-z 0-9 _ - with / between', /^(?=.{1,128}$)[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/).default(
    'tillbridge',
  ),
  language: oneOf('en', 'zh').default('en'),
  max_amount: whole('an amount in fen', 1, FEN_MAX).default(5_000_000),
  refunds: z.boolean({ error: 'true or false' }).default(false),
  scans: z.boolean({ error: 'true or false' }).default(false),
}).superRefine(checkRegister, always())

/** What tells one USB gun from another. */
const usbGun = {
  usb: text('vendor and product as lsusb prints them, such as 0c2e:0b81', /^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$/).optional(),
  serial_number: text('1 to 128 characters, in quotes where they are digits only', /^[^\p{Cc}]{1,128}$/u).optional(),
  port: text('a USB port such as 1-1.2', /^[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}$/).optional(),
}

/** Bytes as characters: YAML writes those that cannot be typed as "\\x16" in double quotes. */
const gunCommand = text(
  '1 to 256 bytes as characters, in double quotes where they have \\x in them',
  /^[\x00-\xff]{1,256}$/,
).optional()

const scanner = kinds('type', [
  section({
    type: z.literal('serial'),
    path: absolutePath.optional(),
    ...usbGun,
    baud_rate: whole('a baud rate', 300, 4_000_000).default(9_600),
    data_bits: z.literal([7, 8], { error: '7 or 8' }).default(8),
    parity: oneOf('none', 'even', 'odd').default('none'),
    flow_control: oneOf('none', 'rts_cts', 'xon_xoff').default('none'),
    commands: section({ opened: gunCommand, armed: gunCommand, accepted: gunCommand }).prefault({}),
  }),
  section({ type: z.literal('hid'), ...usbGun, layout: oneOf('us', 'de', 'fr', 'be').default('us') }),
  section({ type: z.literal('terminal') }),
  section({ type: z.literal('none') }),
]).superRefine(checkScanner, always())

const lineError = `a BCM line number from 0 to ${BCM_LINE_MAX}, { chip: LABEL, offset: 0 to ${CHIP_OFFSET_MAX} }, or { name: NAME }`
const chipLabel = text(lineError, /^[A-Za-z0-9_.@:-]{1,64}$/)

/** Where only one member of a union fits, its own errors are told: so each has them. */
const gpioLine = z.union(
  [
    z.int({ error: lineError }).min(0, { error: lineError }).max(BCM_LINE_MAX, { error: lineError }),
    section({
      chip: chipLabel,
      offset: z.int({ error: lineError }).min(0, { error: lineError }).max(CHIP_OFFSET_MAX, { error: lineError }),
    }),
    section({ chip: chipLabel.optional(), name: text(lineError, /^[\x21-\x7e]{1,31}$/) }),
  ],
  { error: lineError },
)

const lamps = {
  green: gpioLine.optional(),
  red: gpioLine.optional(),
  amber: gpioLine.optional(),
  buzzer: gpioLine.optional(),
  active_low: z.boolean({ error: 'true or false' }).default(false),
}
const bias = oneOf('as_is', 'pull_up', 'pull_down', 'disabled').default('as_is')

const indicators = kinds('driver', [
  section({ driver: oneOf('auto', 'gpiod'), ...lamps, bias }),
  section({ driver: z.literal('sysfs'), ...lamps }),
  section({ driver: z.literal('terminal') }),
  section({ driver: z.literal('none') }),
]).superRefine(checkGpioLines, always())

const lockLine = {
  line: gpioLine,
  active_low: z.boolean({ error: 'true or false' }).default(false),
  pulse_s: seconds(60).default(1),
}
const lock = kinds('driver', [
  section({ driver: oneOf('auto', 'gpiod'), ...lockLine, bias }),
  section({ driver: z.literal('sysfs'), ...lockLine }),
  section({ driver: z.literal('terminal') }),
])

const KIOSK_EXPECTED = `register, or { fixed_amount: FEN, description: TEXT }, with a whole number from 1 to ${FEN_MAX} and at most 256 characters`
const kiosk = section({
  fixed_amount: whole('an amount in fen', 1, FEN_MAX),
  description: text('1 to 256 characters', /^[^\p{Cc}]{1,256}$/u).optional(),
  patience_s: seconds(600).optional(),
})

const lane = section({
  name,
  scanner,
  indicators: z.preprocess(value => (value === 'none' ? { driver: 'none' } : value), indicators).prefault('none'),
  lock: lock.optional(),
  mode: z.union([z.literal('register'), kiosk], { error: KIOSK_EXPECTED }).default('register'),
})

const PATTERN_S_MAX = PATTERN_MS_MAX / 1_000
const STEP_S = 'seconds from 0.05 to 10, in steps of 0.05'
const step = section({
  on: z.array(oneOf(...COLOURS), { error: `a list of ${COLOURS.join(', ')}` }).max(COLOURS.length),
  for_s: z
    .number({ error: STEP_S })
    .min(0.05, { error: STEP_S })
    .max(PATTERN_S_MAX, { error: STEP_S })
    .refine(seconds => Math.abs(seconds * 20 - Math.round(seconds * 20)) < 1e-9, { error: STEP_S }),
})
const steps = list(step, 1, 24)
  .refine(all => all.reduce((sum, { for_s }) => sum + for_s, 0) <= PATTERN_S_MAX, {
    error: `steps that take ${PATTERN_S_MAX} seconds together, at most`,
  })
  .optional()

const patternShape = {
  idle: steps,
  waiting: steps,
  working: steps,
  customer_types: steps,
  unknown: steps,
  not_ready: steps,
  paid: steps,
  refused: steps,
  wrong_code: steps,
} satisfies Record<PatternName, typeof steps>

const patterns = section(patternShape).superRefine((file, context) => checkPatterns(playableIn(file), context), always())

/** Of patterns that cannot be played it is told elsewhere what is wrong with them. */
function playableIn(file: unknown): PatternsFile {
  const read = Object.keys(patternShape).map(name => [name, steps.safeParse(valueAt(file, [name])).data] as const)
  return Object.fromEntries(read.filter(([, played]) => played !== undefined))
}

const voice = kinds('driver', [
  section({ driver: z.literal('none') }),
  section({ driver: z.literal('espeak'), language: oneOf('en', 'zh').default('en') }),
  section({ driver: z.literal('recorded'), language: oneOf('en', 'zh').default('en'), folder: fileName }),
])

/** WeChat Pay keeps bills for three months: what they are compared with stays longer. */
const journal = section({
  path: fileName.default('/var/lib/tillbridge/journal.db'),
  keep_days: whole('days', 100, 36_500).default(400),
})

const reconcile = section({
  daily_at: text('a time such as "10:30", from 10:00 to 23:59', /^(1\d|2[0-3]):[0-5]\d$/).optional(),
})

export const configSchema = section({
  box: name,
  merchant,
  gateway: gateway.prefault({}),
  timing: timing.prefault({}),
  register: register.prefault({}),
  journal: journal.prefault({}),
  reconcile: reconcile.prefault({}),
  patterns: patterns.prefault({}),
  voice: z.preprocess(value => (value === 'none' ? { driver: 'none' } : value), voice).prefault('none'),
  lanes: list(lane, 1, 32).superRefine(checkLanes, always()),
})
  .superRefine(checkRefunds, always())
  .superRefine(checkBox, always())

/** The file as it was read, defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>
export type LaneSection = z.output<typeof lane>
export type GpioLine = z.output<typeof gpioLine>

/** What the contract names and this version cannot do yet: never accepted and then ignored. Paths have `*` for an index. */
export const NOT_YET: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['merchant.api', value => value === 'v3'],
])

/** A section's relations are looked at even where one of its keys is wrong, so that every mistake is told at once. */
function always(): { when: () => boolean } {
  return { when: () => true }
}

function section<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const keys = `the keys ${Object.keys(shape).join(', ')}`
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? `only ${keys}` : `a section with ${keys}`),
  })
}

function kinds<
  const Options extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
  Key extends string,
>(key: Key, options: Options) {
  const words = options.flatMap(option => [...(option._zod.propValues?.[key] ?? [])]).join(', ')
  return z.discriminatedUnion(key, options, {
    error: issue => (issue.code === 'invalid_union' ? `one of ${words}` : `a section with ${key}: one of ${words}`),
  })
}

function list<Item extends z.ZodType>(item: Item, min: number, max: number): z.ZodArray<Item> {
  const error = `a list of ${min} to ${max}`
  return z.array(item, { error }).min(min, { error }).max(max, { error })
}

function text(expected: string, pattern: RegExp): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected })
}

/** What is malformed is told once. It does not abort: that would end the checks of the section around it too. */
function url(expected: string, pattern: RegExp): z.ZodString {
  return text(expected, pattern).refine(value => !pattern.test(value) || URL.canParse(value), { error: expected })
}

function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: words.length === 1 ? words[0] : `one of ${words.join(', ')}` })
}

/** Fractions are fine; a thousandth is the least, because everything behind this counts in whole milliseconds. */
function seconds(max: number): z.ZodNumber {
  const error = `a number of seconds from 0.001 to ${max}`
  return z.number({ error }).min(0.001, { error }).max(max, { error })
}

function whole(what: string, min: number, max: number): z.ZodInt {
  const error = `${what}: a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}
