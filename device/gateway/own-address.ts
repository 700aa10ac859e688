import { networkInterfaces } from 'node:os'

const LOOPBACK = '127.0.0.1'

/**
 * This machine's first IPv4 address now that others can see: what WeChat Pay wants to know as `spbill_create_ip`. Where the system does not tell,
 * for want of a file say, it is the loopback, as without a network: no payment waits for it.
 */
export function ownAddress(interfaces: () => ReturnType<typeof networkInterfaces> = networkInterfaces): string {
  const addresses = Object.values(listed(interfaces)).flatMap(found => found ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? LOOPBACK
}

function listed(interfaces: () => ReturnType<typeof networkInterfaces>): ReturnType<typeof networkInterfaces> {
  try {
    return interfaces()
  } catch {
    return {}
  }
}
