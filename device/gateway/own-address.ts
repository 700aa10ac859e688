import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

const LOOPBACK = '127.0.0.1'

/** This machine's first IPv4 address that others can see: what WeChat Pay wants to know as `spbill_create_ip`. */
export function ownAddress(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string {
  const addresses = Object.values(interfaces).flatMap(found => found ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? LOOPBACK
}
