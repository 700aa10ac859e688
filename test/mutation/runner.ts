import { globSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { resolve } from 'node:path'
import type { InstrumenterContext, MutantCoverage, StrykerOptions } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import { type CollectedTest, collect, run, tests } from './collected.ts'

/**
 * A test runner for Stryker: it loads the tests of the mutated rooms once, and then runs them in the same process, mutant after mutant. Stryker's
 * own runner for Node's tests starts a process for every file and mutant, which takes hours where this takes minutes.
 */
class InProcessRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options)
  readonly #files: readonly string[]

  constructor(options: StrykerOptions) {
    this.#files = globSync(options['inProcess'] as string[]) // of our own configuration
  }

  /** Modules are loaded once: what a mutant does while they are is seen by a new process only. */
  capabilities() {
    return { reloadEnvironment: false }
  }

  async dryRun({ timeout: _, ...options }: DryRunOptions): Promise<DryRunResult> {
    this.#load()
    const result = await this.#run(options)
    if (result.status === DryRunStatus.Complete && result.mutantCoverage !== undefined) preferTests(result.mutantCoverage)
    return result
  }

  async mutantRun({
    activeMutant,
    hitLimit,
    mutantActivation,
    testFilter,
    disableBail,
  }: MutantRunOptions): Promise<MutantRunResult> {
    const context = mutation()
    if (mutantActivation === 'static') context.activeMutant = activeMutant.id
    this.#load()
    context.activeMutant = activeMutant.id
    context.hitCount = 0
    if (hitLimit === undefined) delete context.hitLimit
    else context.hitLimit = hitLimit
    const result = await this.#run({ disableBail, testFilter })
    return toMutantRunResult(determineHitLimitReached(context.hitCount, hitLimit) ?? result)
  }

  #load(): void {
    if (tests().length > 0) return
    registerHooks({
      resolve: (name, context, next) =>
        name === 'node:test' ? { url: new URL('./collected.ts', import.meta.url).href, shortCircuit: true } : next(name, context),
    })
    const load = createRequire(import.meta.url)
    for (const file of this.#files) collect(file, () => load(resolve(file)))
  }

  async #run({ disableBail, testFilter }: { disableBail: boolean; testFilter?: string[] | undefined }): Promise<DryRunResult> {
    const context = mutation()
    const results: TestResult[] = []
    for (const test of tests()) {
      if (testFilter !== undefined && !testFilter.includes(test.id)) continue
      context.currentTestId = test.id
      const result = await outcomeOf(test)
      results.push(result)
      if (result.status === TestStatus.Failed && !disableBail) break
    }
    delete context.currentTestId
    return {
      status: DryRunStatus.Complete,
      tests: results,
      ...(context.mutantCoverage && { mutantCoverage: context.mutantCoverage }),
    }
  }
}

async function outcomeOf(test: CollectedTest): Promise<TestResult> {
  const began = performance.now()
  const about = () => ({ id: test.id, name: test.id, timeSpentMs: performance.now() - began })
  try {
    await run(test)
    return { ...about(), status: TestStatus.Success }
  } catch (error) {
    return { ...about(), status: TestStatus.Failed, failureMessage: String(error) }
  }
}

/** What tests cover is judged by tests, although it ran while they were loaded too: a new process for each such mutant takes too long. */
function preferTests({ static: loaded, perTest }: MutantCoverage): void {
  for (const covered of Object.values(perTest)) for (const id of Object.keys(covered)) delete loaded[id]
}

/** Where the instrumented code looks which mutant is there. */
function mutation(): InstrumenterContext {
  const place = globalThis as { __stryker__?: InstrumenterContext }
  place.__stryker__ ??= {}
  return place.__stryker__
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)]
