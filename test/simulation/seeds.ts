/** Worlds in which an error was found, and what it was. Each is played again with every test, for as long as its draws stay the same. */
export const SEEDS: readonly { readonly seed: number; readonly showed: string }[] = []
