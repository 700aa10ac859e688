import type { Behaviour } from './behaviour.ts'
import { beijingDay } from './beijing-time.ts'
import { happens, type Random } from './random.ts'
import type { Settings } from './settings.ts'

/** A customer to be added. */
export type CustomerConfig = {
  readonly name: string
  readonly balanceFen: number
  readonly behaviour: Behaviour
  /** Whether the password is asked for: by WeChat's rules unless told. */
  readonly password?: 'always' | 'never'
  /** Every payment of this customer is refused so. */
  readonly refusedWith?: 'NOTENOUGH' | 'NOTSUPORTCARD' | 'TRADE_ERROR'
}

/** A customer with what WeChat remembers of the day. */
export type Customer = CustomerConfig & {
  readonly openId: string
  balanceFen: number
  freeDay: number
  freeToday: number
  recent: readonly { readonly fen: number; readonly at: number }[]
}

/** A customer who has not paid yet; the number makes the openid. */
export function newCustomer(config: CustomerConfig, number: number): Customer {
  return { ...config, openId: `oEmulated${String(number).padStart(19, '0')}`, freeDay: 0, freeToday: 0, recent: [] }
}

/** Whether this payment asks for the password. Source: WeChat Pay APIv2, micropay, password rules. */
export function asksForPassword(customer: Customer, fen: number, at: number, settings: Settings, random: Random): boolean {
  if (customer.password === 'never') return false
  const recent = customer.recent.filter(payment => at - payment.at < settings.sameAmountWithinMs)
  const repeated = recent.some(payment => payment.fen === fen)
  customer.recent = [...recent, { fen, at }]
  if (customer.freeDay !== beijingDay(at)) {
    customer.freeDay = beijingDay(at)
    customer.freeToday = 0
  }
  const asks =
    customer.password === 'always' ||
    fen > settings.passwordAboveFen ||
    customer.freeToday >= settings.passwordFreePerDay ||
    repeated ||
    happens(random, settings.suspicionChance)
  if (!asks) customer.freeToday += 1
  return asks
}
