/** What stands on a terminal after what was written to it. It knows what the demo writes, and nothing else: places, wiping, colours. */
export class ScreenReader {
  /** Whether the screen beside the user's own lines is shown. */
  isAside = false
  isCursorShown = true
  #rows: string[] = []
  #row = 0

  constructor(written: string) {
    const aside = written.lastIndexOf('\u001b[?1049h')
    const found = written.slice(Math.max(0, aside)).matchAll(/\u001b\[([?0-9;]*)([A-Za-z])|([^\u001b]+)/g)
    for (const [, parameters = '', command, text] of found) {
      if (command === undefined) this.#write(text ?? '')
      else this.#obey(parameters, command)
    }
  }

  get text(): string {
    return this.#rows.map(row => row.trimEnd()).join('\n')
  }

  #write(text: string): void {
    this.#rows[this.#row] = `${this.#rows[this.#row] ?? ''}${text}`
  }

  #obey(parameters: string, command: string): void {
    const isSet = command === 'h'
    if (parameters === '?1049') this.isAside = isSet
    else if (parameters === '?25') this.isCursorShown = isSet
    else if (command === 'J') this.#rows = []
    else if (command === 'H') {
      this.#row = Number.parseInt(parameters, 10) - 1
      for (let row = 0; row <= this.#row; row += 1) this.#rows[row] ??= ''
      this.#rows[this.#row] = ''
    }
  }
}
