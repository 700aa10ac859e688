/** The architectures that packages are built for, by Debian's names, and what others call them. */
export type Arch = 'arm64' | 'amd64'

export interface Target {
  readonly arch: Arch
  /** npm's and Node's name. */
  readonly cpu: 'arm64' | 'x64'
  /** The prefix of the GNU tools that build for it. */
  readonly tools: string
}

const TARGETS: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['arm64', { arch: 'arm64', cpu: 'arm64', tools: 'aarch64-linux-gnu-' }],
  ['amd64', { arch: 'amd64', cpu: 'x64', tools: 'x86_64-linux-gnu-' }],
])

export function isArch(word: string): word is Arch {
  return TARGETS.has(word)
}

export function targetOf(arch: Arch): Target {
  const target = TARGETS.get(arch)
  if (target === undefined) throw new RangeError(arch)
  return target
}
