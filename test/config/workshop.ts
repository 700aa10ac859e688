import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type BoxConfig, ConfigError, loadConfig } from '../../device/config/index.ts'

export const API_KEY = 'k3y-Of-The-Merchant-0123456789ab'

/** The least that a configuration must say. */
export const LEAST = `box: counter-1
merchant:
  app_id: wx0123456789abcdef
  mch_id: "1900000109"
  api_key_file: api_key
register:
  url: mqtt://127.0.0.1:1883
lanes:
  - name: main
    scanner: { type: serial, path: /dev/ttyUSB0 }
`

/** A folder with a configuration and the files beside it; it goes with the test. */
export class Workshop {
  readonly folder: string
  readonly file: string

  constructor(t: TestContext, files: Readonly<Record<string, string | Uint8Array>> = { api_key: `${API_KEY}\n` }) {
    this.folder = mkdtempSync(join(tmpdir(), 'tillbridge-config-'))
    this.file = join(this.folder, 'tillbridge.yaml')
    t.after(() => rmSync(this.folder, { recursive: true }))
    for (const [name, content] of Object.entries(files)) this.put(name, content)
  }

  put(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true })
    writeFileSync(join(this.folder, name), content)
  }

  load(yaml: string, env: { credentialsDirectory?: string } = {}): BoxConfig {
    writeFileSync(this.file, yaml)
    return loadConfig(this.file, env)
  }

  /** The mistakes of a configuration that must not load, each as `line path message`. */
  mistakes(yaml: string, env: { credentialsDirectory?: string } = {}): string[] {
    return this.refused(yaml, env).mistakes.map(({ line, path, message }) => `${line} ${path} ${message}`)
  }

  refused(yaml: string, env: { credentialsDirectory?: string } = {}): ConfigError {
    try {
      this.load(yaml, env)
    } catch (error) {
      if (error instanceof ConfigError) return error
      throw error
    }
    throw new UnexpectedlyLoaded()
  }
}

class UnexpectedlyLoaded extends Error {
  readonly code = 'UNEXPECTEDLY_LOADED'
}
