import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'
import type { Guest } from '../machine/guest.ts'
import type { Machine } from '../machine/machine.ts'
import { isWhole, type Loudness, likeness, loudLengths, loudnessOf, toneOf } from '../machine/sound.ts'

/** What Linux calls the sound card that is plugged in, and where it tells what the card does. */
const CARD = '/dev/snd/pcmC0D0p'
const STATUS = '/proc/asound/card0/pcm0p/sub0/status'

/** What stands for a recorded word is told apart by how long it is. */
const FOLDER = '/etc/tillbridge/words'
const APART = 6
const WORDS = { received: APART, 5: 2 * APART, point: 3 * APART, 0: 4 * APART, yuan: 5 * APART }

test('a payment by a gun on the board’s own serial port is said aloud by a USB sound card, and none waits for a card that is taken', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  const { guest } = machine
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await machine.plug('usb-audio')
  await guest.until('the sound card is there', `test -e ${CARD}`)
  await guest.shell(`systemd-run --quiet --unit=other sh -c 'exec sleep inf 3>${CARD}'`)
  await guest.until('another program has it', `grep -q OPEN ${STATUS}`)
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } }, { voice: { driver: 'espeak', language: 'en' } })
  await counter.ready()
  const gun = await machine.line('uart')
  const pay = async (amount: number) => {
    const sale = await counter.arm(amount)
    gun.write(`${engine.issueCode('li')}\r`)
    await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  }

  await pay(5_678)
  await guest.until('the log says why it is silent', 'journalctl --unit=tillbridge | grep -q "not said aloud"')
  assert.equal(machine.sound().length, 0)

  await guest.shell('systemctl stop other')
  await pay(1_234)
  await said(machine)
  const heard = loudnessOf(machine.sound())
  const [right, wrong] = [await spoken(guest, 'received 12.34 yuan'), await spoken(guest, 'received 56.78 yuan')]
  t.diagnostic(
    `like what was paid: ${likeness(heard, right).toFixed(2)}; like another amount: ${likeness(heard, wrong).toFixed(2)}`,
  )
  assert.ok(likeness(heard, right) > 0.9)
  assert.ok(likeness(heard, wrong) < 0.7)
  assert.equal(counter.takenFen, 6_912)
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})

test('a payment is said aloud word by word, from recordings', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  const { guest } = machine
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  for (const [word, steps] of Object.entries(WORDS)) {
    const input = toneOf(steps).toString('base64')
    await guest.shell(`install -d ${FOLDER} && base64 -d >${FOLDER}/${word}.wav`, { input })
  }
  await machine.plug('usb-audio')
  await guest.until('the sound card is there', `test -e ${CARD}`)
  await counter.startBox(
    { scanner: { type: 'serial', path: '/dev/ttyS0' } },
    { voice: { driver: 'recorded', language: 'en', folder: FOLDER } },
  )
  await counter.ready()
  const sale = await counter.arm(505)
  const gun = await machine.line('uart')
  gun.write(`${engine.issueCode('li')}\r`)
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  await said(machine)
  const { received, point, yuan, 5: five, 0: nought } = WORDS
  const lengths = loudLengths(loudnessOf(machine.sound()))
  t.diagnostic(`heard ${lengths.join(' ')}`)
  const words = lengths.map(length => Math.round(length / APART) * APART)
  assert.deepEqual(words, [received, five, point, nought, five, yuan])
  gun.destroy()
})

/** Waits until it is said, and pulls the sound card out: only then the recording is whole. */
async function said(machine: Machine): Promise<void> {
  await until('something is said', () => loudnessOf(machine.sound()).length > 0, PATIENCE_MS)
  await machine.guest.until('it has been said', `grep -q closed ${STATUS}`)
  await machine.unplug('usb-audio')
  await until('the recording is whole', () => isWhole(machine.sound()), PATIENCE_MS)
}

/** How a sentence sounds, by the same program, straight into a file. */
async function spoken(guest: Guest, sentence: string): Promise<Loudness> {
  const wav = await guest.shell(`espeak-ng -v en -w /run/spoken.wav '${sentence}' && base64 /run/spoken.wav`)
  return loudnessOf(Buffer.from(wav, 'base64'))
}
