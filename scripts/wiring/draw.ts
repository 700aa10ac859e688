/** The wiring picture of a Raspberry Pi with three LEDs, a buzzer and a relay, as one SVG without any other file. */

/** By what the configuration calls them: BCM numbers, and the pins where they are. Source: Raspberry Pi documentation, the 40-pin header. */
export const WIRED = {
  green: { bcm: 17, pin: 11 },
  red: { bcm: 27, pin: 13 },
  amber: { bcm: 22, pin: 15 },
  buzzer: { bcm: 18, pin: 12 },
  lock: { bcm: 23, pin: 16 },
} as const

const LABELS: ReadonlyMap<number, string> = new Map([
  [1, '3.3 V'],
  [2, '5 V'],
  [4, '5 V'],
  [6, 'GND'],
  [9, 'GND'],
  [14, 'GND'],
  [20, 'GND'],
  ...Object.values(WIRED).map(({ bcm, pin }) => [pin, `GPIO${bcm}`] as const),
])

const USED: ReadonlySet<number> = new Set([2, 6, 9, ...Object.values(WIRED).map(({ pin }) => pin)])

const PINS = 20
const [WIDTH, HEIGHT] = [1_000, 560]
const HEADER = { x: 440, y: 60, row: 44, column: 60 } as const

type Point = readonly [x: number, y: number]

const INK = '#222'
const COLOURS = {
  green: '#1a9641',
  red: '#d7191c',
  amber: '#e08a00',
  buzzer: '#5e3c99',
  lock: '#2166ac',
  ground: '#222',
  power: '#b2182b',
} as const

export function drawWiring(): string {
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(
      [WIDTH / 2, 30],
      'Three LEDs, a buzzer and a relay on a Raspberry Pi: pins 1 to 20 of the header, seen from above',
      'middle',
      17,
    ),
    ...drawHeader(),
    ...drawLamp('green'),
    ...drawLamp('red'),
    ...drawLamp('amber'),
    ...drawGround(),
    ...drawBuzzer(),
    ...drawRelay(),
  ]
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="14" fill="${INK}" role="img" aria-label="Wiring of three LEDs, a buzzer and a relay to a Raspberry Pi">`
  return `${head}\n${parts.join('\n')}\n</svg>\n`
}

/** The middle of a pin: odd ones on the left, even ones on the right. */
function place(pin: number): Point {
  const row = Math.floor((pin - 1) / 2)
  return [HEADER.x + (pin % 2 === 1 ? 0 : HEADER.column), HEADER.y + 25 + row * HEADER.row]
}

function drawHeader(): readonly string[] {
  const { x, y, row, column } = HEADER
  const pins = Array.from({ length: PINS }, (_, index) => index + 1)
  return [
    box([x - 30, y - 5], column + 60, (PINS / 2) * row + 15, '#e8f0e8'),
    ...pins.flatMap(pin => {
      const [px, py] = place(pin)
      const label = LABELS.get(pin)
      const isOdd = pin % 2 === 1
      return [
        `<circle cx="${px}" cy="${py}" r="13" fill="${USED.has(pin) ? '#ffe9a8' : '#fff'}" stroke="${INK}"/>`,
        text([px, py + 4], String(pin), 'middle', 11),
        ...(label === undefined ? [] : [text([px + (isOdd ? -36 : 36), py - 7], label, isOdd ? 'end' : 'start', 12)]),
      ]
    }),
  ]
}

const LAMP = { resistor: 250, led: 130, rail: 50 } as const

/** From the pin through a resistor and the lamp to the common ground on the left. */
function drawLamp(colour: 'green' | 'red' | 'amber'): readonly string[] {
  const [px, y] = place(WIRED[colour].pin)
  return [
    wire(
      [
        [px - 13, y],
        [LAMP.resistor + 60, y],
      ],
      COLOURS[colour],
    ),
    box([LAMP.resistor, y - 11], 60, 22, '#f3e3c3'),
    text([LAMP.resistor + 30, y + 5], '330 Ω', 'middle', 12),
    wire(
      [
        [LAMP.resistor, y],
        [LAMP.led + 18, y],
      ],
      COLOURS[colour],
    ),
    `<circle cx="${LAMP.led}" cy="${y}" r="16" fill="${COLOURS[colour]}" fill-opacity="0.35" stroke="${COLOURS[colour]}" stroke-width="2"/>`,
    text([LAMP.led, y + 4], colour, 'middle', 10),
    text([LAMP.led + 30, y - 6], '+', 'middle', 13),
    wire(
      [
        [LAMP.led - 16, y],
        [LAMP.rail, y],
      ],
      COLOURS.ground,
    ),
    dot([LAMP.rail, y]),
  ]
}

/** What the lamps have in common: pin 9. */
function drawGround(): readonly string[] {
  const [px, y] = place(9)
  const [, last] = place(WIRED.amber.pin)
  return [
    wire(
      [
        [px - 13, y],
        [LAMP.rail, y],
        [LAMP.rail, last],
      ],
      COLOURS.ground,
    ),
  ]
}

const RIGHT = { ground: 600, power: 640, resistor: 690, switch: 790, load: 890 } as const

/** The pin switches a transistor, and the transistor the buzzer: a pin gives no more than a few mA. */
function drawBuzzer(): readonly string[] {
  const [px, y] = place(WIRED.buzzer.pin)
  const [, ground] = place(6)
  const [, power] = place(2)
  return [
    wire(
      [
        [px + 13, ground],
        [RIGHT.ground, ground],
        [RIGHT.ground, RELAY_Y + 36],
      ],
      COLOURS.ground,
    ),
    wire(
      [
        [px + 13, power],
        [960, power],
        [960, RELAY_Y],
      ],
      COLOURS.power,
    ),
    wire(
      [
        [px + 13, y],
        [RIGHT.resistor, y],
      ],
      COLOURS.buzzer,
    ),
    box([RIGHT.resistor, y - 11], 56, 22, '#f3e3c3'),
    text([RIGHT.resistor + 28, y + 5], '1 kΩ', 'middle', 12),
    wire(
      [
        [RIGHT.resistor + 56, y],
        [RIGHT.switch, y],
      ],
      COLOURS.buzzer,
    ),
    box([RIGHT.switch, y - 24], 56, 48, '#eee'),
    text([RIGHT.switch + 28, y - 4], 'NPN', 'middle', 12),
    text([RIGHT.switch + 28, y + 12], 'BC547', 'middle', 11),
    wire(
      [
        [RIGHT.switch + 28, y + 24],
        [RIGHT.switch + 28, y + 44],
        [RIGHT.ground, y + 44],
      ],
      COLOURS.ground,
    ),
    dot([RIGHT.ground, y + 44]),
    wire(
      [
        [RIGHT.switch + 28, y - 24],
        [RIGHT.switch + 28, y - 60],
        [RIGHT.load, y - 60],
      ],
      COLOURS.buzzer,
    ),
    box([RIGHT.load - 10, y - 82], 56, 44, '#e6ddf2'),
    text([RIGHT.load + 18, y - 64], 'buzzer', 'middle', 11),
    text([RIGHT.load + 18, y - 48], '5 V', 'middle', 11),
    wire(
      [
        [RIGHT.load + 46, y - 60],
        [960, y - 60],
      ],
      COLOURS.power,
    ),
    dot([960, y - 60]),
  ]
}

const RELAY_Y = 430

/** A relay module has its own transistor. The lock has its own supply. */
function drawRelay(): readonly string[] {
  const [px, pinY] = place(WIRED.lock.pin)
  const y = RELAY_Y
  return [
    wire(
      [
        [px + 13, pinY],
        [570, pinY],
        [570, y],
        [RIGHT.resistor, y],
      ],
      COLOURS.lock,
    ),
    box([RIGHT.resistor, y - 30], 130, 90, '#dde8f3'),
    text([RIGHT.resistor + 65, y - 12], 'relay module', 'middle', 12),
    text([RIGHT.resistor + 6, y + 5], 'IN', 'start', 12),
    text([RIGHT.resistor + 6, y + 40], 'GND', 'start', 12),
    text([RIGHT.resistor + 124, y + 5], 'VCC 5 V', 'end', 12),
    text([RIGHT.resistor + 124, y + 28], 'COM', 'end', 12),
    text([RIGHT.resistor + 124, y + 48], 'NO', 'end', 12),
    wire(
      [
        [RIGHT.ground, y + 36],
        [RIGHT.resistor, y + 36],
      ],
      COLOURS.ground,
    ),
    dot([RIGHT.ground, y + 36]),
    wire(
      [
        [RIGHT.resistor + 130, y],
        [960, y],
      ],
      COLOURS.power,
    ),
    dot([960, y]),
    wire(
      [
        [RIGHT.resistor + 130, y + 24],
        [860, y + 24],
        [860, 500],
      ],
      INK,
    ),
    wire(
      [
        [RIGHT.resistor + 130, y + 44],
        [840, y + 44],
        [840, 500],
      ],
      INK,
    ),
    box([780, 500], 130, 40, '#f0f0f0'),
    text([845, 517], 'lock, with its', 'middle', 12),
    text([845, 533], 'own 12 V supply', 'middle', 12),
  ]
}

function box([x, y]: Point, width: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="${fill}" stroke="${INK}"/>`
}

function wire(points: readonly Point[], colour: string): string {
  return `<polyline points="${points.map(point => point.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="3"/>`
}

function dot([x, y]: Point): string {
  return `<circle cx="${x}" cy="${y}" r="4"/>`
}

function text([x, y]: Point, words: string, anchor: 'start' | 'middle' | 'end', size: number): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}">${words}</text>`
}
