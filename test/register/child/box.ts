import { TestBox } from '../bench.ts'

/** A box in a process of its own, for tests that take it away. Its argument is the broker's address. */
const [url] = process.argv.slice(2)
if (url !== undefined) new TestBox({ broker: { url } })
