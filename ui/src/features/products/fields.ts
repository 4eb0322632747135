/** The conditions of the product list, and how its tokens become the filter of the wire and back. */
import type { CategoryRow, ProductFilter, ProductSort, ShopRow } from '@/rpc/bindings'
import en from '@/i18n/en/products.json'
import zh from '@/i18n/zh/products.json'
import { datesOf, periodOf } from '../lists/dates'
import { neutralTokens, valuesOf, type Choice, type Field, type Token } from '../lists/tokens'

export const PRODUCT_SORTS: readonly ProductSort[] = ['sold_most', 'sold_least', 'stock_least', 'code', 'name']

export const EMPTY_PRODUCT_FILTER: ProductFilter = { text: null, category_ids: [], shop_ids: [], sold_from: null, sold_to: null, goods_only: false, low_stock: false, no_sale: false }

const named = (rows: readonly (ShopRow | CategoryRow)[]): Choice[] => rows.map((row) => ({ value: row.id, zh: row.name, en: row.name }))

export function productFields(shops: readonly ShopRow[], categories: readonly CategoryRow[]): Field[] {
  const field = (key: keyof typeof zh.field, kind: Field['kind'], many: boolean, choices: Choice[], also: string[] = []): Field => ({ key, zh: zh.field[key], en: en.field[key], kind, many, choices, also })
  const only = (key: keyof typeof zh.only): Choice => ({ value: key, zh: zh.only[key], en: en.only[key] })
  return [
    field('category', 'entity', true, named(categories)),
    field('sold', 'dates', false, [], ['销售', 'period']),
    field('shop', 'entity', true, named(shops), ['store']),
    field('stock', 'choice', false, [only('low')]),
    field('sale', 'choice', false, [only('none')]),
    field('kind', 'choice', false, [only('goods')]),
  ].filter((each) => each.kind !== 'entity' || each.choices.length > 0)
}

export function productFilter(tokens: readonly Token[], text: string, today: string): ProductFilter {
  const sold = valuesOf(tokens, 'sold')[0]
  const period = sold === undefined ? { from: null, to: null } : periodOf(sold, today)
  return {
    text: text.trim() === '' ? null : text.trim(),
    category_ids: valuesOf(tokens, 'category'),
    shop_ids: valuesOf(tokens, 'shop'),
    sold_from: period.from,
    sold_to: period.to,
    goods_only: valuesOf(tokens, 'kind').includes('goods'),
    low_stock: valuesOf(tokens, 'stock').includes('low'),
    no_sale: valuesOf(tokens, 'sale').includes('none'),
  }
}

export function tokensOfProductFilter(filter: ProductFilter): Token[] {
  const all: [string, string[]][] = [
    ['category', filter.category_ids],
    ['sold', [datesOf(filter.sold_from, filter.sold_to)]],
    ['shop', filter.shop_ids],
    ['stock', filter.low_stock ? ['low'] : []],
    ['sale', filter.no_sale ? ['none'] : []],
    ['kind', filter.goods_only ? ['goods'] : []],
  ]
  return all.flatMap(([field, values]) => {
    const held = values.filter((value) => value !== '')
    return held.length > 0 ? [{ field, values: held }] : []
  })
}

export function productRoute(filter: ProductFilter): { path: string; query: Record<string, string> } {
  const query: Record<string, string> = {}
  const tokens = neutralTokens(tokensOfProductFilter(filter))
  if (tokens) query['f'] = tokens
  if (filter.text) query['q'] = filter.text
  return { path: '/products', query }
}
