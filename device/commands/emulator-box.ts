import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FILES, KEY_FILE, writePrivate } from '../emulator/index.ts'

/** A kiosk that pays at the emulator: for a first payment without an account, a register, a gun or lights. */

const NAME = 'box.yaml'
const MARK = '# Written anew whenever the emulator starts, as long as this line stands.'

export interface EmulatorPlace {
  readonly folder: string
  readonly origin: string
  readonly merchant: { readonly appId: string; readonly mchId: string; readonly subMchIds?: readonly string[] }
}

/** Writes the configuration of such a box into the emulator's folder, and leaves one alone that somebody made their own. */
export function writeBox(place: EmulatorPlace): string {
  const file = join(place.folder, NAME)
  if (!existsSync(file) || readFileSync(file, 'utf8').startsWith(MARK)) writePrivate(place.folder, NAME, configure(place))
  return file
}

function configure({ origin, merchant: { appId, mchId, subMchIds = [] } }: EmulatorPlace): string {
  const [subMchId] = subMchIds
  return `${MARK}
box: counter-1
merchant:
  app_id: ${JSON.stringify(appId)}
  mch_id: ${JSON.stringify(mchId)}
${subMchId === undefined ? '' : `  sub_mch_id: ${JSON.stringify(subMchId)}\n`}\
  api_key_file: ${KEY_FILE}
  certificate_file: ${FILES.clientCertPem}
  private_key_file: ${FILES.clientKeyPem}
gateway:
  hosts: [${JSON.stringify(origin)}]
  ca_file: ${FILES.caPem}
journal:
  path: journal.db
lanes:
  - name: main
    scanner: { type: terminal }
    indicators: { driver: terminal }
    mode: { fixed_amount: 100, description: Entry }
`
}
