import type { z } from 'zod'
import {
  type CustomerRequest,
  codeRequest,
  customerRequest,
  faultRequest,
  listFault,
  toCustomer,
  toFault,
} from './control-request.ts'
import type { Engine } from './engine.ts'
import { listEntry, listOrder, time } from './listing.ts'
import type { Wire } from './wire.ts'

/** The longest body read. */
export const CONTROL_BYTES_MAX = 65_536
/** So many customers may be made. */
const CUSTOMERS_MAX = 10_000
/** A list holds so many, the newest. */
const LISTED_MAX = 1_000
/** Whose codes are made where nobody is named. */
const SOMEBODY: CustomerRequest = customerRequest.parse({ name: 'somebody' })

/** A request to the control address; `path` with what follows a question mark. */
export type ControlRequest = { readonly method: string; readonly path: string; readonly body: string }
export type ControlReply = { readonly status: number; readonly body: object }

/** What a request may be refused with, by its status. */
export const CONTROL_ERRORS = {
  not_json: 400,
  invalid: 400,
  not_found: 404,
  method: 405,
  exists: 409,
  too_many: 409,
  too_long: 413,
} as const

/** A request of the control address was refused. */
class ControlError extends Error {
  readonly code: keyof typeof CONTROL_ERRORS
  readonly field: string | undefined

  constructor(code: ControlError['code'], message: string, field?: string) {
    super(message)
    this.code = code
    this.field = field
  }
}

type Handler = (
  control: Control,
  asked: { readonly body: unknown; readonly query: URLSearchParams; readonly id: string },
) => object

/** Every control call: `:id` stands for one part of a path. Those that make something are answered 201. */
export const CONTROL_CALLS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET /', control => control.about()],
  ['POST /customers', (control, { body }) => control.addCustomer(read(customerRequest, body))],
  ['GET /customers', control => control.customers()],
  ['POST /codes', (control, { body }) => control.issueCode(read(codeRequest, body).customer)],
  ['POST /faults', (control, { body }) => control.planFault(read(faultRequest, body))],
  ['GET /faults', control => control.faults()],
  ['DELETE /faults', control => control.forgetFaults()],
  ['GET /orders', control => control.orders()],
  ['GET /orders/:id', (control, { id }) => control.order(id)],
  ['GET /ledger', (control, { query }) => control.ledger(query.get('out_trade_no'))],
])

export type ControlParts = {
  readonly engine: Engine
  readonly wire: Wire
  /** What is said of this emulator to whoever asks. */
  readonly about: object
  /** How long a payment code may be used, in ms. */
  readonly codeLifeMs: number
}

/** What can be done to the emulated world from outside, as JSON: customers, codes and faults are made, orders and money read. */
export class Control {
  readonly #parts: ControlParts
  readonly #customers = new Map<string, CustomerRequest>()

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  /** Handles a request; a bad one is answered with an error that names the field. */
  handle({ method, path, body }: ControlRequest): ControlReply {
    try {
      const [pathname = '', search = ''] = path.split('?', 2)
      const query = new URLSearchParams(search)
      const { handler, id } = route(method, pathname)
      this.#parts.engine.advance()
      const given = handler(this, { body: method === 'POST' ? readJson(body) : {}, query, id })
      return { status: method === 'POST' ? 201 : 200, body: given }
    } catch (error) {
      if (!(error instanceof ControlError)) throw error
      return refuse(error)
    }
  }

  about(): object {
    const { about } = this.#parts
    return { ...about, calls: [...CONTROL_CALLS.keys()] }
  }

  addCustomer(request: CustomerRequest): object {
    const { engine } = this.#parts
    if (engine.hasCustomer(request.name)) throw new ControlError('exists', `there is a customer ${request.name}`, 'name')
    if (this.#customers.size >= CUSTOMERS_MAX) throw new ControlError('too_many', `there are ${CUSTOMERS_MAX} customers`)
    engine.addCustomer(toCustomer(request))
    this.#customers.set(request.name, request)
    return this.#customer(request)
  }

  customers(): object {
    return { customers: newest([...this.#customers.values()]).map(request => this.#customer(request)) }
  }

  /** What the customer holds before the gun, good for its life from now. */
  issueCode(name: string = SOMEBODY.name): object {
    const { engine, codeLifeMs } = this.#parts
    if (name === SOMEBODY.name && !engine.hasCustomer(name)) this.addCustomer(SOMEBODY)
    if (!engine.hasCustomer(name)) throw new ControlError('not_found', `there is no customer ${name}`, 'customer')
    return { code: engine.issueCode(name), customer: name, expires_at: time(engine.now() + codeLifeMs) }
  }

  planFault(request: z.output<typeof faultRequest>): object {
    const { faults } = this.#parts.wire
    if (faults.isFull) throw new ControlError('too_many', `${faults.pending} faults are planned`)
    const entry = toFault(request)
    faults.add(entry)
    const planned = faults.list().at(-1)
    return planned === undefined ? {} : listFault(planned)
  }

  faults(): object {
    return { faults: newest(this.#parts.wire.faults.list()).map(listFault) }
  }

  forgetFaults(): object {
    this.#parts.wire.faults.clear()
    return this.faults()
  }

  orders(): object {
    return { orders: newest(this.#parts.engine.orders()).map(listOrder) }
  }

  order(outTradeNo: string): object {
    const order = this.#parts.engine.orders().find(candidate => candidate.outTradeNo === outTradeNo)
    if (order === undefined) throw new ControlError('not_found', `there is no order ${outTradeNo}`)
    return listOrder(order)
  }

  /** The movements of one order, or of all, oldest first; the sums are over all that ever moved. */
  ledger(outTradeNo: string | null): object {
    const { ledger } = this.#parts.engine
    const entries = outTradeNo === null ? ledger.all().sort((one, other) => one.at - other.at) : ledger.ofOrder(outTradeNo)
    const { debitedFen, creditedFen } = ledger.total()
    return { entries: newest(entries).map(listEntry), debited: debitedFen, credited: creditedFen }
  }

  #customer(request: CustomerRequest): object {
    return { ...request, balance: this.#parts.engine.balanceFen(request.name) }
  }
}

function route(method: string, pathname: string): { readonly handler: Handler; readonly id: string } {
  const [, first = '', id, ...more] = pathname.split('/')
  const path = id === undefined || id === '' ? `/${first}` : `/${first}/:id`
  const handler = more.length === 0 ? CONTROL_CALLS.get(`${method} ${path}`) : undefined
  if (handler !== undefined) return { handler, id: decoded(id ?? '') }
  const methods = [...CONTROL_CALLS.keys()].filter(call => call.endsWith(` ${path}`)).map(call => call.replace(/ .*/, ''))
  if (methods.length === 0 || more.length > 0)
    throw new ControlError('not_found', `there is nothing at ${pathname}; GET / tells what there is`)
  throw new ControlError('method', `${path} takes ${methods.join(', ')}`)
}

/** Order numbers may hold what has to be written otherwise in an address, such as `|`. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** An empty body is an empty object: nothing has to be told where all has a default. */
function readJson(body: string): unknown {
  try {
    return JSON.parse(body.trim() === '' ? '{}' : body)
  } catch {
    throw new ControlError('not_json', 'the body is no JSON')
  }
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const field = [...(issue?.path ?? []), ...unknown].join('.')
  const expected = unknown.length > 0 ? 'there is no such field' : issue?.message
  throw new ControlError('invalid', `${field === '' ? 'the body' : field}: ${expected}`, field === '' ? undefined : field)
}

function refuse({ code, message, field }: ControlError): ControlReply {
  const error = { code, message, ...(field === undefined ? {} : { field }) }
  return { status: CONTROL_ERRORS[code], body: { error } }
}

function newest<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(-LISTED_MAX)
}

/** The answer to a body that is longer than what is read. */
export function refuseLong(): ControlReply {
  return refuse(new ControlError('too_long', `the body is longer than ${CONTROL_BYTES_MAX} bytes`))
}
