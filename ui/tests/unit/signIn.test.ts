import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppState } from '@/rpc/bindings'
import { RpcError } from '@/rpc/transport'

const rpc = vi.fn()
vi.mock('@/rpc/client', async (original) => ({ ...(await original<typeof import('@/rpc/client')>()), rpc: (...ask: unknown[]) => rpc(...ask) }))
const { default: i18n, setLanguage } = await import('@/i18n')
const { appState } = await import('@/shell/session')
const { leaveAtDoor } = await import('@/features/signin/door')
const { default: SignIn } = await import('@/features/signin/SignIn.vue')

describe('a sign-in that is refused', () => {
  let page: VueWrapper
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
    await setLanguage('en')
    appState.value = { phase: 'signed_out', store: 'own', language: 'en' } as AppState
    page = mount(SignIn, { attachTo: document.body, global: { plugins: [i18n] } })
    await page.find('#sign-name').setValue('lin')
    await page.find('#sign-password').setValue('correct horse')
  })
  afterEach(() => {
    page.unmount()
    vi.useRealTimers()
  })
  const boxes = () => page.findAll<HTMLInputElement>('.boxes input')
  const tryAnd = async (code: string, wait_s: number | null = null): Promise<void> => {
    rpc.mockRejectedValueOnce(new RpcError({ code, wait_s }))
    for (const box of boxes()) await box.setValue('1')
    await flushPromises()
  }
  const marked = () => page.findAll('[aria-invalid="true"]').map((input) => input.attributes('id') ?? 'box')
  const digits = () => boxes().map((box) => box.element.value).join('')

  it('for the password marks name and password alike, empties the boxes and goes to the password', async () => {
    await tryAnd('wrong_name_or_password')
    expect([marked(), digits(), document.activeElement?.id]).toEqual([['sign-name', 'sign-password'], '', 'sign-password'])
    expect(page.find('[role="alert"]').text()).toContain('type the password again')
  })
  it.each([
    ['wrong_name_or_password', 'name or the password'],
    ['wrong_code', 'compare date and time'],
    ['code_used', 'at most 30 seconds'],
    ['clock', 'automatic time'],
  ])('for %s says what to do next', async (code, words) => {
    await tryAnd(code)
    expect(page.find('[role="alert"]').text()).toContain(words)
  })
  it('for the code marks the boxes alone, empties them and goes to the first', async () => {
    await tryAnd('wrong_code')
    expect([marked(), digits(), document.activeElement]).toEqual([Array.from({ length: 6 }, () => 'box'), '', boxes()[0]?.element])
  })
  it('for too many codes goes to the boxes once the wait is over', async () => {
    await tryAnd('wrong_code')
    await tryAnd('wait', 2)
    expect([marked(), boxes().map((box) => box.element.disabled)]).toEqual([[], Array.from({ length: 6 }, () => true)])
    vi.advanceTimersByTime(2_000)
    await flushPromises()
    expect([digits(), document.activeElement]).toEqual(['', boxes()[0]?.element])
  })
})

describe('the door', () => {
  afterEach(() => void rpc.mockReset())
  async function open(state: Partial<AppState>): Promise<VueWrapper> {
    await setLanguage('en')
    rpc.mockResolvedValue({ name: 'Lin', password: 'p', code: '123456', seconds_left: 20 })
    appState.value = { phase: 'signed_out', store: 'own', language: 'en', left_at_ms: null, ...state } as AppState
    const page = mount(SignIn, { attachTo: document.body, global: { plugins: [i18n] } })
    await flushPromises()
    return page
  }
  it('of a shop that was set up a moment ago says so, knows the name and waits for the password', async () => {
    leaveAtDoor({ name: 'Lin Xiao', note: 'The shop is open.' })
    const page = await open({})
    expect([page.find('.done').text(), page.find<HTMLInputElement>('#sign-name').element.value, document.activeElement?.id]).toEqual(['The shop is open.', 'Lin Xiao', 'sign-password'])
    page.unmount()
    const again = await open({})
    expect(again.find('.done').exists()).toBe(false)
    again.unmount()
  })
  it('of the demo speaks of having been left only where somebody left it', async () => {
    for (const [left_at_ms, words] of [[null, 'The phone on the right is drawn'], [Date.now() - 3_600_000, 'You left']] as const) {
      const page = await open({ store: 'demo', left_at_ms })
      expect(page.find('.sub').text()).toContain(words)
      page.unmount()
    }
  })
  it.each([
    ['an own shop', { store: 'own', has_demo: true }, ['Lost your password', 'See the demo shop']],
    ['the demo beside an own shop', { store: 'demo', has_own: true }, ['To my shop', 'Start the demo over']],
    ['the demo alone', { store: 'demo', has_own: false }, ['Set up my shop', 'Start the demo over']],
  ] as const)('of %s says what else leads on', async (_, state, words) => {
    const page = await open(state)
    const ways = page.findAll('.ways button').map((one) => one.text())
    expect(ways.length).toBe(words.length)
    words.forEach((word, index) => expect(ways[index]).toContain(word))
    page.unmount()
  })
})
