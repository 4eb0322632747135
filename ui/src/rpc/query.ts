/**
 * A small cache of answers. A query is a command and what it asks; it is asked again when an event says that one of its entities
 * changed, at most once a second, and keeps the old answer on the screen meanwhile.
 */
import { computed, onScopeDispose, shallowReactive, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import type { Answer, Ask, CommandName } from './client'
import { onConnect, onEvent, rpc, rpcErrorOf, type RpcError } from './client'

interface Entry {
  data: unknown
  error: RpcError | null
  loading: boolean
  stale: boolean
  asked_at_ms: number
  watchers: number
  entities: readonly string[]
  run: () => Promise<void>
}

/** Which entities an answer is made of; a change of one of them makes it stale. */
const ENTITIES: Partial<Record<CommandName, readonly string[]>> = {
  today: ['order', 'figure', 'refund', 'import', 'shop', 'backup'],
  analysis: ['order', 'figure', 'refund', 'import', 'shop'],
  order_page: ['order', 'refund', 'import'],
  order_totals: ['order', 'refund', 'import'],
  order_get: ['order', 'refund'],
  product_page: ['sku', 'product', 'import'],
  product_totals: ['sku', 'product', 'import'],
  product_get: ['sku', 'product'],
  customer_page: ['customer', 'import'],
  customer_totals: ['customer', 'import'],
  customer_get: ['customer'],
  shop_list: ['shop', 'import', 'category'],
  settings_get: ['setting'],
  backup_status: ['backup', 'setting'],
  sync_status: ['sync', 'setting'],
  import_list: ['import'],
  view_list: ['view'],
  notice_list: ['notice'],
  job_list: ['job'],
  person_list: ['person', 'role', 'shop'],
  role_list: ['role', 'person'],
  place_list: ['role', 'shop'],
  access_look: ['person', 'role'],
}

const REFRESH_MIN_MS = 1_000
const ENTRIES_MAX = 60

const entries = new Map<string, Entry>()

function entryOf(command: CommandName, ask: unknown): Entry {
  const key = `${command} ${JSON.stringify(ask)}`
  const known = entries.get(key)
  if (known) return known
  const entry: Entry = shallowReactive({
    data: undefined,
    error: null,
    loading: false,
    stale: true,
    asked_at_ms: 0,
    watchers: 0,
    entities: ENTITIES[command] ?? [],
    run: async () => {
      if (entry.loading) return
      entry.loading = true
      entry.stale = false
      entry.asked_at_ms = performance.now()
      try {
        entry.data = await rpc(command, ask as Ask<CommandName>)
        entry.error = null
      } catch (thrown) {
        entry.error = rpcErrorOf(thrown)
      } finally {
        entry.loading = false
        if (entry.stale && entry.watchers > 0) later(entry)
      }
    },
  })
  entries.set(key, entry)
  dropOldEntries()
  return entry
}

/** Answers nobody looks at are forgotten, oldest first, so that the cache does not grow with the day. */
function dropOldEntries(): void {
  if (entries.size <= ENTRIES_MAX) return
  const idle = [...entries].filter(([, entry]) => entry.watchers === 0).sort((a, b) => a[1].asked_at_ms - b[1].asked_at_ms)
  for (const [key] of idle.slice(0, entries.size - ENTRIES_MAX)) entries.delete(key)
}

function later(entry: Entry): void {
  const wait_ms = Math.max(0, REFRESH_MIN_MS - (performance.now() - entry.asked_at_ms))
  setTimeout(() => {
    if (entry.stale && entry.watchers > 0) void entry.run()
  }, wait_ms)
}

/** Marks what is made of `entity` as stale and asks again for what is on the screen. Without an entity: everything. */
export function invalidate(entity?: string): void {
  for (const entry of entries.values()) {
    if (entity !== undefined && !entry.entities.includes(entity)) continue
    if (entry.stale && entry.loading) continue
    entry.stale = true
    if (entry.watchers > 0 && !entry.loading) later(entry)
  }
}

/** Forgets every answer: another person or another shop is in front. */
export function forgetAnswers(): void {
  for (const [key, entry] of entries) if (entry.watchers === 0) entries.delete(key)
  invalidate()
}

onEvent((event) => {
  if (event.event === 'changed') invalidate(event.entity)
})
onConnect(() => invalidate())

export interface Query<T> {
  /** The last answer; stays while a newer one is asked for. Undefined before the first. */
  data: ComputedRef<T | undefined>
  error: ComputedRef<RpcError | null>
  /** Nothing to show yet. */
  pending: ComputedRef<boolean>
  /** The shown answer belongs to the question before. A renewal of the same question is not shown: trade renews it every few seconds. */
  superseded: ComputedRef<boolean>
  refresh: () => Promise<void>
}

/**
 * Asks `command` with what `ask` gives and keeps the answer fresh while the component lives. `ask` may give `null`: nothing is asked.
 * While a new question is on its way the answer to the last one stays, so that a screen dims instead of jumping.
 */
export function useQuery<C extends CommandName>(command: C, ask: MaybeRefOrGetter<Ask<C> | null>): Query<Answer<C>> {
  const held = shallowReactive<{ entry: Entry | null; last: unknown }>({ entry: null, last: undefined })
  const release = () => {
    if (held.entry) held.entry.watchers -= 1
    held.entry = null
  }
  watch(
    () => {
      const value = toValue(ask)
      return value === null ? null : JSON.stringify(value)
    },
    (text) => {
      const before = held.entry?.data
      if (before !== undefined) held.last = before
      release()
      if (text === null) return
      const entry = entryOf(command, JSON.parse(text))
      entry.watchers += 1
      held.entry = entry
      if (entry.stale) void entry.run()
    },
    { immediate: true },
  )
  onScopeDispose(release)
  return {
    data: computed(() => (held.entry?.data ?? held.last) as Answer<C> | undefined),
    error: computed(() => held.entry?.error ?? null),
    pending: computed(() => held.entry !== null && held.entry.data === undefined && held.last === undefined && held.entry.error === null),
    superseded: computed(() => held.entry !== null && held.entry.data === undefined && held.entry.loading && held.last !== undefined),
    refresh: async () => {
      await held.entry?.run()
    },
  }
}
