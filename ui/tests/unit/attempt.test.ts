import { effectScope, nextTick } from 'vue'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLanguage } from '@/i18n'
import { RpcError } from '@/rpc/transport'
import { useAttempt } from '@/shell/useAttempt'

const refused = vi.fn()
const failing = (code: string, wait_s: number | null = null) => () => Promise.reject(new RpcError({ code, wait_s }))

describe('an attempt with a password or a code', () => {
  let scope = effectScope()
  beforeAll(() => setLanguage('en'))
  beforeEach(() => {
    vi.useFakeTimers()
    refused.mockReset()
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })
  const start = () => scope.run(() => useAttempt(refused)) as ReturnType<typeof useAttempt>

  it('is made once, however often it is asked meanwhile', async () => {
    const it = start()
    let end: () => void = () => undefined
    const run = vi.fn(() => new Promise<void>((resolve) => (end = resolve)))
    const first = it.attempt(run)
    await it.attempt(run)
    expect([run.mock.calls.length, it.busy.value, it.isOpen.value]).toEqual([1, true, false])
    end()
    await first
    expect([it.busy.value, it.isOpen.value, it.fault.value]).toEqual([false, true, ''])
    expect(refused).not.toHaveBeenCalled()
  })
  it('says what was refused, and forgets it at the next', async () => {
    const it = start()
    await it.attempt(failing('code_used'))
    expect(it.fault.value).toContain('used')
    expect(refused).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'code_used' }))
    await it.attempt(() => Promise.resolve())
    expect(it.fault.value).toBe('')
  })
  it('counts a wait down, asks nothing during it and says nothing after it', async () => {
    const it = start()
    await it.attempt(failing('wait', 3))
    expect([it.wait_s.value, it.fault.value, it.isOpen.value]).toEqual([3, '', false])
    const run = vi.fn(() => Promise.resolve())
    await it.attempt(run)
    vi.advanceTimersByTime(2_000)
    expect([it.wait_s.value, run.mock.calls.length]).toEqual([1, 0])
    vi.advanceTimersByTime(1_000)
    await it.attempt(run)
    expect([it.wait_s.value, run.mock.calls.length, it.fault.value]).toEqual([0, 1, ''])
  })
  it.each([
    ['wrong_name_or_password', 'password'],
    ['wrong_code', 'code'],
    ['code_used', 'code'],
    ['clock', null],
    ['keyring', null],
  ])('%s: what may be wrong is %s, and the next attempt begins there', async (code, at) => {
    const again = vi.fn()
    const it = scope.run(() => useAttempt(refused, again)) as ReturnType<typeof useAttempt>
    await it.attempt(failing(code))
    await nextTick()
    expect([it.suspect.value, again.mock.calls]).toEqual([at, [[at]]])
    await it.attempt(() => Promise.resolve())
    expect(it.suspect.value).toBeNull()
  })
  it('after a wait begins where the last one went wrong', async () => {
    const again = vi.fn()
    const it = scope.run(() => useAttempt(refused, again)) as ReturnType<typeof useAttempt>
    await it.attempt(failing('wrong_name_or_password'))
    await nextTick()
    await it.attempt(failing('wait', 2))
    await nextTick()
    expect([it.suspect.value, again.mock.calls.length]).toEqual([null, 1])
    vi.advanceTimersByTime(2_000)
    await nextTick()
    expect([it.wait_s.value, again.mock.calls]).toEqual([0, [['password'], ['password']]])
  })
})
