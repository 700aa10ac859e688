import { type EmulatorServer, type ServerOptions, startServer } from '../emulator/index.ts'

/** The way to WeChat Pay. Cut, nobody is reached and every connection is gone; it comes back at the same address. */
export class Network {
  readonly origin: string
  readonly #options: ServerOptions
  #server: EmulatorServer | null

  private constructor(options: ServerOptions, server: EmulatorServer) {
    this.origin = server.origin
    this.#options = { ...options, port: server.port }
    this.#server = server
  }

  static async open(options: ServerOptions): Promise<Network> {
    return new Network(options, await startServer(options))
  }

  get isUp(): boolean {
    return this.#server !== null
  }

  async cut(): Promise<void> {
    const server = this.#server
    this.#server = null
    await server?.close()
  }

  async mend(): Promise<void> {
    this.#server ??= await startServer(this.#options)
  }
}
