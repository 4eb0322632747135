import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLanguage } from '@/i18n'
import { RpcError } from '@/rpc/transport'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', async () => ({ ...(await import('@/rpc/transport')), rpc, isDesktop: false, onEvent: () => () => undefined, onConnect: () => () => undefined }))

const { awaitedAct, isCancelled, rpcStepped } = await import('@/shell/stepUp')
const { default: StepUp } = await import('@/shell/StepUp.vue')

const ASK = { id: 'p1' }
const wantsCode = () => Promise.reject(new RpcError({ code: 'step_up' }))

beforeAll(() => setLanguage('en'))
beforeEach(() => void rpc.mockReset())

describe('an act that wants a fresh code', () => {
  const dialogue = () => mount(StepUp, { attachTo: document.body })
  let page = dialogue()
  afterEach(() => page.unmount())
  /** Begins the act; what `step_up` answers comes from `answers`, one after the other. */
  async function begin(...answers: (() => Promise<unknown>)[]) {
    page.unmount()
    rpc.mockImplementation((command: string) => (command === 'step_up' ? (answers.shift() ?? wantsCode)() : wantsCode()))
    page = dialogue()
    const settled = vi.fn()
    const failed = vi.fn()
    rpcStepped('person_close', ASK, 'Lin').then(settled, failed)
    await flushPromises()
    return { settled, failed }
  }
  async function type(digits: string): Promise<void> {
    for (const [index, digit] of [...digits].entries()) await page.findAll('.boxes input')[index]?.setValue(digit)
    await flushPromises()
  }
  const asked = () => rpc.mock.calls.filter(([command]) => command === 'step_up').map(([, payload]) => payload)

  it('is asked without one first, says what it is for, and is done with it', async () => {
    const { settled } = await begin(() => Promise.resolve({ answer: '{"done":1}' }))
    expect(rpc.mock.calls[0]).toEqual(['person_close', ASK])
    expect(page.text()).toContain('close the account of Lin')
    await type('482913')
    expect(asked()).toEqual([{ command: 'person_close', request: '{"id":"p1"}', code: '482913' }])
    expect([settled.mock.calls, awaitedAct.value]).toEqual([[[{ done: 1 }]], null])
  })
  it.each(['wrong_code', 'code_used', 'clock'])('tells %s in the dialogue, where another code is typed', async (code) => {
    const { settled, failed } = await begin(() => Promise.reject(new RpcError({ code })), () => Promise.resolve({ answer: '{}' }))
    await type('111111')
    expect([page.find('[role=alert]').exists(), failed.mock.calls.length, awaitedAct.value === null]).toEqual([true, 0, false])
    expect(page.findAll<HTMLInputElement>('.boxes input').map((box) => box.element.value).join('')).toBe('')
    await type('222222')
    expect(settled).toHaveBeenCalledExactlyOnceWith({})
  })
  it('that is refused for itself closes the dialogue and says so where it was asked', async () => {
    const { failed } = await begin(() => Promise.reject(new RpcError({ code: 'conflict' })))
    await type('482913')
    expect([failed.mock.calls[0]?.[0].code, awaitedAct.value]).toEqual(['conflict', null])
  })
  it('that was thought better of is cancelled, not failed', async () => {
    const { failed } = await begin()
    awaitedAct.value?.cancel()
    await flushPromises()
    expect([isCancelled(failed.mock.calls[0]?.[0]), awaitedAct.value, asked()]).toEqual([true, null, []])
  })
})

describe('an act that wants none', () => {
  it('is done as asked, and what else is refused is thrown', async () => {
    rpc.mockResolvedValueOnce({})
    expect(await rpcStepped('person_close', ASK, 'Lin')).toEqual({})
    rpc.mockRejectedValueOnce(new RpcError({ code: 'forbidden' }))
    await expect(rpcStepped('person_close', ASK, 'Lin')).rejects.toMatchObject({ code: 'forbidden' })
    expect(awaitedAct.value).toBeNull()
  })
})
