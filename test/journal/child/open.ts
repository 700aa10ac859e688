import { JournalError } from '../../../device/journal/error.ts'
import { openJournal } from '../../../device/journal/journal.ts'
import { TELLER } from '../sample.ts'

/** Opens the journal that is named, says what came of it, and closes it. */
const [path = ''] = process.argv.slice(2)

try {
  const journal = await openJournal({ path, onLost: console.error, teller: TELLER })
  await journal.close()
  console.log('opened')
} catch (error) {
  console.log(error instanceof JournalError ? error.code : error)
}
