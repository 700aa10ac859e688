import { connect } from 'node:net'
import { gatewayTrouble } from '../../../core/box/gateway-trouble.ts'
import type { Clock, NotSentWhy } from '../../../core/ports.ts'
import { type Finding, good, systemWords, trouble } from './finding.ts'
import { within } from './time-limit.ts'

const OPEN_WITHIN_MS = 1_000

/** What there is between the box and a host before a call can be sent. */
type Stage = 'dns' | 'tcp' | 'proxy' | 'tls'

/** What was seen on the way to a host. */
export interface Way {
  /** The host, and its port where it is named. */
  readonly host: string
  /** The proxy's address; its name is looked up then, and the host's by the proxy. */
  readonly proxy?: string | undefined
  /** The name that was looked up. */
  readonly name?: string | undefined
  /** Once the resolver has answered. */
  readonly addresses?: readonly string[] | undefined
  /** Why the last connection did not come about. */
  readonly error?: Error | undefined
  /** Whether TCP alone gets there. */
  readonly isOpen?: boolean | undefined
}

/** A finding for each stage, up to the one that failed. `why` is null where the way was free. */
export function judgeWay(way: Way, why: NotSentWhy | null): readonly Finding[] {
  const stages = stagesOf(way)
  if (why === null) return stages.map(stage => passed(stage, way))
  const stage = stageOf(why, way)
  return [...stages.slice(0, stages.indexOf(stage)).map(before => passed(before, way)), failed(stage, why, way)]
}

function stagesOf({ proxy, name }: Way): readonly Stage[] {
  if (proxy !== undefined) return ['proxy', 'tls']
  return name === undefined ? ['tcp', 'tls'] : ['dns', 'tcp', 'tls'] // an address has no name to look up
}

function stageOf(why: NotSentWhy, way: Way): Stage {
  if (why === 'tls' || why === 'clock' || why === 'certificate') return 'tls'
  if (way.proxy !== undefined) return 'proxy'
  if (why === 'name' || isResolverSilent(way)) return 'dns'
  return way.isOpen === true ? 'tls' : 'tcp'
}

/** Whether TCP alone gets to a host that did not answer in time. */
export function isOpen({ hostname, port }: URL, clock: Clock): Promise<boolean> {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) })
  const opened = new Promise<boolean>(resolve => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
  return within(clock, OPEN_WITHIN_MS, opened, () => false).finally(() => socket.destroy())
}

function isResolverSilent({ name, addresses }: Way): boolean {
  return name !== undefined && addresses === undefined
}

function passed(part: Stage, { host: of, proxy, addresses = [] }: Way): Finding {
  switch (part) {
    case 'dns':
      return good({ part, of }, `the name leads to ${addresses.join(', ')}`)
    case 'tcp':
      return good({ part, of }, 'a connection stands')
    case 'proxy':
      return good({ part, of }, `a way through ${proxy} stands`)
    case 'tls':
      return good({ part, of }, 'encrypted, and the certificate is trusted')
    default:
      return part satisfies never
  }
}

function failed(part: Stage, why: NotSentWhy, way: Way): Finding {
  const { host: of, proxy, error } = way
  const words = error === undefined ? 'no answer in time' : systemWords(error)
  switch (part) {
    case 'dns':
      return trouble({ part, of }, gatewayTrouble('name'), `the name leads nowhere: ${words}`)
    case 'tcp':
      return trouble({ part, of }, gatewayTrouble(why), `no connection: ${words}`)
    case 'proxy':
      return trouble({ part, of }, gatewayTrouble('proxy'), `no way through ${proxy}: ${words}`)
    case 'tls':
      return trouble({ part, of }, gatewayTrouble(why), `no encrypted connection: ${words}`)
    default:
      return part satisfies never
  }
}
