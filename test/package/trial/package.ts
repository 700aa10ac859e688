import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { type FreshRoot, freshRoot, type Ran } from '../fresh-root.ts'
import { Shop } from '../shop.ts'
import { buildPackage, type Flaw, laterVersion } from '../variant.ts'

/** Everything that has to be loaded on the box and is not in the one file. */
const ADDONS = ['@serialport/bindings-cpp', 'node-hid', 'koffi']

/** One Debian for all of it, in this order: each test goes on where the one before has left it. */
class Trial {
  readonly root: FreshRoot
  readonly shop: Shop
  readonly #file = buildPackage()

  constructor(root: FreshRoot) {
    this.root = root
    this.shop = new Shop(root)
  }

  install(file = this.#file): Ran {
    return this.root.run('apt-get', 'install', '--yes', '--reinstall', this.root.bring(file))
  }

  later(version: string, flaw: Flaw): string {
    return laterVersion(this.#file, version, flaw, this.root.folder)
  }

  upgrade(version: string, flaw: Flaw): Ran {
    return this.install(this.later(version, flaw))
  }

  get payments(): number {
    return this.shop.states().filter(state => state === 'paid').length
  }
}

const root = await freshRoot()
if (root !== null) {
  const trial = new Trial(root)
  installing(trial)
  paying(trial)
  upgrading(trial)
  failing(trial)
  removing(trial)
}

function installing(trial: Trial): void {
  const { root, shop } = trial

  test('apt installs it without the network, and starts nothing that nobody has filled in', () => {
    const { good, said } = trial.install()
    assert.ok(good, said)
    assert.match(said, /fill in \/etc\/tillbridge\/box\.yaml/)
    assert.equal(shop.show('ActiveState'), 'inactive')
    assert.equal(shop.show('UnitFileState'), 'enabled')
  })

  test('it has a user of its own, folders of its own, and credentials that only root can read', () => {
    assert.match(root.must('id', 'tillbridge'), /\((dialout|gpio|audio)\).*\((dialout|gpio|audio)\).*\((dialout|gpio|audio)\)/)
    const rights = root.must('stat', '--format', '%n %a %U', '/etc/tillbridge/credentials', '/var/lib/tillbridge')
    assert.equal(rights, '/etc/tillbridge/credentials 700 root\n/var/lib/tillbridge 700 tillbridge\n')
    for (const path of ['/usr/lib/udev/rules.d/60-tillbridge.rules', '/etc/tillbridge/box.yaml']) assert.ok(root.has(path), path)
  })

  test('its add-ons load, and there is no compiler', () => {
    for (const name of ADDONS) {
      root.must('/usr/lib/tillbridge/node', '--eval', `require('/usr/lib/tillbridge/node_modules/${name}')`)
    }
    assert.equal(root.run('sh', '-c', 'command -v cc gcc g++ make').good, false)
  })
}

function paying({ root, shop }: Trial): void {
  test('filled in and started it becomes ready, and takes a first payment', async () => {
    await shop.open()
    shop.fillIn()
    root.must('systemctl', 'restart', 'tillbridge')
    await shop.ready()
    shop.scan('li', 0)
    await shop.untilSome('paid')
  })

  test('a hung daemon is killed by the watchdog and comes back, and the payment of before is known', async () => {
    const pid = shop.show('MainPID')
    root.sh(`kill -STOP ${pid}`)
    await until('another daemon', () => !['0', pid].includes(shop.show('MainPID')), 150_000)
    await shop.ready()
    assert.ok(shop.states().includes('paid'))
  })
}

function upgrading(trial: Trial): void {
  const { root, shop } = trial

  test('an upgrade waits for the payment under way, and keeps configuration and journal', async () => {
    root.sh("echo '# mine' >>/etc/tillbridge/box.yaml")
    const pid = shop.show('MainPID')
    const later = trial.later('7.0.1', 'none')
    shop.scan('wang', 20_000)
    await shop.untilSome('awaiting_payer')
    const { good, said } = trial.install(later)
    assert.ok(good, said)
    assert.notEqual(shop.show('MainPID'), pid)
    const log = shop.log()
    assert.ok(log.lastIndexOf('charge paid') < log.lastIndexOf('"msg":"stopping"'), 'paid first, then stopped')
    assert.equal(trial.payments, 2)
    assert.match(root.must('tail', '-n', '1', '/etc/tillbridge/box.yaml'), /mine/)
    assert.equal(root.has('/usr/lib/tillbridge.before'), false)
  })
}

function failing(trial: Trial): void {
  const { root, shop } = trial

  test('a version that does not start gives way to the one before, and apt is told', async () => {
    const { good, said } = trial.upgrade('7.0.2', 'does_not_start')
    assert.equal(good, false)
    assert.match(said, /the box runs the one before again/)
    await shop.ready()
    assert.match(root.must('readlink', `/proc/${shop.show('MainPID')}/exe`), /tillbridge\.before/)
    assert.match(root.must('dpkg', '--status', 'tillbridge'), /half-configured/)
    assert.equal(trial.payments, 2)
  })

  test('a journal that a failed version has changed is put back', async () => {
    assert.equal(trial.upgrade('7.0.3', 'spoils_the_journal').good, false)
    await shop.ready()
    assert.equal(trial.payments, 2)
    assert.ok(root.has('/var/lib/tillbridge.before/journal.db.failed'))
  })

  test('the next good version is taken as if nothing had been', async () => {
    const { good, said } = trial.upgrade('7.0.4', 'none')
    assert.ok(good, said)
    await shop.ready()
    assert.match(root.must('readlink', `/proc/${shop.show('MainPID')}/exe`), /^\/usr\/lib\/tillbridge\/node$/m)
    assert.equal(trial.payments, 2)
  })

  test('an upgrade that a power cut parted is judged when it is finished', async () => {
    root.must('dpkg', '--unpack', root.bring(trial.later('7.0.5', 'does_not_start')))
    root.run('systemctl', 'restart', 'tillbridge')
    assert.equal(root.run('dpkg', '--configure', '--pending').good, false)
    await shop.ready()
    assert.match(root.must('readlink', `/proc/${shop.show('MainPID')}/exe`), /tillbridge\.before/)
  })
}

function removing({ root }: Trial): void {
  test('removal leaves configuration and journal, a purge takes them', () => {
    root.must('apt-get', 'remove', '--yes', 'tillbridge')
    for (const path of ['/var/lib/tillbridge/journal.db', '/etc/tillbridge/box.yaml']) assert.ok(root.has(path), path)
    root.must('apt-get', 'purge', '--yes', 'tillbridge')
    for (const path of ['/var/lib/tillbridge', '/etc/tillbridge', '/usr/lib/tillbridge'])
      assert.equal(root.has(path), false, path)
  })
}
