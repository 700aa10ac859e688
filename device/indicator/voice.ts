import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../../core/contract/advice.ts'
import { spokenSentence, spokenWords, vocabularyOf } from '../../core/indicator/spoken.ts'
import type { Fen } from '../../core/money.ts'
import type { Clock } from '../../core/ports.ts'

/** Says amounts aloud over the sound card. */
export interface Voice {
  /** Returns at once, and says it when it can, or not at all. Never throws. */
  say(amount: Fen): void
  close(): void
}

export const noVoice: Voice = { say: () => {}, close: () => {} }

export type VoiceSettings =
  | { readonly driver: 'espeak'; readonly language: Language }
  | { readonly driver: 'recorded'; readonly language: Language; readonly folder: string }

export interface VoiceParts {
  readonly clock: Clock
  /** It is not said, and why: told once, until it is said again. */
  onFault(error: VoiceError): void
  /** `espeak-ng` or `aplay`, or what stands for them. */
  readonly program?: string
}

/** An amount was not said. The message names what is missing, or what went wrong. */
export class VoiceError extends Error {
  readonly code = 'VOICE'
}

/** No sentence takes longer; a sound card that hangs is given up. */
const SAY_WITHIN_MS = 15_000

/** What a program says of itself is kept so far. */
const SAID_CHARS_MAX = 2_000

/** espeak-ng says so, and ends with 0. */
const ERROR_LINE = /^error: /m

/** More payments than this wait for nobody: what is said long afterwards would be taken for another. */
const WAITING_MAX = 2

/** Source: espeak-ng's own names of its voices. Debian's `cmn` knows few characters and spells the others in English. */
const ESPEAK_VOICE: Readonly<Record<Language, string>> = { en: 'en', zh: 'cmn-latn-pinyin' }

export function openVoice(settings: VoiceSettings, parts: VoiceParts): Voice {
  if (settings.driver === 'recorded') {
    const missing = vocabularyOf(settings.language).filter(word => !existsSync(fileOf(settings.folder, word)))
    if (missing.length > 0) parts.onFault(new VoiceError(`no recording of ${missing.join(', ')} in ${settings.folder}`))
  }
  return new Speaker(settings, parts)
}

class Speaker implements Voice {
  readonly #settings: VoiceSettings
  readonly #parts: VoiceParts
  readonly #waiting: Fen[] = []
  #end: (() => void) | null = null
  #isFaulty = false

  constructor(settings: VoiceSettings, parts: VoiceParts) {
    this.#settings = settings
    this.#parts = parts
  }

  say(amount: Fen): void {
    this.#waiting.push(amount)
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift()
    this.#parts.clock.after(0, () => this.#next()) // to start a program takes a moment, in which the payment goes on
  }

  close(): void {
    this.#waiting.length = 0
    this.#end?.()
  }

  #next(): void {
    if (this.#end !== null) return
    const amount = this.#waiting.shift()
    if (amount !== undefined) this.#speak(amount)
  }

  #speak(amount: Fen): void {
    const [program, args] = this.#call(amount)
    const child = start(program, args)
    if (child instanceof Error) return this.#over(failure(program, child))
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-SAID_CHARS_MAX)
    })
    const takeBack = this.#parts.clock.after(SAY_WITHIN_MS, () => child.kill('SIGKILL'))
    this.#end = () => child.kill('SIGKILL')
    const onEnd = (fault: string | null) => {
      child.removeAllListeners().on('error', () => {}) // it is told once
      takeBack()
      this.#over(fault)
    }
    child.once('error', error => onEnd(failure(program, error)))
    child.once('close', (code, signal) => {
      const isWell = code === 0 && !ERROR_LINE.test(said)
      onEnd(isWell ? null : `${program} ended with ${signal ?? code}: ${lastLine(said)}`)
    })
  }

  #over(fault: string | null): void {
    this.#end = null
    this.#judge(fault)
    this.#next()
  }

  #call(amount: Fen): [program: string, args: readonly string[]] {
    const settings = this.#settings
    const { language } = settings
    if (settings.driver === 'espeak')
      return [this.#parts.program ?? 'espeak-ng', ['-v', ESPEAK_VOICE[language], spokenSentence(amount, language)]]
    const files = spokenWords(amount, language).map(word => fileOf(settings.folder, word))
    return [this.#parts.program ?? 'aplay', ['-q', ...files]]
  }

  #judge(fault: string | null): void {
    if (fault !== null && !this.#isFaulty) this.#parts.onFault(new VoiceError(fault))
    this.#isFaulty = fault !== null
  }
}

/** A machine that is out of files gives a program without its pipe, and says so later; one that is out of memory throws. */
function start(program: string, args: readonly string[]): ChildProcess | Error {
  try {
    return spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    return error instanceof Error ? error : new VoiceError(String(error))
  }
}

/** Why a program did not start; one that is missing by its own name, and Debian's package that has it. */
function failure(program: string, error: Error): string {
  if (!('code' in error) || error.code !== 'ENOENT') return `${program}: ${error.message}`
  const source = program === 'aplay' ? 'alsa-utils' : 'espeak-ng'
  return `there is no program ${program}: install Debian's package ${source}`
}

function fileOf(folder: string, word: string): string {
  return join(folder, `${word}.wav`)
}

function lastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  return line === '' ? 'no words' : line
}
