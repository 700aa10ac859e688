/**
 * Resolves, with the signal, once the program is told to end: by Ctrl-C, by a service manager, or by a terminal that is closed (a service manager
 * sends no SIGHUP here). A signal that comes again ends nothing sooner: on a terminal npm hands on the one that both have got.
 */
export function toldToEnd(process: NodeJS.Process): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
  return promise
}

/**
 * Ends the program now, with what waits for its `exit` done. `process.exit` joins the program's threads first, so whatever hangs in one, a
 * resolver or a disk, would hold it for as long; what takes its place here has no threads. (Linux, execve: all but the calling one are gone.)
 */
export function endNow(process: NodeJS.Process, code: number): never {
  process.emit('exit', code)
  process.execve?.('/bin/sh', ['sh', '-c', `exit ${code}`], {})
  process.exit(code)
}
