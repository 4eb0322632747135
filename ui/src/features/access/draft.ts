/** A role while it is written: one reach for each right, limits as they are typed. What the screen does not show is kept as it was. */
import type { DelicateField, FieldMode, GrantRow, Reach, RoleRow, RoleSave } from '@/rpc/bindings'
import { minorDigits } from '@/format'

export const LIMITED = 'refund.create'
export const REACHES: readonly Reach[] = ['own', 'department', 'department_tree', 'shop', 'shop_group', 'all']
export type Given = Reach | 'none'

export interface RoleDraft {
  id: string | null
  version: number
  name: string
  is_closed: boolean
  reaches: Record<string, Given>
  amount: string
  per_day: string
  fields: Partial<Record<DelicateField, FieldMode>>
  /** Denials, and grants of a right beyond its first. */
  rest: GrantRow[]
  limits: Record<string, Pick<GrantRow, 'amount_minor' | 'percent_bp' | 'per_day'>>
}

export function draftOf(role: RoleRow, currency: string): RoleDraft {
  const draft: RoleDraft = { id: role.id, version: role.version, name: role.name, is_closed: role.is_closed, reaches: {}, amount: '', per_day: '', fields: Object.fromEntries(role.fields.map((row) => [row.field, row.mode])), rest: [], limits: {} }
  for (const grant of role.grants) {
    if (grant.effect === 'deny' || grant.right in draft.reaches) {
      draft.rest.push(grant)
      continue
    }
    draft.reaches[grant.right] = grant.reach
    draft.limits[grant.right] = grant
    if (grant.right !== LIMITED) continue
    draft.amount = grant.amount_minor === null ? '' : String(grant.amount_minor / 10 ** minorDigits(currency))
    draft.per_day = grant.per_day === null ? '' : String(grant.per_day)
  }
  return draft
}

/** A typed limit; `null` where none is set, `NaN` where it is no limit. */
function limitOf(text: string, digits: number): number | null {
  const plain = text.normalize('NFKC').replaceAll(/[\s,]/g, '')
  if (plain === '') return null
  return /^\d{1,12}(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * 10 ** digits) : Number.NaN
}

/** What is sent to the program; `null` where a limit is no number. */
export function savedOf(draft: RoleDraft, currency: string): RoleSave | null {
  const amount_minor = limitOf(draft.amount, minorDigits(currency))
  const per_day = limitOf(draft.per_day, 0)
  if (Number.isNaN(amount_minor) || Number.isNaN(per_day)) return null
  const grants = Object.entries(draft.reaches).flatMap(([right, reach]): GrantRow[] => {
    if (reach === 'none') return []
    const { percent_bp = null, ...kept } = draft.limits[right] ?? { amount_minor: null, per_day: null }
    const limits = right === LIMITED ? { amount_minor, per_day } : { amount_minor: kept.amount_minor, per_day: kept.per_day }
    return [{ right, effect: 'allow', reach, percent_bp, ...limits }]
  })
  const fields = (Object.entries(draft.fields) as [DelicateField, FieldMode][]).map(([field, mode]) => ({ field, mode }))
  return { id: draft.id, version: draft.version, name: draft.name.trim(), is_closed: draft.is_closed, grants: [...grants, ...draft.rest], fields }
}

/** The ways in which a field can be seen: only what can be covered in part is masked, only what can be typed is written. */
const MODES: Readonly<Record<DelicateField, readonly FieldMode[]>> = {
  product_cost: ['hidden', 'read', 'write'],
  sales_margin: ['hidden', 'read'],
  customer_name: ['hidden', 'masked', 'read', 'write'],
  customer_phone: ['hidden', 'masked', 'read', 'write'],
}
export function modesFor(field: DelicateField, now: FieldMode): readonly FieldMode[] {
  return MODES[field].includes(now) ? MODES[field] : [...MODES[field], now]
}
