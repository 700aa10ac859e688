import { probeOrder, queryTrouble, reverseTrouble } from '../../../core/box/probe.ts'
import type { NotReady } from '../../../core/contract/not-ready.ts'
import { deriveOrderKey, type Order } from '../../../core/order.ts'
import type { Clock, Gateway, Reply } from '../../../core/ports.ts'
import type { QueryAnswer } from '../../../core/wechat/answer.ts'
import type { BoxConfig } from '../../config/index.ts'
import type { ClientCertificate } from '../../gateway/transport.ts'
import { createGateway, resolveName } from '../../gateway/wechat-gateway.ts'
import { gatewaySettings } from '../../parts.ts'
import { type Finding, good, meaningOf, trouble } from './finding.ts'
import { isOpen, judgeWay } from './way.ts'

export interface HostReport {
  readonly findings: readonly Finding[]
  /** How far WeChat Pay's clock is ahead of this one, in ms, as verified answers say. */
  readonly offsMs: readonly number[]
}

export interface HostParts {
  readonly config: BoxConfig
  /** Known to be usable. */
  readonly certificate: ClientCertificate | undefined
  readonly clock: Clock
}

/**
 * One host alone, without money: how far a query of a number that cannot exist gets, and whether a reverse of it passes the door
 * that asks for the certificate. Makes two calls at most, each within `answer_within_s`.
 */
export async function checkHost(origin: string, { config, certificate, clock }: HostParts): Promise<HostReport> {
  const { host } = new URL(origin)
  let [name, addresses, error]: [string?, (readonly string[])?, Error?] = []
  const gateway = createGateway(
    { ...gatewaySettings(config, certificate), hosts: [origin] },
    {
      clock,
      resolve: async asked => {
        name = asked
        const found = await resolveName(asked)
        addresses = found.map(({ address }) => address)
        return found
      },
      onConnectionError: (_origin, why) => {
        error = why
      },
    },
  )
  try {
    const order = probeOrder({ orderKey: deriveOrderKey(config.secrets.apiKey), box: config.box })
    const reply = await gateway.query(order, 'lane')
    const way = { host, proxy: config.gateway.proxy?.url, name, addresses, error }
    if (reply.kind === 'not_sent') {
      const open = reply.why === 'timeout' && way.proxy === undefined && (await isOpen(new URL(origin), clock))
      return { findings: judgeWay({ ...way, isOpen: open }, reply.why), offsMs: [] }
    }
    const offsMs = offsOf(reply, clock)
    const reasons = queryTrouble(reply)
    const isWeChatPay = !reasons.includes('gateway_unreachable')
    const door = isWeChatPay && certificate !== undefined ? [await checkDoor(host, gateway, order)] : []
    return { findings: [...judgeWay(way, null), judgeAnswer(host, reply, reasons), ...door], offsMs }
  } finally {
    await gateway.close()
  }
}

function judgeAnswer(of: string, reply: Reply<QueryAnswer>, reasons: readonly NotReady[]): Finding {
  const subject = { part: 'signature', of } as const
  if (reasons.length === 0) return good(subject, 'a query of a number that cannot exist was answered, and signed with our key')
  return trouble(subject, reasons, `${meaningOf(reasons)} (${detailOf(reply)})`)
}

function detailOf(reply: Reply<QueryAnswer>): string {
  if (reply.kind !== 'answered') return reply.why
  return reply.answer.verdict === 'refused' ? reply.answer.errCode : reply.answer.verdict
}

/** What the answer says of the number does not matter here, only that it came. */
async function checkDoor(of: string, gateway: Gateway, order: Order): Promise<Finding> {
  const subject = { part: 'certificate', of } as const
  const reply = await gateway.reverse(order)
  const reasons = reverseTrouble(reply)
  if (reasons.length === 0) return good(subject, 'WeChat Pay takes the client certificate')
  const why = reply.kind === 'answered' ? '' : ` (${reply.why})`
  return trouble(subject, reasons, `a reverse of the same number does not get through${why}`)
}

function offsOf(reply: Reply<QueryAnswer>, clock: Clock): readonly number[] {
  return reply.kind === 'answered' && reply.date !== undefined ? [reply.date - clock.now().wall] : []
}
