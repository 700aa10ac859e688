import { spawnSync } from 'node:child_process'
import { PackageError } from './package-error.ts'

/** No step of a build takes longer; a download over a poor line may take a while. */
const TOOL_MS_MAX = 600_000
const OUTPUT_BYTES_MAX = 16_777_216
const COMPLAINT_CHARS_MAX = 2_000

/** Runs a program to its end and returns what it printed. Throws {@link PackageError} with what it complained about. */
export function runTool(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    timeout: TOOL_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  if (error !== undefined) throw new PackageError(`${program}: ${error.message}`)
  if (status !== 0) throw new PackageError(`${program} ended with ${status}: ${stderr.trim().slice(-COMPLAINT_CHARS_MAX)}`)
  return stdout
}

/** Whether a program can be started at all. */
export function hasTool(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore', timeout: TOOL_MS_MAX }).status === 0
}
