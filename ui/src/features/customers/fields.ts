/** The conditions of the customer list, and how its tokens become the filter of the wire and back. */
import type { CustomerFilter, CustomerSort, ShopRow } from '@/rpc/bindings'
import en from '@/i18n/en/customers.json'
import zh from '@/i18n/zh/customers.json'
import { datesOf, periodOf } from '../lists/dates'
import { boundsOf } from '../lists/ranges'
import { neutralTokens, valuesOf, type Field, type Token } from '../lists/tokens'

export const CUSTOMER_SORTS: readonly CustomerSort[] = ['spent_most', 'last_order', 'name']

export const EMPTY_CUSTOMER_FILTER: CustomerFilter = { text: null, country: null, shop_ids: [], bought_from: null, bought_to: null, min_orders: null }

export function customerFields(shops: readonly ShopRow[]): Field[] {
  const field = (key: keyof typeof zh.field, kind: Field['kind'], many = false, also: string[] = []): Field => ({ key, zh: zh.field[key], en: en.field[key], kind, many, choices: [], also })
  const atLeast = (value: string): boolean => boundsOf(value, 0).min !== null && boundsOf(value, 0).max === null
  return [
    field('bought', 'dates', false, ['购买', 'period']),
    { ...field('orders', 'count'), accepts: atLeast, example: '>=3' },
    { ...field('shop', 'entity', true, ['store']), choices: shops.map((shop) => ({ value: shop.id, zh: shop.name, en: shop.name })) },
    { ...field('country', 'text'), example: 'France' },
  ]
}

export function customerFilter(tokens: readonly Token[], text: string, today: string): CustomerFilter {
  const bought = valuesOf(tokens, 'bought')[0]
  const period = bought === undefined ? { from: null, to: null } : periodOf(bought, today)
  const orders = valuesOf(tokens, 'orders')[0]
  return {
    text: text.trim() === '' ? null : text.trim(),
    country: valuesOf(tokens, 'country')[0] ?? null,
    shop_ids: valuesOf(tokens, 'shop'),
    bought_from: period.from,
    bought_to: period.to,
    min_orders: orders === undefined ? null : boundsOf(orders, 0).min,
  }
}

export function tokensOfCustomerFilter(filter: CustomerFilter): Token[] {
  const all: [string, (string | null)[]][] = [
    ['bought', [datesOf(filter.bought_from, filter.bought_to)]],
    ['orders', [filter.min_orders === null ? null : `>=${filter.min_orders}`]],
    ['shop', filter.shop_ids],
    ['country', [filter.country]],
  ]
  return all.flatMap(([field, values]) => {
    const held = values.filter((value) => value !== null && value !== '')
    return held.length > 0 ? [{ field, values: held as string[] }] : []
  })
}

export function customerRoute(filter: CustomerFilter): { path: string; query: Record<string, string> } {
  const query: Record<string, string> = {}
  const tokens = neutralTokens(tokensOfCustomerFilter(filter))
  if (tokens) query['f'] = tokens
  if (filter.text) query['q'] = filter.text
  return { path: '/customers', query }
}
