import { existsSync, globSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from './arch.ts'
import type { Runtime } from './runtime.ts'
import { hasTool, runTool } from './tool.ts'

/**
 * The add-on of the sysfs driver has no prebuilt binary and is bound to one version of Node, so it is built against the headers
 * of the Node in the package. Without a compiler for that architecture the package has no sysfs driver, and says so.
 */
export function buildEpoll(modules: string, { include }: Runtime, { arch, tools }: Target, say: (line: string) => void): void {
  const folder = join(modules, 'epoll')
  if (!existsSync(folder)) return
  const compiler = `${tools}g++`
  if (!hasTool(compiler)) {
    say(`${arch}: the sysfs driver is left out, because there is no ${compiler}`)
    return
  }
  mkdirSync(join(folder, 'build', 'Release'), { recursive: true })
  const how = ['-O2', '-fPIC', '-shared', '-std=gnu++20', '-w', '-DNODE_GYP_MODULE_NAME=epoll', '-DBUILDING_NODE_EXTENSION']
  const where = [`-I${include}`, `-I${join(modules, 'nan')}`]
  const sources = globSync('src/*.cc', { cwd: folder })
  runTool(compiler, [...how, ...where, ...sources, '-s', '-o', 'build/Release/epoll.node'], { cwd: folder })
}
