import { flushPromises, mount } from '@vue/test-utils'
import { beforeAll, expect, it, vi } from 'vitest'
import type { AppState } from '@/rpc/bindings'

const rpc = vi.fn()
vi.mock('@/rpc/client', async (original) => ({ ...(await original<typeof import('@/rpc/client')>()), rpc: (...ask: unknown[]) => rpc(...ask) }))
const { default: i18n, setLanguage } = await import('@/i18n')
const { appState } = await import('@/shell/session')
const { default: DemoBanner } = await import('@/shell/DemoBanner.vue')

beforeAll(() => setLanguage('en'))

const open = (has_own: boolean) => {
  appState.value = { phase: 'open', store: 'demo', has_own, language: 'en' } as AppState
  const banner = mount(DemoBanner, { global: { plugins: [i18n] } })
  return { banner, button: banner.findAll('button').find((one) => one.text() === 'Set up my shop') }
}

it('the banner of the demo leads to setting up, out of the demo first', async () => {
  rpc.mockImplementation(async (command: string) => (command === 'app_state' ? { phase: 'signed_out', store: 'demo', person: null, language: 'en' } : {}))
  const { banner, button } = open(false)
  await button?.trigger('click')
  await flushPromises()
  expect(rpc.mock.calls.map(([command]) => command)).toEqual(['sign_out', 'app_state', 'setup_state', 'app_state'])
  banner.unmount()
})
it('and does not where there is a shop of one’s own', () => expect(open(true).button).toBeUndefined())
