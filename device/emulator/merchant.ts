import type { Order, Refund } from './order.ts'

/** A merchant, or a service provider when it has sub-merchants. Both signatures are accepted from it. */
export type MerchantConfig = {
  readonly mchId: string
  readonly appId: string
  readonly apiKey: string
  readonly subMchIds?: readonly string[]
}

/** A merchant with its books. Order numbers are unique per merchant with its sub-merchants. */
export type Merchant = MerchantConfig & {
  readonly orders: Map<string, Order>
  readonly refunds: Map<string, Refund>
  /** Numbers reversed before any submit arrived, with the time. */
  readonly spent: Map<string, number>
}

/** A merchant with empty books. */
export function newMerchant(config: MerchantConfig): Merchant {
  return { ...config, orders: new Map(), refunds: new Map(), spent: new Map() }
}
