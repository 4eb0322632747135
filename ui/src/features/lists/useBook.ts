/** What the three lists have in common: conditions from the route, own views, tabs, ticked rows, the open row. What a row is and which columns it has is each list's own. */
import { computed, reactive, shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { isoDateOf, money } from '@/format'
import type { ListExport, ListKind } from '@/rpc/bindings'
import { keep, kept } from '@/shell/kept'
import { currency } from '@/shell/session'
import { shopIds } from '@/shell/shops'
import type { ListHandle } from './handle'
import { seenRows } from './seen'
import { withToken, type Field, type Token } from './tokens'
import { useListRoute } from './useListRoute'
import { useViews } from './useViews'

interface Kind<R, F> {
  list: ListKind
  fields: () => readonly Field[]
  sorts: readonly string[]
  /** Columns not shown until they are asked for. */
  hidden: readonly string[]
  /** A tab is the same conditions with one axis set. */
  tabs: Readonly<Record<string, Token>>
  filter: (tokens: readonly Token[], words: string, today: string) => F
  rowId: (row: R) => string
}

export function useBook<R extends { currency: string }, F extends { shop_ids: string[] }>(kind: Kind<R, F>) {
  const path = `/${kind.list}`
  if (kept(`list.${kind.list}`, null) === null) keep(`list.${kind.list}`, { density: 'compact', hidden: kind.hidden })

  const router = useRouter()
  const book = shallowRef<ListHandle<R>>()
  const route = useListRoute(path, kind.fields, kind.sorts)
  const at = reactive(route)
  const views = reactive(useViews(kind.list, route, { hidden: () => book.value?.look.hidden ?? [], show: (hidden) => book.value && (book.value.look.hidden = hidden) }))

  const today = computed(() => isoDateOf(Date.now()))
  /** The shops chosen in the bar hold where the conditions name none. */
  function filterOf(tokens: readonly Token[], words: string): F {
    const filter = kind.filter(tokens, words, today.value)
    return filter.shop_ids.length > 0 ? filter : { ...filter, shop_ids: shopIds.value }
  }
  const filter = computed(() => filterOf(at.tokens, at.words))
  const question = computed(() => JSON.stringify([filter.value, at.sort]))

  const axes = new Set(Object.values(kind.tabs).map((token) => token.field))
  const withoutTabs = computed(() => at.tokens.filter((token) => !axes.has(token.field)))
  const tab = computed({
    get: () => {
      if (at.view !== '') return ''
      const held = Object.entries(kind.tabs).find(([, one]) => at.tokens.some((token) => token.field === one.field && token.values.join() === one.values.join()))
      return held?.[0] ?? 'all'
    },
    set: (id: string) => {
      const token = kind.tabs[id]
      // Leaving an own view leaves its conditions too.
      const others = at.view === '' ? withoutTabs.value : []
      at.ask({ tokens: token ? withToken(others, token.field, token.values) : others, words: at.view === '' ? at.words : '', view: '' })
    },
  })

  const seen = seenRows<R>(kind.list, kind.rowId)
  return {
    book, at, views, filter, question, tab, seen,
    /** The conditions without those of a tab: what the tabs count. */
    whole: computed(() => filterOf(withoutTabs.value, at.words)),
    everything: computed(() => filterOf([], '')),
    /** The sum of the ticked rows, once each of them was seen. */
    tickedSum(ids: ReadonlySet<string>, minorOf: (row: R) => number): string {
      const rows = seen.of(ids)
      return rows.length === ids.size ? money(rows.reduce((sum, row) => sum + minorOf(row), 0), rows[0]?.currency ?? currency.value) : ''
    },
    exportOf: (columns: readonly { key: string }[], own: Partial<ListExport>): Omit<ListExport, 'format'> => ({
      list: kind.list, columns: columns.map((column) => column.key), order_filter: null, order_sort: null, product_filter: null, product_sort: null, customer_filter: null, customer_sort: null, ...own,
    }),
    open: (row: R): void => void router.push(`${path}/${kind.rowId(row)}`),
  }
}
