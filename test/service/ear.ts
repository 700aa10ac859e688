import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '../until.ts'

/** What a service manager hears on its socket. */
export interface Ear {
  readonly socket: string
  /** One entry a message, its words in order; the barriers that systemd's own program puts between them are left out. */
  readonly heard: readonly (readonly string[])[]
}

/** Every Debian has it, and it has the sockets that Node has not. */
const LISTEN = `
  use IO::Socket::UNIX;
  $| = 1;
  my $ear = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die;
  print "listening\\n";
  while (1) { $ear->recv(my $said, 65536); $said =~ s/\\n/\\t/g; print "$said\\n" }
`

/** Whether systemd's program is there; the test is left out, and the summary says so, where it is not. */
export function needsSystemd(t: TestContext): boolean {
  if (spawnSync('systemd-notify', ['--version']).error === undefined) return true
  t.skip('needs systemd-notify: apt-get install systemd')
  return false
}

/** A socket as systemd has it, until the end of the test. */
export async function openEar(t: TestContext): Promise<Ear> {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-ear-'))
  const socket = join(folder, 'notify')
  const child = spawn('perl', ['-e', LISTEN, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    child.kill('SIGKILL')
    await once(child, 'close')
    rmSync(folder, { recursive: true, force: true })
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const lines = () => said.split('\n').slice(0, -1)
  await until('the socket is open', () => lines().length > 0)
  return {
    socket,
    get heard() {
      return lines()
        .slice(1)
        .filter(line => !line.startsWith('BARRIER='))
        .map(line => line.split('\t'))
    },
  }
}
