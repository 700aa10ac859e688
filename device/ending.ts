/**
 * Resolves, with the signal, once the program is told to end, by Ctrl-C or by a service manager. A signal that comes again ends nothing
 * sooner: on a terminal npm hands on the one that both have got.
 */
export function toldToEnd(process: NodeJS.Process): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve)
  return promise
}
