import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', () => ({ rpc, onEvent: () => () => undefined }))
const { watchIdle } = await import('@/shell/idle')

const told = () => rpc.mock.calls.filter(([command]) => command === 'session_use').length
const touch = () => globalThis.dispatchEvent(new Event('pointermove'))

describe('a person at the screen', () => {
  const onIdle = vi.fn()
  let stop: () => void = () => undefined
  beforeEach(async () => {
    vi.useFakeTimers()
    rpc.mockReset().mockImplementation((command: string) => Promise.resolve(command === 'settings_get' ? { idle_lock_min: 1 } : {}))
    onIdle.mockReset()
    stop = watchIdle(onIdle)
    await vi.advanceTimersByTimeAsync(0)
  })
  afterEach(() => {
    stop()
    vi.useRealTimers()
  })

  it('is told once for many touches, and the last of them is told too', async () => {
    expect(told()).toBe(1)
    for (let n = 0; n < 100; n += 1) touch()
    expect(told()).toBe(1)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(told()).toBe(2)
    await vi.advanceTimersByTimeAsync(40_000)
    expect(told()).toBe(2)
  })
  it('who is away is not told to be there, and the screen is locked', async () => {
    await vi.advanceTimersByTimeAsync(70_000)
    expect([told(), onIdle.mock.calls.length]).toEqual([1, 1])
  })
  it('who touches the screen keeps it open', async () => {
    for (let second = 0; second < 120; second += 20) {
      touch()
      await vi.advanceTimersByTimeAsync(20_000)
    }
    expect(onIdle).not.toHaveBeenCalled()
  })
})
