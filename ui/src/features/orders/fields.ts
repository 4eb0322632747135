/**
 * The conditions of the order book: which fields can be typed, and how tokens become the filter of the wire and back. The words come
 * from both message files at once, since a filter typed in one language is still understood after the language changes.
 */
import type { Channel, FulfilState, OrderFilter, OrderSort, PayState, RefundState, ShopRow } from '@/rpc/bindings'
import { channel as enChannel, fulfil as enFulfil, pay as enPay, refund as enRefund } from '@/i18n/en/common.json'
import en from '@/i18n/en/orders.json'
import { channel as zhChannel, fulfil as zhFulfil, pay as zhPay, refund as zhRefund } from '@/i18n/zh/common.json'
import zh from '@/i18n/zh/orders.json'
import { datesOf, periodOf } from '../lists/dates'
import { boundsOf, rangeOf } from '../lists/ranges'
import { neutralTokens, valuesOf, type Choice, type Field, type Token } from '../lists/tokens'

export const CHANNELS: readonly Channel[] = ['counter', 'mini_program', 'web', 'app', 'errand', 'import']
export const PAY_STATES: readonly PayState[] = ['unpaid', 'partial', 'paid', 'closed']
export const FULFIL_STATES: readonly FulfilState[] = ['none', 'waiting', 'underway', 'done', 'closed']
export const REFUND_STATES: readonly RefundState[] = ['none', 'underway', 'part', 'all']
export const ORDER_SORTS: readonly OrderSort[] = ['newest_first', 'oldest_first', 'largest_first']

/** Names of ids that a filter may hold: filled as the screen learns them. */
export interface Names {
  shops: readonly ShopRow[]
  customers?: ReadonlyMap<string, string>
  skus?: ReadonlyMap<string, string>
  batches?: ReadonlyMap<string, string>
}

function words<K extends string>(values: readonly K[], zhWords: Record<K, string>, enWords: Record<K, string>): Choice[] {
  return values.map((value) => ({ value, zh: zhWords[value], en: enWords[value] }))
}

const named = (names: ReadonlyMap<string, string> | undefined): Choice[] => [...(names ?? [])].map(([value, name]) => ({ value, zh: name, en: name }))

/** The hour span of a token value such as `9-12`: from 9:00 until before 12:00. */
function hoursOf(value: string | undefined): { from: number | null; to: number | null } {
  const span = /^(\d{1,2})-(\d{1,2})$/.exec(value ?? '')
  return span ? { from: Number(span[1]), to: Number(span[2]) - 1 } : { from: null, to: null }
}

const WEEKDAYS = ['1', '2', '3', '4', '5', '6', '7'] as const
const WEEKDAY_ALSO: Record<string, string[]> = { 1: ['mon', '星期一'], 2: ['tue', '星期二'], 3: ['wed', '星期三'], 4: ['thu', '星期四'], 5: ['fri', '星期五'], 6: ['sat', '星期六'], 7: ['sun', '星期天', '星期日'] }

/** The fields that can be typed. */
export function orderFields(names: Names): Field[] {
  const field = (key: keyof typeof zh.field, kind: Field['kind'], many: boolean, choices: Choice[], also: string[] = []): Field => ({ key, zh: zh.field[key], en: en.field[key], kind, many, choices, also })
  const weekdays = words(WEEKDAYS, zh.weekday, en.weekday).map((choice) => ({ ...choice, also: WEEKDAY_ALSO[choice.value] ?? [] }))
  return [
    field('channel', 'choice', true, words(CHANNELS, zhChannel, enChannel)),
    field('created', 'dates', false, [], ['date', '日期', '下单日']),
    field('amount', 'amount', false, [], ['due', '应付']),
    field('pay', 'choice', true, words(PAY_STATES, zhPay, enPay), ['支付', 'paid']),
    field('fulfil', 'choice', true, words(FULFIL_STATES, zhFulfil, enFulfil), ['ship', 'fulfilment']),
    field('refund', 'choice', true, words(REFUND_STATES, zhRefund, enRefund)),
    field('shop', 'entity', true, names.shops.map((shop) => ({ value: shop.id, zh: shop.name, en: shop.name })), ['store']),
    field('weekday', 'choice', false, weekdays),
    field('hour', 'hours', false, []),
    field('customer', 'entity', false, named(names.customers)),
    field('sku', 'entity', false, named(names.skus)),
    field('batch', 'entity', false, named(names.batches)),
    field('dated', 'choice', false, words(['refund', 'both'], zh.dated, en.dated), ['日期']),
    field('only', 'choice', true, words(['overdue', 'counted'], zh.only, en.only)),
  ]
}

export const EMPTY_FILTER: OrderFilter = {
  text: null, from: null, to: null, hour_from: null, hour_to: null, weekday: null, shop_ids: [], channels: [], pay: [], fulfil: [], refund: [],
  amount_min_minor: null, amount_max_minor: null, customer_id: null, sku_id: null, batch_id: null, refunded_in_period: false, with_refunds: false, overdue: false, visits_counted: false,
}

const within = <K extends string>(values: readonly string[], known: readonly K[]): K[] => known.filter((value) => values.includes(value))

/** What the tokens ask for on the given business date, in a currency with so many digits. */
export function orderFilter(tokens: readonly Token[], text: string, today: string, digits: number): OrderFilter {
  const one = (field: string): string | undefined => valuesOf(tokens, field)[0]
  const created = one('created')
  const period = created === undefined ? { from: null, to: null } : periodOf(created, today)
  const amount = one('amount')
  const bounds = amount === undefined ? { min: null, max: null } : boundsOf(amount, digits)
  const hours = hoursOf(one('hour'))
  const weekday = one('weekday')
  return {
    text: text.trim() === '' ? null : text.trim(),
    from: period.from,
    to: period.to,
    hour_from: hours.from,
    hour_to: hours.to,
    weekday: weekday === undefined ? null : Number(weekday),
    shop_ids: valuesOf(tokens, 'shop'),
    channels: within(valuesOf(tokens, 'channel'), CHANNELS),
    pay: within(valuesOf(tokens, 'pay'), PAY_STATES),
    fulfil: within(valuesOf(tokens, 'fulfil'), FULFIL_STATES),
    refund: within(valuesOf(tokens, 'refund'), REFUND_STATES),
    amount_min_minor: bounds.min,
    amount_max_minor: bounds.max,
    customer_id: one('customer') ?? null,
    sku_id: one('sku') ?? null,
    batch_id: one('batch') ?? null,
    refunded_in_period: one('dated') === 'refund',
    with_refunds: one('dated') === 'both',
    overdue: valuesOf(tokens, 'only').includes('overdue'),
    visits_counted: valuesOf(tokens, 'only').includes('counted'),
  }
}

/** The tokens that ask for this filter: how a figure's rows are opened. */
export function tokensOfFilter(filter: OrderFilter, digits: number): Token[] {
  const hour = filter.hour_from === null && filter.hour_to === null ? '' : `${filter.hour_from ?? 0}-${(filter.hour_to ?? 23) + 1}`
  const all: [string, readonly (string | null)[]][] = [
    ['channel', filter.channels],
    ['created', [datesOf(filter.from, filter.to)]],
    ['amount', [rangeOf(filter.amount_min_minor, filter.amount_max_minor, digits)]],
    ['pay', filter.pay],
    ['fulfil', filter.fulfil],
    ['refund', filter.refund],
    ['shop', filter.shop_ids],
    ['weekday', [filter.weekday === null ? null : String(filter.weekday)]],
    ['hour', [hour]],
    ['customer', [filter.customer_id]],
    ['sku', [filter.sku_id]],
    ['batch', [filter.batch_id]],
    ['dated', [filter.refunded_in_period ? 'refund' : filter.with_refunds ? 'both' : null]],
    ['only', [filter.overdue ? 'overdue' : null, filter.visits_counted ? 'counted' : null]],
  ]
  return all.flatMap(([field, values]) => {
    const held = values.filter((value) => value !== null && value !== '')
    return held.length > 0 ? [{ field, values: held as string[] }] : []
  })
}

/** The route that shows the rows of a filter. */
export function orderRoute(filter: OrderFilter, digits = 2): { path: string; query: Record<string, string> } {
  const query: Record<string, string> = {}
  const tokens = neutralTokens(tokensOfFilter(filter, digits))
  if (tokens) query['f'] = tokens
  if (filter.text) query['q'] = filter.text
  return { path: '/orders', query }
}
