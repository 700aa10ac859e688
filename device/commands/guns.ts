import { systemClock } from '../clock.ts'
import { toldToEnd } from '../ending.ts'
import { LAYOUT_NAMES } from '../scanner/hid/layout.ts'
import { listHid, listSerial } from '../scanner/plugged.ts'
import { describe, type Extras, type PluggedIn } from './guns/lines.ts'
import { LiveView } from './guns/live.ts'
import { type Listening, targetsOf } from './guns/targets.ts'
import { EXIT, readArguments, UsageError } from './usage.ts'

export const OPTIONS = {
  list: { type: 'boolean', default: false },
  gun: { type: 'string' },
  'baud-rate': { type: 'string' },
  'data-bits': { type: 'string' },
  parity: { type: 'string' },
  'flow-control': { type: 'string' },
  layout: { type: 'string' },
} as const

export const HELP = `tillbridge guns: what is plugged in, and live what each scan looks like (never the code itself) and what to set otherwise

  --list                what is plugged in, and no more
  --gun PATH            that device alone (every USB serial line, and every HID device that is surely a gun)
  --baud-rate N         how serial lines are opened (9600)
  --data-bits N         7 or 8 (8)
  --parity WORD         none, even or odd (none)
  --flow-control WORD   none, rts_cts or xon_xoff (none)
  --layout WORD         how keyboards are read: ${LAYOUT_NAMES.join(', ')} (us)
`

export interface GunsTools {
  readonly process: NodeJS.Process
}

/**
 * Lists what is plugged in that could be a gun, then says of every scan what it looks like, until it is told to end; on a
 * terminal it also waits for a gun that is still to be plugged in. A payment code is shown by its kind, its length and what frames it only. Throws
 * `UsageError`.
 */
export async function guns(args: readonly string[], { process }: GunsTools): Promise<number> {
  const { values } = readArguments(args, OPTIONS)
  const { stdout } = process
  const listening = readListening(values)
  const plugged = plugs()
  stdout.write(describe(plugged))
  if (values.list) return EXIT.ok
  if (targetsOf(plugged, listening).length === 0) {
    stdout.write('\nNothing of this is surely a gun: plug one in, or name one with --gun PATH.\n')
    // A program that reads the list does not plug anything in.
    if (!stdout.isTTY) return EXIT.ok
  }
  stdout.write('\nCtrl-C ends it.\n')
  const ended = toldToEnd(process)
  const write = (text: string) => void stdout.write(text)
  const view = new LiveView({ clock: systemClock, targets: () => targetsOf(plugs(), listening), write })
  await ended
  await view.close()
  return EXIT.ok
}

function plugs(): PluggedIn {
  return { serial: listSerial(), hid: listHid() }
}

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

function readListening(values: Values): Listening {
  const dataBits = oneOf(values['data-bits'], 'data-bits', ['8', '7']) === '7' ? 7 : 8
  const line = {
    baudRate: readBaudRate(values['baud-rate'] ?? '9600'),
    dataBits,
    parity: oneOf(values.parity, 'parity', ['none', 'even', 'odd']),
    flowControl: oneOf(values['flow-control'], 'flow-control', ['none', 'rts_cts', 'xon_xoff']),
  } as const
  return {
    ...(values.gun !== undefined && { path: values.gun }),
    line,
    layout: oneOf(values.layout, 'layout', LAYOUT_NAMES),
    lineExtras: {
      ...given(values['baud-rate'], 'baud_rate'),
      ...given(values['data-bits'], 'data_bits'),
      ...given(values.parity, 'parity'),
      ...given(values['flow-control'], 'flow_control'),
    },
    layoutExtras: given(values.layout, 'layout'),
  }
}

function given(value: string | undefined, key: string): Extras {
  return value === undefined ? {} : { [key]: value }
}

/** The first word is what it is without the option. */
function oneOf<const Word extends string>(value: string | undefined, option: string, words: readonly [Word, ...Word[]]): Word {
  const word = value === undefined ? words[0] : words.find(candidate => candidate === value)
  if (word === undefined) throw new UsageError(`--${option} is one of ${words.join(', ')}`)
  return word
}

function readBaudRate(value: string): number {
  const baudRate = Number(value)
  if (/^[0-9]+$/.test(value) && baudRate >= 300 && baudRate <= 4_000_000) return baudRate
  throw new UsageError('--baud-rate is a whole number from 300 to 4000000')
}
