import { dirname, isAbsolute, join, resolve } from 'node:path'

/** Where relative file names are looked for. */
export interface Folders {
  readonly configFile: string
  /** Given by the service manager; what is there wins. */
  readonly credentialsDirectory?: string
}

/** The whole paths at which a file is looked for, in this order. */
export function placesOf(name: string, { configFile, credentialsDirectory }: Folders): readonly string[] {
  const beside = resolve(dirname(configFile), name)
  return credentialsDirectory === undefined || isAbsolute(name) ? [beside] : [join(credentialsDirectory, name), beside]
}
