import { dirname, isAbsolute, join, resolve } from 'node:path'

/** Where relative file names are looked for. */
export interface Folders {
  readonly configFile: string
  /** Given by the service manager; what is there wins. */
  readonly credentialsDirectory?: string
}

/**
 * What the packaged service calls the folder that it hands over whole: systemd then puts this before the name of every file in it.
 * Source: systemd.exec, LoadCredential.
 */
const WHOLE_FOLDER = 'credentials_'

/** The whole paths at which a file is looked for, in this order. */
export function placesOf(name: string, { configFile, credentialsDirectory }: Folders): readonly string[] {
  const beside = resolve(dirname(configFile), name)
  if (credentialsDirectory === undefined || isAbsolute(name)) return [beside]
  return [join(credentialsDirectory, name), join(credentialsDirectory, `${WHOLE_FOLDER}${name}`), beside]
}
