import { toOutTradeNo } from '../../../core/order.ts'
import { openJournal } from '../../../device/journal/journal.ts'
import { chargeOf, rowsOf, STREAM, TELLER } from '../sample.ts'

/** Commits one charge after the other and prints each number once it is durable, until somebody kills it. */
const [path = ''] = process.argv.slice(2)

const journal = await openJournal({ path, onLost: console.error, teller: TELLER })
const { lanes } = await journal.load()
if (lanes.size === 0) await journal.commit([{ put: 'stream', stream: STREAM }])
for (let seq = (lanes.get('main')?.seq ?? 0) + 1; ; seq += 1) {
  await journal.commit(rowsOf(seq, chargeOf({ chargeId: `c${seq}`, outTradeNo: toOutTradeNo(`ORDER${seq}`) })))
  process.stdout.write(`${seq}\n`)
}
