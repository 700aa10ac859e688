/** The daemon, over its real parts, until it dies: `node mortal-box.ts DEATH run --config FILE`. */
import { startBox } from '../../device/compose.ts'
import { loadConfig } from '../../device/config/index.ts'
import { createLog } from '../../device/log/index.ts'
import { openParts } from '../../device/parts.ts'
import type { Death } from './effect.ts'
import { Killer } from './killer.ts'
import { makeMortal } from './mortal-parts.ts'

/** As `device/run.ts` has it. */
const EXIT_SOFTWARE = 70

const [death = '', , , file = ''] = process.argv.slice(2)
const config = loadConfig(file, {})
const log = createLog({ stream: process.stdout, terminal: false, level: 'info', secrets: config.secrets.texts() })
const fatal = (error: unknown) => {
  log.error('the box cannot go on; it resolves what is open when it starts again', { error })
  process.exit(EXIT_SOFTWARE)
}
process.once('uncaughtException', fatal)
process.once('unhandledRejection', fatal)
const parts = await openParts(config, log, fatal)
await startBox(config, makeMortal(parts, new Killer(JSON.parse(death) as Death)), log, '0.0.0', fatal)
