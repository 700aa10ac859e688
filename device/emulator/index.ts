// A WeChat Pay APIv2 server, written from WeChat's documents: nothing of core/ may live here or be imported, and no clock or
// randomness but those it is given.
export type { Behaviour, CustomerConfig } from './customer.ts'
export { Engine, type Outcome } from './engine.ts'
export type { FaultEntry } from './fault.ts'
export type { MerchantConfig } from './merchant.ts'
export { seededRandom } from './random.ts'
export { type EmulatorServer, startServer } from './server.ts'
export { DEFAULT_SETTINGS, type Settings, STRANGE_WORLD } from './settings.ts'
export { Wire, type WireReply, type WireRequest } from './wire.ts'
