/** The beginning of `text` that takes at most `bytesMax` bytes of UTF-8, cut between characters. */
export function cutBytes(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax))
  return text.slice(0, read)
}

/** What XML cannot carry, or would change on the way: control characters, and the two code points that are none. */
const NOT_PLAIN = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g

/** `text` as it can be sent: half a surrogate pair becomes the replacement character, a control character a space. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(NOT_PLAIN, ' ')
}
