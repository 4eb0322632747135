/** A person's own views of one list: name, conditions, sort and hidden columns, kept by the program on this computer. */
import { computed, shallowRef } from 'vue'
import { t } from '@/i18n'
import type { ListKind, OwnView } from '@/rpc/bindings'
import { rpc, rpcErrorOf } from '@/rpc/client'
import { say, sayError } from '@/shell/toasts'
import type { ListRoute, ViewBody } from './useListRoute'

/** A body that another version wrote may lack parts; what is missing is as usual. */
export function bodyOf(view: OwnView): ViewBody {
  try {
    const body = JSON.parse(view.body) as Partial<ViewBody>
    return { f: body.f ?? '', q: body.q ?? '', sort: body.sort ?? '', hidden: Array.isArray(body.hidden) ? body.hidden : [] }
  } catch {
    return { f: '', q: '', sort: '', hidden: [] }
  }
}

export function useViews(list: ListKind, at: ListRoute, look: { hidden: () => string[]; show: (hidden: string[]) => void }) {
  const all = shallowRef<OwnView[]>([])
  const views = computed(() => all.value.filter((view) => view.list === list))
  const base = computed<ViewBody>(() => {
    const view = views.value.find((each) => each.id === at.view.value)
    return view ? bodyOf(view) : { f: '', q: '', sort: at.usualSort }
  })
  const isChanged = computed(() => at.body.value.f !== base.value.f || at.body.value.q !== base.value.q || at.body.value.sort !== (base.value.sort || at.usualSort))

  async function run(act: () => Promise<{ views: OwnView[] }>): Promise<boolean> {
    try {
      all.value = (await act()).views
      return true
    } catch (thrown) {
      sayError(rpcErrorOf(thrown))
      return false
    }
  }
  void rpc('view_list', {}).then((answer) => (all.value = answer.views), () => undefined)

  async function save(name: string): Promise<void> {
    const same = views.value.find((view) => view.name === name)
    const body: ViewBody = { ...at.body.value, hidden: look.hidden() }
    const saved = await run(() => rpc('view_save', { id: same?.id ?? '', list, name, body: JSON.stringify(body) }))
    if (!saved) return
    const view = views.value.find((each) => each.name === name)
    if (view) at.show(view.id, body)
    say(t('lists.views.saved', { name }))
  }
  async function remove(view: OwnView): Promise<void> {
    if (!(await run(() => rpc('view_delete', { id: view.id })))) return
    if (at.view.value === view.id) at.show('', at.body.value)
    say(t('lists.views.deleted', { name: view.name }))
  }
  function choose(view: OwnView): void {
    const body = bodyOf(view)
    look.show(body.hidden ?? [])
    at.show(view.id, body)
  }
  const reset = (): void => at.show(at.view.value, base.value)

  return { views, isChanged, save, remove, choose, reset }
}
