import { type AddressInfo, isIPv6, type Server } from 'node:net'
import { EmulatorError } from './emulator-error.ts'

/** Where a server listens: any free port where `port` is 0. */
export type Place = { readonly host: string; readonly port: number }

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program has it'],
  ['EACCES', 'this user may not have it'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'this machine has no such address'],
])

/** Listens. Resolves with the port. Rejects with an `EmulatorError` `cannot_listen` where that cannot be. */
export function listen(server: Server, { host, port }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = ({ code = '' }: NodeJS.ErrnoException) => {
      const why = REASONS.get(code) ?? code
      reject(new EmulatorError('cannot_listen', `port ${port} of ${host} cannot be opened: ${why}`))
    }
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** `127.0.0.1:8443`, as it stands in an address; for every address of the machine, that of the loopback. */
export function authority({ host, port }: Place): string {
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
