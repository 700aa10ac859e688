import { join } from 'node:path'
import { Store } from '../../device/journal/store.ts'
import type { MemoryStore } from './memory-store.ts'

/** The journal's store as the world needs it: in memory, or the real one. */
export type Disk =
  | Pick<Store, 'load' | 'commit' | 'find' | 'isForgotten' | 'events' | 'outbox' | 'nextLook' | 'delivered' | 'close'>
  | MemoryStore

/** A real store in an empty folder. */
export function realDisk(folder: string, stream: string): Disk {
  return new Store({ path: join(folder, 'journal.db'), stream, at: 0 })
}
