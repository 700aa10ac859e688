import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { Clone } from '../clone.ts'
import { type FreshRoot, freshRoot, type Ran } from '../fresh-root.ts'
import { Shop } from '../shop.ts'

const CREDENTIALS = '/etc/tillbridge/credentials'
const CHANGES = 'usr/share/doc/tillbridge/CHANGELOG.md'
/** An upgrade waits so long for a payment under way: longer than a clone takes to become a package. */
const PATIENT = 'timing: { poll_for_s: 300 } # mine\n'
const UNPACKED_WITHIN_MS = 600_000

const root = await freshRoot()
if (root !== null) fromClone(root)

/**
 * `scripts/install.sh` in a fresh Debian of its own: as an ordinary user, from a clone in which nothing was built yet. It makes the package
 * and gives it to apt, so what the package promises is tried with the package; here, that it is kept on this way too, on which every
 * package has the same version.
 */
function fromClone(root: FreshRoot): void {
  const shop = new Shop(root)
  let clone: Clone
  const paid = () => shop.states().filter(state => state === 'paid').length
  const program = () => root.must('readlink', `/proc/${shop.show('MainPID')}/exe`)
  /** Names, rights, times and contents of what is secret. */
  const secrets = () =>
    root.sh(`cd ${CREDENTIALS}; stat --format '%n %a %U %Y' . *; sha256sum *; tail -n 1 /etc/tillbridge/box.yaml`)

  test('scripts/install.sh, run by a user from a fresh clone, installs it, and starts nothing that nobody has filled in', async () => {
    clone = new Clone(root)
    welcome(await clone.install())
    assert.equal(shop.show('ActiveState'), 'inactive')
    assert.equal(shop.show('UnitFileState'), 'enabled')
    assert.equal(root.must('ls', '-A', CREDENTIALS), '')
    assert.equal(clone.strangers(), '', 'whose clone it is, it stays')
  })

  test('filled in and started it becomes ready, and takes a payment', async () => {
    await shop.open()
    shop.fillIn(PATIENT)
    root.must('systemctl', 'restart', 'tillbridge')
    await shop.ready()
    shop.scan('li', 0)
    await shop.untilSome('paid')
  })

  test('run again from a newer clone it waits for the payment under way, and touches neither configuration, credentials nor journal', async () => {
    const before = secrets()
    const pid = shop.show('MainPID')
    clone.pull('CHANGELOG.md', `${clone.read('CHANGELOG.md')}\na newer clone\n`)
    clone.pull('package-lock.json', `${clone.read('package-lock.json')}\n`)
    clone.lose('node_modules/esbuild')
    shop.hush()
    shop.scan('wang', 0)
    await shop.untilSome('confirming')
    const running = clone.begin()
    await until('the new version is unpacked', () => isConfiguring(running) || running.good !== null, UNPACKED_WITHIN_MS)
    shop.speak()
    const { good, said } = await clone.ended(running)
    assert.ok(good, said)
    assert.notEqual(shop.show('MainPID'), pid)
    const log = shop.log()
    assert.ok(log.lastIndexOf('charge paid') < log.lastIndexOf('"msg":"stopping"'), 'paid first, then stopped')
    assert.equal(paid(), 2)
    assert.equal(secrets(), before)
    assert.match(root.must('tail', '-n', '1', `/${CHANGES}`), /a newer clone/)
  })

  test('a clone that does not become ready gives way to the one before, and the script says so', async () => {
    const before = secrets()
    const whole = clone.read('device/main.ts')
    clone.pull('device/main.ts', 'process.exit(1)\n')
    const { good, said } = await clone.install()
    assert.equal(good, false)
    assert.match(said, /the box runs the one before again/)
    await shop.ready()
    assert.match(program(), /tillbridge\.before/)
    assert.equal(paid(), 2)
    assert.equal(secrets(), before)
    clone.pull('device/main.ts', whole)
  })

  test('once it is mended it is taken as if nothing had been', async () => {
    welcome(await clone.install())
    await shop.ready()
    assert.match(program(), /^\/usr\/lib\/tillbridge\/node$/m)
    assert.equal(paid(), 2)
  })
}

function isConfiguring({ said }: { readonly said: string }): boolean {
  return /^Setting up tillbridge /m.test(said)
}

function welcome({ good, said }: Ran): void {
  assert.ok(good, said)
}
