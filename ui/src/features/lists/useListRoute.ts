/**
 * A list's conditions, sort, view and open row, all of them in the route: a list can be linked to, and "back" brings it again. What the
 * address holds is language-neutral. While another screen comes in front, the last address of the list is held, so that leaving asks nothing.
 */
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { forgetWithShop } from '@/shell/forget'
import { neutralTokens, readNeutral, type Field, type Token } from './tokens'

export interface ListQuestion {
  tokens: readonly Token[]
  words: string
  sort: string
}

/** What a saved view keeps; `hidden` are the columns not shown. */
export interface ViewBody {
  f: string
  q: string
  sort: string
  hidden?: string[]
}

const held = new Map<string, LocationQuery>()
const ticked = new Map<string, ReadonlySet<string>>()
forgetWithShop(() => {
  held.clear()
  ticked.clear()
})

const one = (value: LocationQuery[string] | undefined): string => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''))

/** The query of the route for a question; what is usual is left out. */
export function queryOf(question: ListQuestion, usualSort: string): Record<string, string> {
  const query: Record<string, string> = {}
  const f = neutralTokens(question.tokens)
  if (f) query['f'] = f
  if (question.words) query['q'] = question.words
  if (question.sort && question.sort !== usualSort) query['sort'] = question.sort
  return query
}

export function useListRoute(path: string, fields: () => readonly Field[], sorts: readonly string[]) {
  const route = useRoute()
  const router = useRouter()
  const usualSort = sorts[0] ?? ''
  const query = shallowRef<LocationQuery>({ ...route.query })
  const current = ref<string | null>(one(route.query['open']) || null)
  const selected = shallowRef<ReadonlySet<string>>(ticked.get(path) ?? new Set())

  // The rail leads to the bare path: the list is as it was left in this sitting.
  const before = held.get(path)
  if (route.path === path && Object.keys(route.query).length === 0 && before && Object.keys(before).length > 0) {
    query.value = before
    current.value = one(before['open']) || null
    void router.replace({ path, query: before })
  }

  watch(
    () => route.fullPath,
    () => {
      if (route.path !== path) return
      query.value = { ...route.query }
      held.set(path, query.value)
      current.value = one(route.query['open']) || null
    },
  )
  watch(current, (id) => {
    if (route.path !== path || one(query.value['open']) === (id ?? '')) return
    const { open: _, ...rest } = query.value
    void router.replace({ path, query: id === null ? rest : { ...rest, open: id } })
  })
  watch(selected, (set) => ticked.set(path, set))

  const f = computed(() => one(query.value['f']))
  const tokens = computed<Token[]>(() => readNeutral(f.value, fields()))
  const words = computed(() => one(query.value['q']))
  const sort = computed(() => (sorts.includes(one(query.value['sort'])) ? one(query.value['sort']) : usualSort))
  const view = computed(() => one(query.value['v']))

  /** Asks another question; each becomes a step of "back". */
  function ask(patch: Partial<ListQuestion> & { view?: string }): void {
    const question = { tokens: patch.tokens ?? tokens.value, words: patch.words ?? words.value, sort: patch.sort ?? sort.value }
    const next: Record<string, string> = queryOf(question, usualSort)
    const v = patch.view ?? view.value
    if (v) next['v'] = v
    if (current.value !== null) next['open'] = current.value
    selected.value = new Set()
    const typing = patch.words !== undefined && patch.tokens === undefined
    void router[typing ? 'replace' : 'push']({ path, query: next })
  }

  const body = computed<ViewBody>(() => ({ f: neutralTokens(tokens.value), q: words.value, sort: sort.value }))

  function show(id: string, wanted: ViewBody): void {
    ask({ tokens: readNeutral(wanted.f, fields()), words: wanted.q, sort: wanted.sort || usualSort, view: id })
  }

  return { tokens, words, sort, view, current, selected, body, ask, show, usualSort, isNarrowed: computed(() => tokens.value.length > 0 || words.value !== '') }
}

export type ListRoute = ReturnType<typeof useListRoute>
