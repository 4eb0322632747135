/** How the figures of 分析 are grouped, and where each leads. */
import type { RouteLocationRaw } from 'vue-router'
import type { FigureKey, Tile } from '@/rpc/bindings'
import { customerRoute, EMPTY_CUSTOMER_FILTER } from '../customers/fields'
import { orderRoute } from '../orders/fields'
import { EMPTY_PRODUCT_FILTER, productRoute } from '../products/fields'

export const GROUPS = ['sales', 'orders', 'customers', 'goods'] as const
export type Group = (typeof GROUPS)[number]

/** Every figure stands in one group: amounts, orders, people, goods. */
export const GROUP_OF: Readonly<Record<FigureKey, Group>> = {
  net_sales_minor: 'sales', paid_minor: 'sales', gmv_minor: 'sales', refunds_minor: 'sales', refund_rate_bp: 'sales',
  orders_paid: 'orders', orders_created: 'orders', per_order_minor: 'orders', units: 'orders',
  customers: 'customers', per_customer_minor: 'customers', repurchase_bp: 'customers', visitors: 'customers', conversion_bp: 'customers',
  gross_profit_minor: 'goods', gross_margin_bp: 'goods', turnover: 'goods', turnover_days: 'goods', active_sku_bp: 'goods',
}
const ORDER = Object.keys(GROUP_OF) as FigureKey[]

/** The tiles of each group in their fixed order; a group without tiles is left out. */
export function grouped(tiles: readonly Tile[]): { group: Group; tiles: Tile[] }[] {
  const sorted = [...tiles].sort((a, b) => ORDER.indexOf(a.figure.key) - ORDER.indexOf(b.figure.key))
  return GROUPS.map((group) => ({ group, tiles: sorted.filter((tile) => GROUP_OF[tile.figure.key] === group) })).filter((each) => each.tiles.length > 0)
}

/** The list with the rows that sum to a tile; `null` where the figure has no value. */
export function tileRoute({ figure, list, filter }: Tile, digits = 2): RouteLocationRaw | null {
  if (figure.value === null) return null
  switch (list) {
    case 'products':
      return productRoute({ ...EMPTY_PRODUCT_FILTER, goods_only: true, sold_from: filter.from, sold_to: filter.to, shop_ids: filter.shop_ids })
    case 'customers':
      return customerRoute({ ...EMPTY_CUSTOMER_FILTER, bought_from: filter.from, bought_to: filter.to, shop_ids: filter.shop_ids })
    default:
      return orderRoute(filter, digits)
  }
}
