import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { JournalError } from '../../../device/journal/error.ts'
import { openJournal } from '../../../device/journal/journal.ts'
import { chargeOf, eventOf, TELLER } from '../sample.ts'

/**
 * Commits ten events at a time until the disk takes no more, and says so; after a line on its input it tries again, and says what is kept.
 * Each line is `<error code or ok> <highest number acknowledged> <highest number kept>`.
 */
const [path = ''] = process.argv.slice(2)
const input = createInterface({ input: process.stdin })

process.on('SIGXFSZ', () => undefined) // the file reached its limit: the write itself fails too, and that is what is looked at

const journal = await openJournal({ path, onLost: console.error, teller: TELLER })
let acknowledged = 0

async function fill(): Promise<string> {
  for (;;) {
    try {
      const seqs = Array.from({ length: 10 }, (_, index) => acknowledged + index + 1)
      await journal.commit(seqs.map(seq => ({ put: 'event', lane: 'main', event: eventOf(seq, chargeOf()) })))
      acknowledged += seqs.length
    } catch (error) {
      return error instanceof JournalError ? error.code : String(error)
    }
  }
}

async function say(result: string): Promise<void> {
  const { lanes } = await journal.load()
  console.log(`${result} ${acknowledged} ${lanes.get('main')?.seq ?? 0}`)
}

console.log('ready')
await once(input, 'line')
await say(await fill())
await once(input, 'line')
await journal.commit([{ put: 'event', lane: 'main', event: eventOf(acknowledged + 1, chargeOf()) }])
acknowledged += 1
await say('ok')
input.close()
await journal.close()
