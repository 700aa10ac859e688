import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const SCRIPT = join(import.meta.dirname, '../../scripts/build-epoll.ts')
const { major, minor, patch } = /^(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)/.exec(process.versions.node)?.groups ?? {}

/** What stands for node-gyp: a compiler that is missing, and one that builds what loads with the Node that it was told of. */
const NO_COMPILER = `process.stderr.write('make: g++: No such file or directory\\n'); process.exitCode = 1`
const BUILDS = `
  const rightNode = process.argv.some(word => /^--nodedir=.*node-linux-/.test(word))
  if (rightNode) require('node:fs').writeFileSync('built.js', '')
`

/** Runs the script as npm does after an install, in a folder with the packages that this install left there. */
function install(
  t: TestContext,
  { packages, nodeGyp, omit = '' }: { packages: readonly string[]; nodeGyp: string; omit?: string },
) {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-install-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  for (const name of packages) put(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
  if (packages.includes('epoll')) put('node_modules/epoll/index.js', `require('./built.js')`)
  const versions = Object.entries({ MAJOR: major, MINOR: minor, PATCH: patch })
  put('node_modules/node/package.json', '{}')
  put(`node_modules/node/node_modules/node-linux-${process.arch}/package.json`, '{}')
  put(
    `node_modules/node/node_modules/node-linux-${process.arch}/include/node/node_version.h`,
    versions.map(([name, value]) => `#define NODE_${name}_VERSION ${value}\n`).join(''),
  )
  put('node-gyp.js', nodeGyp)
  mkdirSync(join(folder, 'scripts'))
  const script = join(folder, 'scripts/build-epoll.ts')
  copyFileSync(SCRIPT, script)
  const env = { PATH: process.env['PATH'], npm_config_node_gyp: join(folder, 'node-gyp.js'), npm_config_omit: omit }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

test('a missing compiler costs one line, which says what to install, and not the installation', t => {
  const { status, said } = install(t, { packages: ['onoff', 'epoll'], nodeGyp: NO_COMPILER })
  assert.equal(status, 0)
  assert.equal(
    said,
    'the sysfs driver is not available: make: g++: No such file or directory. It needs python3, make and g++; install them and run npm ci again.\n',
  )
})

test('with a compiler the add-on is built, and nothing is said', t => {
  assert.deepEqual(install(t, { packages: ['onoff', 'epoll'], nodeGyp: BUILDS }), { status: 0, said: '' })
})

test('an older npm that built for its own Node, failed, and left the package out in silence is spoken for', t => {
  const { status, said } = install(t, { packages: [], nodeGyp: BUILDS })
  assert.equal(status, 0)
  assert.match(said, /^the sysfs driver is not available: npm left onoff out.*\n$/)
})

test('whoever leaves optional packages out on purpose is told nothing', t => {
  assert.deepEqual(install(t, { packages: [], nodeGyp: BUILDS, omit: 'dev\n\noptional' }), { status: 0, said: '' })
})
