/** Where a role may be held: the whole shop, one of its shops, a department or a group. */
import { computed } from 'vue'
import type { PlaceKind, RoleToGive } from '@/rpc/bindings'
import { useQuery } from '@/rpc/query'
import { t } from '@/i18n'

export interface Holding {
  /** `kind:id`, as a choice of a list. */
  value: string
  name: string
}
export interface HoldingGroup {
  label: string
  places: Holding[]
}
export const WHOLE = 'organisation:'

export function placeOf(value: string): Pick<RoleToGive, 'place' | 'place_id'> {
  const [kind = 'organisation', id = ''] = value.split(':')
  return { place: kind as PlaceKind, place_id: id === '' ? null : id }
}

export function useHoldings() {
  const shops = useQuery('shop_list', {})
  const places = useQuery('place_list', {})
  const groups = computed<HoldingGroup[]>(() => {
    const open = (kind: PlaceKind, rows: readonly { id: string; name: string; is_closed?: boolean }[]) => rows.filter((row) => row.is_closed !== true).map((row) => ({ value: `${kind}:${row.id}`, name: row.name }))
    return [
      { label: t('access.give.shops'), places: open('shop', shops.data.value?.shops ?? []) },
      { label: t('access.give.departments'), places: open('department', places.data.value?.departments ?? []) },
      { label: t('access.give.groups'), places: open('group', places.data.value?.groups ?? []) },
    ].filter((group) => group.places.length > 0)
  })
  return { groups, shops }
}
