import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { SearchHit } from '@/rpc/bindings'

const rpc = vi.fn()
vi.mock('@/rpc/client', async (original) => ({ ...(await original<typeof import('@/rpc/client')>()), rpc: (...ask: unknown[]) => rpc(...ask) }))
const { default: i18n, setLanguage } = await import('@/i18n')
const { default: Palette } = await import('@/shell/Palette.vue')

const CUSTOMER: SearchHit = { kind: 'customers', id: 'c1', title: 'Chen', detail: '138****6021' }
const PRODUCT: SearchHit = { kind: 'products', id: 'p1', title: 'Mug', detail: '6021' }

beforeAll(() => setLanguage('en'))
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

async function search(text: string, hits: SearchHit[]) {
  rpc.mockResolvedValue({ hits })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { template: '<p />' } }] })
  const palette = mount(Palette, { props: { open: true }, global: { plugins: [i18n, router] }, attachTo: document.body })
  await palette.find('input').setValue(text)
  await vi.advanceTimersByTimeAsync(200)
  await flushPromises()
  const offered = palette.findAll('.item').find((item) => item.text().startsWith('Orders of the phone'))
  return { palette, router, offered }
}

it('the end of a phone that is a customer’s leads to their orders', async () => {
  const { palette, router, offered } = await search('6021', [CUSTOMER])
  expect(offered?.text()).toContain('6021')
  await offered?.trigger('click')
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe('/orders?q=6021')
  palette.unmount()
})
it.each<[string, string, SearchHit[]]>([
  ['three digits', '021', [CUSTOMER]],
  ['words', 'Chen', [CUSTOMER]],
  ['digits that are no customer’s', '6021', [PRODUCT]],
  ['digits of something else of a customer', '2468', [CUSTOMER]],
])('%s do not', async (_, text, hits) => {
  const { palette, offered } = await search(text, hits)
  expect(offered).toBeUndefined()
  palette.unmount()
})
