import type { ReadStream, WriteStream } from 'node:tty'
import type { Row, Style } from './picture.ts'

const ESC = '\u001b['
/** The screen beside the one with the user's own lines, without a cursor; and back. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}2J`
const LEAVE = `${ESC}0m${ESC}?25h${ESC}?1049l`

const SGR: Readonly<Record<Style, string>> = {
  plain: '0',
  bold: '1',
  dim: '2',
  green: '32',
  red: '31',
  yellow: '33',
  reverse: '7',
}
const COLOURS: ReadonlySet<Style> = new Set<Style>(['green', 'red', 'yellow'])

/** A terminal taken over: every row is written where it stands, and only where it changed. It is given back however the process ends. */
export class Canvas {
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #colours: boolean
  #shown: string[] = []
  #isOpen = false
  readonly #giveBack = () => this.close()

  /** `colours` is false for those who want none. */
  constructor(input: ReadStream, output: WriteStream, colours: boolean) {
    this.#input = input
    this.#output = output
    this.#colours = colours
  }

  open(): void {
    this.#isOpen = true
    this.#input.setRawMode(true)
    this.#output.write(ENTER)
    // After a crash too, and before Node says what went wrong: it would be said on a screen that nobody sees again.
    process.once('exit', this.#giveBack)
  }

  draw(rows: readonly Row[]): void {
    if (!this.#isOpen) return
    const texts = rows.map(row => this.#paint(row))
    const changed = texts.flatMap((text, index) =>
      text === this.#shown[index] ? [] : [`${ESC}${index + 1};1H${text}${ESC}0m${ESC}K`],
    )
    this.#shown = texts
    if (changed.length > 0) this.#output.write(changed.join(''))
  }

  /** Everything is drawn anew, as after the terminal became larger. */
  forget(): void {
    this.#shown = []
    if (this.#isOpen) this.#output.write(`${ESC}2J`)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.off('exit', this.#giveBack)
    this.#output.write(LEAVE)
    this.#input.setRawMode(false)
  }

  #paint(row: Row): string {
    return row.map(([text, style = 'plain']) => `${ESC}${this.#codeOf(style)}m${text}${ESC}0m`).join('')
  }

  #codeOf(style: Style): string {
    return this.#colours || !COLOURS.has(style) ? SGR[style] : SGR.plain
  }
}
