// A WeChat Pay APIv2 server, written from WeChat's documents: nothing of core/ may live here or be imported, and no clock or
// randomness but those it is given.

export { tellCall } from './account.ts'
export type { Behaviour } from './behaviour.ts'
export type { MerchantConfig } from './books.ts'
export { type Authority, LOOPBACK, makeAuthority } from './certificates.ts'
export { Control } from './control.ts'
export { startControlServer } from './control-server.ts'
export type { CustomerConfig } from './customer.ts'
export { Engine, type Outcome } from './engine.ts'
export type { FaultEntry } from './fault.ts'
export { FILES, KEY_FILE, keepCredentials, writePrivate } from './folder.ts'
export { seededRandom } from './random.ts'
export { type EmulatorServer, type Security, type ServerOptions, startServer } from './server.ts'
export { DEFAULT_SETTINGS, type Settings, STRANGE_WORLD } from './settings.ts'
export { Wire, type WireReply, type WireRequest } from './wire.ts'
