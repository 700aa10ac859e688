import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runCampaign } from './campaign.ts'
import { EFFECTS, type EffectName } from './effect.ts'

const GROUPS: readonly (readonly EffectName[])[] = [
  ['commit', 'mark_delivered', 'read_outbox'],
  ['look_up', 'read_events', 'read_look'],
  ['warm', 'submit', 'query'],
  ['find', 'reverse'],
  ['refund', 'refund_query', 'refund_state'],
  ['answer', 'tell_state', 'tell_status'],
  ['tell_events', 'tell_scan'],
  ['show', 'command', 'scan'],
  ['open_lock'],
]

/** Some twenty starts of a box are work, and a machine may be busy with other things. */
const WITHIN_MS = 600_000

// Each has a box, a broker and a gateway of its own, and mostly waits.
suite('the real daemon is killed', { concurrency: 4 }, () => {
  for (const effects of GROUPS) {
    test(`killed at ${effects.join(', ')}: ledger, register and journal hold the same afterwards`, {
      timeout: WITHIN_MS,
    }, async () => {
      const { tallies, wrong } = await runCampaign({ seed: 1, times: 1, boxes: 1, effects })
      assert.deepEqual(wrong, [])
      const met = [...tallies.keys()].map(name => name.split(' ')[0])
      assert.deepEqual(met.sort(), [...effects].sort(), 'each was met')
    })
  }

  test('no effect is left out', () => {
    assert.deepEqual(GROUPS.flat().sort(), [...EFFECTS].sort())
  })
})
