import { parentPort, workerData } from 'node:worker_threads'
import { type Campaign, fuzz } from './campaign.ts'

/** A campaign in a thread of its own, so that one that hangs can be told from one that works. */
const { inputs, seed } = workerData as Campaign
await fuzz({
  inputs,
  seed,
  onProgress: (name, fed) => {
    if (fed % 25_000 === 0) globalThis.gc?.()
    parentPort?.postMessage({ name, fed, heapBytes: process.memoryUsage().heapUsed })
  },
})
