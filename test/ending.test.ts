import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { hangingFile } from './hanging-file.ts'

const ENDING = new URL('../device/ending.ts', import.meta.url).href
const ENDED_WITHIN_MS = 30_000

test('a program that ends at once does what waits for its end, has its exit code, and waits for no thread that hangs', (t, done) => {
  const program = `
    import { open } from 'node:fs'
    import { endNow } from '${ENDING}'
    process.once('exit', code => console.log('the lights are out', code))
    open('${hangingFile(t)}', 'r', () => {})
    endNow(process, 3)`
  execFile(process.execPath, ['--input-type=module', '-e', program], { timeout: ENDED_WITHIN_MS }, (error, stdout) => {
    assert.deepEqual([error?.code, stdout], [3, 'the lights are out 3\n'])
    done()
  })
})
