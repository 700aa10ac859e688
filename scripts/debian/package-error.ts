/** A package cannot be built. `message` says why. */
export class PackageError extends Error {
  readonly code = 'PACKAGE'
}
