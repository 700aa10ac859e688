import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** What a bill may come to once it is unpacked: a year's turnover of a small chain in one day. */
const TEXT_BYTES_MAX = 512 * 1024 * 1024

/** A line longer than this is none. */
const LINE_CHARS_MAX = 65_536

/** The bill that was fetched is no text. */
class BillTextError extends Error {
  readonly code = 'BILL_TEXT'
}

/** Whether it is packed with gzip, as was asked for. Source: RFC 1952, 2.3.1. */
function isPacked(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b
}

/** Whether an answer is XML, or a page, and no bill: a bill begins with a title. */
export function isMarkup(body: Uint8Array): boolean {
  return !isPacked(body) && /^\uFEFF?\s*</.test(Buffer.from(body.subarray(0, 64)).toString('utf8'))
}

/** The lines of a bill, unpacked and decoded piece by piece, without their ends. Throws `BillTextError`. */
export async function* linesOf(body: Uint8Array): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let bytes = 0
  try {
    for await (const piece of piecesOf(body)) {
      bytes += piece.length
      const lines = `${rest}${decoder.decode(piece, { stream: true })}`.split('\n')
      rest = lines.pop() ?? ''
      if (bytes > TEXT_BYTES_MAX || rest.length > LINE_CHARS_MAX) throw new BillTextError('the bill has no end, or a line of it')
      yield lines.map(withoutEnd)
    }
    rest += decoder.decode()
  } catch (error) {
    if (error instanceof BillTextError) throw error
    throw new BillTextError('the bill is no UTF-8 text, or is not packed as it says', { cause: error })
  }
  if (rest !== '') yield [withoutEnd(rest)]
}

function piecesOf(body: Uint8Array): AsyncIterable<Uint8Array> {
  const whole = Readable.from([body])
  return isPacked(body) ? whole.pipe(createGunzip()) : whole
}

function withoutEnd(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
