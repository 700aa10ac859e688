/** A rule of this program itself was broken. The step that met it is discarded whole and the process ends; start-up resolves what was open. */
class InvariantError extends Error {
  readonly code = 'INVARIANT'
  constructor(rule: string) {
    super(`broken rule of the program: ${rule}`)
    this.name = 'InvariantError'
  }
}

/** Throws {@link InvariantError} unless `condition` holds. Never for anything that came from outside: that is judged, not asserted. */
export function invariant(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new InvariantError(rule)
}
