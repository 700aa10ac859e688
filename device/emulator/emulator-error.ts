/** The emulator was asked for something it cannot do; `code` is stable. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError'
  readonly code: 'no_such_customer' | 'bad_fault' | 'cannot_listen' | 'foreign_file'

  constructor(code: EmulatorError['code'], message: string) {
    super(message)
    this.code = code
  }
}
