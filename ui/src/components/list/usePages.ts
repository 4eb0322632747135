/** Rows as keyset pages: the next page is asked for before it is needed, a change renews what is loaded without moving it. */
import { computed, onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { onConnect, onEvent, rpcErrorOf, type RpcError } from '@/rpc/client'
import { recall } from './memory'

export const PAGE_ROWS = 100
/** Above so many loaded rows a change is only announced: asking for them all again would be slower than it is worth. */
const RENEW_ROWS_MAX = 400
const RENEW_MIN_MS = 1_000

export interface Page<R> {
  rows: R[]
  next: string | null
}
export type Loader<R> = (after: string | null, limit: number) => Promise<Page<R>>

/** What is being read while the rows are renewed below it. */
export interface Reading<R> {
  rowId: (row: R) => string
  /** The row that must stay where it stands on the screen; none where newer rows may push the others down. */
  row: () => R | undefined
  /** A renewal has put so many rows more above that row. */
  moved: (rows: number) => void
}

export function usePages<R>(list: string, question: MaybeRefOrGetter<string>, load: () => Loader<R>, entities: readonly string[], reading?: Reading<R>) {
  const rows = shallowRef<R[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const settled = ref(false)
  const error = shallowRef<RpcError | null>(null)
  /** Something changed that is not shown. */
  const outdated = ref(false)
  let round = 0
  let last_renew_ms = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function start(): Promise<void> {
    round += 1
    const mine = round
    loading.value = true
    try {
      const page = await load()(null, PAGE_ROWS)
      if (mine !== round) return
      rows.value = page.rows
      next.value = page.next
      error.value = null
      settled.value = true
      outdated.value = false
    } catch (thrown) {
      if (mine !== round) return
      error.value = rpcErrorOf(thrown)
    } finally {
      if (mine === round) loading.value = false
    }
  }

  async function more(): Promise<void> {
    if (next.value === null || loading.value) return
    const mine = round
    loading.value = true
    try {
      const page = await load()(next.value, PAGE_ROWS)
      if (mine !== round) return
      rows.value = [...rows.value, ...page.rows]
      next.value = page.next
    } catch (thrown) {
      if (mine === round) error.value = rpcErrorOf(thrown)
    } finally {
      if (mine === round) loading.value = false
    }
  }

  async function renew(): Promise<void> {
    if (loading.value) return later()
    if (rows.value.length > RENEW_ROWS_MAX) {
      outdated.value = true
      return
    }
    last_renew_ms = performance.now()
    const mine = round
    const wanted = Math.max(rows.value.length, 1)
    const read = reading?.row()
    const place = (among: readonly R[]): number => (read === undefined || !reading ? -1 : among.findIndex((row) => reading.rowId(row) === reading.rowId(read)))
    /** How far to load: to the row that is read, if it was there before, else only as far as was loaded. */
    const enough = place(rows.value) < 0 ? (among: readonly R[]) => among.length >= wanted : (among: readonly R[]) => among.length >= wanted && (place(among) >= 0 || among.length >= RENEW_ROWS_MAX)
    try {
      const fresh: R[] = []
      let after: string | null = null
      do {
        const page: Page<R> = await load()(after, PAGE_ROWS)
        fresh.push(...page.rows)
        after = page.next
      } while (after !== null && !enough(fresh))
      if (mine !== round || loading.value) return
      const from = place(rows.value)
      const to = place(fresh)
      rows.value = fresh
      next.value = after
      if (from >= 0 && to >= 0 && from !== to) reading?.moved(to - from)
    } catch {
      // The rows on the screen stay; the next change or a person's act tries again.
    }
  }

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void renew(), Math.max(0, RENEW_MIN_MS - (performance.now() - last_renew_ms)))
  }

  const remembered = recall(list)
  if (remembered && remembered.question === toValue(question)) {
    rows.value = [...remembered.rows] as R[]
    next.value = remembered.next
    settled.value = true
    later()
  } else void start()

  watch(
    () => toValue(question),
    () => void start(),
  )
  const stop = onEvent((event) => {
    if (event.event === 'changed' && entities.includes(event.entity)) later()
  })
  const stopConnect = onConnect(later)
  onScopeDispose(() => {
    round += 1
    clearTimeout(timer)
    stop()
    stopConnect()
  })

  return { rows, next, loading, settled, error, outdated, start, more, isEmpty: computed(() => settled.value && rows.value.length === 0) }
}
