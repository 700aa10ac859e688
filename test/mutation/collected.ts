/** Node's own, although whoever imports `node:test` gets this file: see `runner.ts`. */
const nodeTest = process.getBuiltinModule('node:test')

/** A test of the project, as it was written down with `test` or `it`. */
export interface CollectedTest {
  /** Its file and its name; a second one of the same name is told apart. */
  readonly id: string
  readonly body: (context: TestContext) => unknown
}

/** What a test is given of Node's own context: the mutated rooms' tests use no more. */
interface TestContext {
  readonly mock: typeof nodeTest.mock
  after(undo: () => void): void
}

const collected: CollectedTest[] = []
const path: string[] = []

/** In place of Node's `test`: keeps it, to be run as often as there are mutants. */
export function test(name: string, body: CollectedTest['body']): void {
  const called = [...path, name].join(' > ')
  const before = collected.filter(({ id }) => id.startsWith(called)).length
  collected.push({ id: before === 0 ? called : `${called} (${before + 1})`, body })
}

export const it = test

export function describe(name: string, suite: () => void): void {
  path.push(name)
  suite()
  path.pop()
}

/** The tests of a file, which `load` loads. */
export function collect(file: string, load: () => void): void {
  path.push(file)
  load()
  path.pop()
}

export function tests(): readonly CollectedTest[] {
  return collected
}

/** Runs one test; throws as it does. */
export async function run({ body }: CollectedTest): Promise<void> {
  const undos: (() => void)[] = []
  try {
    await body({ mock: nodeTest.mock, after: undo => undos.push(undo) })
  } finally {
    for (const undo of undos) undo()
    nodeTest.mock.restoreAll()
  }
}
