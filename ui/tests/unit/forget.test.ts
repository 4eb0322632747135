import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Phase, StoreChoice } from '@/rpc/bindings'

const rpc = vi.fn()
vi.mock('@/rpc/client', async (original) => ({ ...(await original<typeof import('@/rpc/client')>()), rpc: (...ask: unknown[]) => rpc(...ask) }))
const { refreshState } = await import('@/shell/session')
const { router } = await import('@/router')
const { recall, remember } = await import('@/components/list/memory')
const { seenRows } = await import('@/features/lists/seen')
const { notices, say, toasts } = await import('@/shell/toasts')
const { shopIds } = await import('@/shell/shops')
const { jobs, loadJobs } = await import('@/shell/jobs')

let made = 0
let export_id = ''
const rowsOf = () => seenRows<{ id: string }>('customers', (row) => row.id)

async function stand(phase: Phase, store: StoreChoice | null, id: string | null = null): Promise<void> {
  rpc.mockImplementation(async (command: string) => (command === 'job_list' ? { jobs: [{ id: export_id, kind: 'export', state: 'done', started_at_ms: 1 }] } : { phase, store, person: id === null ? null : { id }, language: 'en' }))
  await refreshState()
}
/** Works in the shop in front: a narrowed list, rows that were seen, something told, shops chosen, a file exported. */
async function work(): Promise<void> {
  await router.push('/customers?q=Chen')
  remember('customers', { question: 'Chen', rows: [{}], next: null, scroll_px: 0, current: null })
  rowsOf().see([{ id: 'a' }])
  say('Exported products.xlsx')
  shopIds.value = ['west']
  await loadJobs()
}
const left = () => [router.currentRoute.value.fullPath, recall('customers')?.question, rowsOf().of(new Set(['a'])).length, notices.value.length, toasts.value.length, shopIds.value.length, jobs.value.length]
const ALL = ['/customers?q=Chen', 'Chen', 1, 1, 1, 1, 1]
const NOTHING = ['/', undefined, 0, 0, 0, 0, 0]

describe('what the screens remember', () => {
  beforeEach(async () => {
    export_id = `export-${(made += 1)}`
    // From another shop, so that nothing of the case before is left.
    await stand('open', 'own', 'mei')
    await stand('signed_out', 'demo')
    await stand('open', 'demo', 'lin')
    notices.value = []
    toasts.value = []
    await work()
  })
  it.each<[string, [Phase, StoreChoice | null, string | null][], boolean]>([
    ['stays through a lock', [['locked', 'demo', 'lin'], ['open', 'demo', 'lin']], true],
    ['stays where the same person signs in again', [['signed_out', 'demo', null], ['open', 'demo', 'lin']], true],
    ['is forgotten in another shop', [['signed_out', 'demo', null], ['signed_out', 'own', null], ['open', 'own', 'mei']], false],
    ['is forgotten in another shop of the same person', [['signed_out', 'own', null], ['open', 'own', 'lin']], false],
    ['is forgotten for another person', [['signed_out', 'demo', null], ['open', 'demo', 'mei']], false],
    ['is forgotten where a demo was wiped and made anew', [['first_start', null, null], ['open', 'demo', 'lin']], false],
  ])('%s', async (_, way, stays) => {
    for (const [phase, store, id] of way) await stand(phase, store, id)
    const found = left()
    // The program lists the ended jobs of the shop that was left as well.
    await loadJobs()
    expect([found, jobs.value.length]).toEqual(stays ? [ALL, 1] : [NOTHING, 0])
  })
})
