const LEVEL_COLOUR: ReadonlyMap<string, number> = new Map([
  ['debug', 90],
  ['info', 32],
  ['warn', 33],
  ['error', 31],
])
/** Everything that could move the cursor or forge a line. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One line for people from one of pino's: time of day, level, message, then every field as `name=value`. */
export function formatForTerminal(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const clock = String(time).slice(11, 23)
  const colour = LEVEL_COLOUR.get(String(level)) ?? 0
  const rest = Object.entries(fields).map(
    ([name, value]) => ` ${plain(name)}=${plain(typeof value === 'string' ? value : JSON.stringify(value))}`,
  )
  return `${clock} \u001b[${colour}m${String(level).padEnd(5)}\u001b[0m ${plain(String(msg))}${rest.join('')}\n`
}

function plain(text: string): string {
  return text.replace(CONTROLS, control => `\\u{${control.codePointAt(0)?.toString(16)}}`)
}
