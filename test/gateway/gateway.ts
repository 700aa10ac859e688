import type { TestContext } from 'node:test'
import type { Bills, Gateway } from '../../core/ports.ts'
import { systemClock } from '../../device/clock.ts'
import { createGateway, type GatewayParts, type GatewaySettings } from '../../device/gateway/wechat-gateway.ts'
import { MERCHANT, ORDER } from '../wechat/merchant.ts'
import { sharedAuthority } from './raw-server.ts'

export const CODE = '134567890123456789'
export const SUBMIT = { ...ORDER, body: 'Breakfast' }

/** A gateway that trusts the tests' authority and shows its client certificate, until the test ends. */
export async function openGateway(
  t: TestContext,
  hosts: readonly string[],
  settings: Partial<GatewaySettings & GatewayParts> = {},
): Promise<Gateway & Bills> {
  const { caPem, clientCertPem, clientKeyPem } = await sharedAuthority()
  const gateway = createGateway(
    {
      hosts,
      ca: caPem,
      clientCertificate: { certificate: clientCertPem, privateKey: clientKeyPem },
      answerWithinMs: 10_000,
      merchant: MERCHANT,
      ...settings,
    },
    { clock: systemClock, ...settings },
  )
  t.after(() => gateway.close())
  return gateway
}
