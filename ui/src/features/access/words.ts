/** Rights, roles and places in the reader's language. */
import type { HeldRole, RightKind, RightOf, RoleRow, Shops } from '@/rpc/bindings'
import { day, isoDateOf, money, percent } from '@/format'
import { hasText, t, tn, type MessageKey } from '@/i18n'

export function rightName(name: string): string {
  const key = `access.right.${name.replace('.', '_')}`
  return hasText(key) ? t(key) : t('access.right.unknown', { name })
}

/** A ready role has words of its own; another one is called what somebody called it. */
export function roleName({ word, name }: Pick<RoleRow, 'word' | 'name'>): string {
  const key = `access.role.${word ?? ''}`
  return word !== null && hasText(key) ? t(key) : name
}

export function roleText(role: RoleRow): string {
  const key = `access.role_text.${role.word ?? ''}`
  return role.word !== null && hasText(key) ? t(key) : tn('access.roles.text_own', new Set(role.grants.map((grant) => grant.right)).size)
}

export function heldText(held: HeldRole): string {
  return t('access.at', { role: roleName(held), place: held.place === 'organisation' ? t('access.whole') : (held.place_name ?? t('common.dash')) })
}

const dayOf = (at_ms: number) => day(isoDateOf(at_ms))

/** From when to when it is held; nothing where it has no end. The last day is the one before the instant at which it ends. */
export function spanText(held: HeldRole): string {
  const parts = [
    held.valid_from_ms === null ? '' : t('access.from_day', { day: dayOf(held.valid_from_ms) }),
    held.valid_to_ms === null ? '' : t('access.to_day', { day: dayOf(held.valid_to_ms - 1) }),
    held.is_live ? '' : t('access.not_yet_live'),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** Where the right holds and up to what; of what holds for the whole, `kind` says enough. */
export function heldDetail(right: RightOf, kind: RightKind | undefined, shops: Shops['shops'], currency: string): string {
  const names = right.shop_ids?.map((id) => shops.find((shop) => shop.id === id)?.name ?? t('common.dash'))
  const where = kind === 'whole' ? '' : names === undefined ? t('access.look.everywhere') : names.length === 0 ? t('access.look.no_shop') : tn('access.look.shops', names.length, { names: names.join(t('access.comma')) })
  const limits = [
    right.amount_minor === null ? '' : t('access.look.amount', { amount: money(right.amount_minor, currency) }),
    right.percent_bp === null ? '' : t('access.look.percent', { percent: percent(right.percent_bp) }),
    right.per_day === null ? '' : tn('access.look.per_day', right.per_day),
  ]
  return [where, ...limits].filter((part) => part !== '').join(' · ')
}

export function whyText({ why, at_ms }: RightOf): string {
  if (why === null) return ''
  if (at_ms !== null && why === 'not_yet') return t('access.why.not_yet_on', { day: dayOf(at_ms) })
  if (at_ms !== null && why === 'over') return t('access.why.over_on', { day: dayOf(at_ms) })
  return t(`access.why.${why}` as MessageKey)
}
