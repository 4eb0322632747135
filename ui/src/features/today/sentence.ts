/** The sentences of 今日: good or bad, and why, out of the figures. */
import type { Cause, Today } from '@/rpc/bindings'
import { count, money, percent, quantity, weekday } from '@/format'
import { hasText, language, t, tn, type MessageKey } from '@/i18n'

/** Below a tenth of a percent nobody calls it better or worse. */
const SAME_BP = 10

export const weekdayName = (today: Today): string => weekday(today.weekday, true)

function nameOf(cause: Cause): string {
  const key = `common.channel.${cause.name}`
  const name = cause.kind === 'channel' && hasText(key) ? t(key) : cause.name
  // Chinese set against a Latin letter or figure gets a space.
  return language.value === 'zh' && /[\w)]$/.test(name) ? `${name} ` : name
}

/** Why, in a few words: what sold more or less, where, or how many came. */
export function causeText(cause: Cause): string {
  if (cause.kind === 'rest') return t('today.cause.rest_long')
  const name = nameOf(cause)
  if (cause.kind === 'visits' && cause.visitors_change_bp !== null) {
    return t(cause.visitors_change_bp >= 0 ? 'today.cause.visits_more' : 'today.cause.visits_less', { change: percent(Math.abs(cause.visitors_change_bp)) })
  }
  const isCount = cause.kind === 'shop' || cause.kind === 'channel'
  const moved = isCount ? cause.orders : cause.pieces_milli
  const way = cause.amount_minor >= 0 ? 'more' : 'less'
  // More pieces with less money is no explanation; then only the amount is spoken of.
  if (cause.kind === 'visits' || moved === 0 || moved > 0 !== cause.amount_minor > 0) return t(`today.cause.amount_${way}`, { name })
  return tn(`today.cause.${cause.kind}_${way}` as MessageKey, Math.abs(isCount ? moved : 2), { name, n: isCount ? count(Math.abs(moved)) : quantity(Math.abs(moved)) })
}

/** The one sentence that answers. */
export function leadText(today: Today): string {
  const sales = today.figures[0]?.figure
  const orders = today.figures[1]?.figure.value ?? 0
  const amount = money(sales?.value ?? 0, today.currency)
  const day = weekdayName(today)
  const before = sales?.before ?? null
  if (today.days_of_trade === 0) return t('today.lead.empty')
  if ((sales?.value ?? 0) === 0 && orders === 0) return before === null || before === 0 ? t('today.lead.none_yet') : t('today.lead.none_yet_before', { weekday: day, amount: money(before, today.currency, { whole: true }) })
  const change = sales?.change_bp ?? null
  if (before === null || change === null) {
    if (today.days_of_trade <= 7) return tn('today.lead.young', orders, { day: today.days_of_trade, amount, orders: count(orders) })
    return today.before_date === null ? tn('today.lead.no_before', orders, { amount, orders: count(orders) }) : tn('today.lead.no_before_day', orders, { amount, orders: count(orders), weekday: day })
  }
  if (Math.abs(change) < SAME_BP) return t('today.lead.plain', { lead: t('today.lead.same', { weekday: day }) })
  const lead = t(change > 0 ? 'today.lead.better' : 'today.lead.worse', { weekday: day, change: percent(Math.abs(change)) })
  const main = today.causes.filter((cause) => cause.kind !== 'rest' && cause.amount_minor > 0 === change > 0).sort((a, b) => Math.abs(b.amount_minor) - Math.abs(a.amount_minor))[0]
  return main ? t('today.lead.because', { lead, cause: causeText(main) }) : t('today.lead.plain', { lead })
}
