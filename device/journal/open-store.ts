import { resolve } from 'node:path'
import { JournalError } from './error.ts'
import { type OpenOptions, toOpenError } from './open.ts'
import { setAside } from './set-aside.ts'
import { Store } from './store.ts'

/**
 * The journal, opened and known to be readable. Damage that only what stands in it shows, a row that does not tell what its columns tell
 * or a table that is gone, is set aside as any other: a box that did not start for it would stand still until a person came.
 * Throws as {@link Store}.
 */
export function openStore(options: OpenOptions): Store {
  return openReadable(options) ?? openInstead(options)
}

/** Null where it is damaged. */
function openReadable(options: OpenOptions): Store | null {
  let store: Store | null = null
  try {
    store = new Store(options)
    store.load()
    return store
  } catch (error) {
    store?.close()
    if (error instanceof JournalError && error.code === 'journal_damaged') return null
    throw error
  }
}

function openInstead(options: OpenOptions): Store {
  const file = resolve(options.path)
  try {
    setAside(file, options.at)
  } catch (error) {
    throw toOpenError(error, file)
  }
  return new Store(options, ['journal_set_aside'])
}
