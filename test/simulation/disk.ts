import type { MemoryStore } from './memory-store.ts'
import type { RealDisk } from './real-disk.ts'

/** The journal's store as the world needs it: in memory, or the real one. */
export type Disk = MemoryStore | RealDisk
