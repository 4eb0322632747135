import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppState } from '@/rpc/bindings'
import { RpcError } from '@/rpc/transport'

const rpc = vi.fn()
vi.mock('@/rpc/client', async (original) => ({ ...(await original<typeof import('@/rpc/client')>()), rpc: (...ask: unknown[]) => rpc(...ask) }))
const { default: i18n, setLanguage } = await import('@/i18n')
const { appState } = await import('@/shell/session')
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
