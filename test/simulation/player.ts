import { parentPort } from 'node:worker_threads'
import { play, type Stretch } from './played.ts'

/** A thread that plays the stretches it is given. */
parentPort?.on('message', (stretch: Stretch) => {
  play(stretch).then(
    played => parentPort?.postMessage(played),
    (error: unknown) => {
      throw error // ends the thread, and the campaign tells why
    },
  )
})
