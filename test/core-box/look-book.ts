import assert from 'node:assert/strict'
import type { Attempt } from '../../core/attempt.ts'
import type { Charge } from '../../core/charge.ts'
import type { Look, LookQuery, NextLook } from '../../core/look/look.ts'
import type { Row } from '../../core/ports.ts'

/** What a journal that holds these rows answers when it is asked which order is to be looked at. */
export function nextLookOf(rows: readonly Row[], { merchant, now, farthestMs }: LookQuery): NextLook {
  const looks = new Map<string, Look>()
  const attempts = new Map<string, Attempt>()
  const charges = new Map<string, Charge>()
  for (const row of rows) {
    if (row.put === 'attempt') attempts.set(row.attempt.outTradeNo, row.attempt)
    else if (row.put === 'charge') charges.set(`${row.charge.lane} ${row.charge.chargeId}`, row.charge)
    else applyLook(looks, row)
  }
  const waiting = [...looks.values()].filter(look => look.merchant === merchant).sort((a, b) => a.dueAt - b.dueAt)
  const look = waiting.find(({ dueAt }) => dueAt <= now) ?? waiting.find(({ dueAt }) => dueAt > now + farthestMs)
  if (look === undefined) return { look: null, dueAt: waiting[0]?.dueAt ?? null }
  const attempt = attempts.get(look.outTradeNo)
  const charge = charges.get(`${attempt?.lane} ${attempt?.chargeId}`)
  assert.ok(attempt !== undefined && charge !== undefined)
  const { tryNo, end } = attempt
  assert.ok(end === 'unpaid' || end === 'returned', 'only what has ended without money is looked at')
  return { look: { ...look, tryNo, end, charge } }
}

/** The looks that wait, after these rows. */
export function applyLook(looks: Map<string, Look>, row: Row): void {
  if (row.put === 'look') looks.set(row.look.outTradeNo, row.look)
  else if (row.put === 'looked') looks.delete(row.outTradeNo)
  else if (row.put === 'look_soon') {
    const look = looks.get(row.outTradeNo)
    if (look !== undefined) looks.set(row.outTradeNo, { ...look, dueAt: Math.min(look.dueAt, row.dueAt) })
  }
}
