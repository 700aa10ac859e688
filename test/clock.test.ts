import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { VirtualClock } from './clock.ts'

describe('the virtual clock', () => {
  it('wakes by time, then by the order of asking, each at its own moment', () => {
    const clock = new VirtualClock(1_000)
    const woken: string[] = []
    const note = (name: string) => () => woken.push(`${name} ${clock.now().mono} ${clock.now().wall}`)
    clock.after(20, note('late'))
    clock.after(10, note('first'))
    clock.after(10, note('second'))
    clock.advance(15)
    assert.deepEqual(woken, ['first 10 1010', 'second 10 1010'])
    clock.advance(5)
    assert.deepEqual(woken.slice(2), ['late 20 1020'])
    assert.equal(clock.pending, 0)
  })

  it('wakes within the same advance who starts to wait meanwhile', () => {
    const clock = new VirtualClock()
    const woken: number[] = []
    const again = () => {
      woken.push(clock.now().mono)
      clock.after(10, again)
    }
    clock.after(10, again)
    clock.advance(35)
    assert.deepEqual(woken, [10, 20, 30])
    assert.equal(clock.now().mono, 35)
  })

  it('wakes late what was due while it was held', () => {
    const clock = new VirtualClock()
    const woken: number[] = []
    clock.after(10, () => woken.push(clock.now().mono))
    clock.after(600, () => woken.push(clock.now().mono))
    clock.hold(500)
    assert.deepEqual(woken, [500])
    clock.advance(100)
    assert.deepEqual(woken, [500, 600])
  })

  it('never wakes what was taken back', () => {
    const clock = new VirtualClock()
    const takeBack = clock.after(10, () => assert.fail('taken back'))
    clock.after(5, takeBack)
    clock.advance(20)
  })
})
