import type { NotReady } from '../contract/not-ready.ts'
import type { NotSentWhy } from '../ports.ts'

/** What a technician has to look at, where no host could be reached: words of `not_ready`. */
const TROUBLE: Readonly<Record<NotSentWhy, readonly NotReady[]>> = {
  name: ['gateway_unreachable', 'gateway_dns'],
  refused: ['gateway_unreachable'],
  timeout: ['gateway_unreachable'],
  proxy: ['gateway_unreachable', 'gateway_proxy'],
  tls: ['gateway_tls'],
  clock: ['clock'],
  certificate: ['certificate'],
}

export function gatewayTrouble(why: NotSentWhy): readonly NotReady[] {
  return TROUBLE[why]
}
