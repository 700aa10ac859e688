import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { PackageError } from './package-error.ts'

/** The daemon's program, and the one of its journal's thread. */
const PROGRAMS = { tillbridge: 'device/main.ts', worker: 'device/journal/worker.ts' }

/** Where the journal names its thread's program. */
const JOURNAL = /[\\/]device[\\/]journal[\\/]journal\.ts$/
const WORKER_SOURCE = `new URL('./worker.ts', import.meta.url)`
const WORKER_BUNDLED = `new URL('./worker.js', import.meta.url)`

/** Packages of the older kind call `require`, which a module has to make for itself. */
const REQUIRE = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);`

/** Puts everything into two files in `folder`; the packages in `external` stay beside them. */
export async function bundle(root: string, folder: string, external: readonly string[]): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: [...external],
    banner: { js: REQUIRE },
    plugins: [workerBeside],
    logLevel: 'error',
  })
}

const workerBeside: Plugin = {
  name: 'worker beside',
  setup(pluginBuild) {
    pluginBuild.onLoad({ filter: JOURNAL }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      if (!source.includes(WORKER_SOURCE)) throw new PackageError(`${join(path)} does not name its worker as ${WORKER_SOURCE}`)
      return { contents: source.replace(WORKER_SOURCE, WORKER_BUNDLED), loader: 'ts' }
    })
  },
}
