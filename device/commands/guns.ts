import { listHid, listSerial } from '../scanner/plugged.ts'
import { describe } from './guns/lines.ts'
import { EXIT, readArguments } from './usage.ts'

export interface GunsTools {
  readonly stdout: NodeJS.WritableStream
}

/** Lists what is plugged in that could be a gun. Throws `UsageError`. */
export async function guns(args: readonly string[], { stdout }: GunsTools): Promise<number> {
  readArguments(args, {})
  stdout.write(describe({ serial: listSerial(), hid: listHid() }))
  return EXIT.ok
}
