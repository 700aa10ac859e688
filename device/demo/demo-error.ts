/** Something at the counter did not go as it should, or cannot go on. */
export class DemoError extends Error {
  readonly code: 'did_not_happen' | 'refused' | 'closed'

  constructor(code: DemoError['code'], message: string) {
    super(message)
    this.code = code
  }
}
