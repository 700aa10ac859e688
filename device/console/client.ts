import { connect } from 'node:net'
import type { Request } from './request.ts'
import { ConsoleError, PATH_BYTES_MAX } from './server.ts'

/** Asks the daemon that has the journal open. Null where no daemon can be asked. Rejects with `ConsoleError`. */
export function ask(path: string, request: Request): Promise<unknown | null> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return Promise.resolve(null)
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('error', error => {
      if ('code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) return resolve(null)
      reject(new ConsoleError(`the daemon's console ${path} cannot be used: ${error.message}`, { cause: error }))
    })
    socket.on('end', () => {
      try {
        resolve(JSON.parse(answer))
      } catch (error) {
        reject(new ConsoleError('the daemon hung up in the middle of its answer', { cause: error }))
      }
    })
  })
}
