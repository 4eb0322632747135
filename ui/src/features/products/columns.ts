/** The columns of the product list. */
import type { ListColumn } from '@/components/list/column'
import { t } from '@/i18n'
import type { ProductRow } from '@/rpc/bindings'
import { figureTrack, idTrack, type Room } from '../orders/columns'

export const PRODUCT_HIDDEN = ['cost']

const FIGURE_LETTERS = 8

export function productColumns({ wide, english, idLetters, amountLetters, priceLetters = FIGURE_LETTERS, piecesLetters = FIGURE_LETTERS, sign, peeking = false }: Room): ListColumn<ProductRow>[] {
  const px = (zh: number, en: number, more: number): string => `${(english ? en : zh) + (wide ? more : 0)}px`
  const amount = `${Math.max(figureTrack(amountLetters, wide), english ? 82 : 72)}px`
  const pieces = `${Math.max(figureTrack(piecesLetters, wide), english ? 74 : 68)}px`
  const price = `${Math.max(figureTrack(priceLetters, wide), 66)}px`
  return [
    { key: 'code', title: t('products.column.code'), width: `${idTrack(idLetters, wide)}px`, fixed: true, class: 'id', sorts: ['code'], firstSort: 'up' },
    { key: 'name', title: t('products.column.name'), width: 'minmax(140px, 1fr)', sorts: ['name'], firstSort: 'up' },
    { key: 'category', title: t('products.column.category'), width: px(80, peeking && !wide ? 92 : 190, 40) },
    { key: 'price', title: t('products.column.price', { sign }), width: price, right: true },
    { key: 'cost', title: t('products.column.cost', { sign }), width: price, right: true },
    { key: 'on_hand', title: t('products.column.on_hand'), width: pieces, right: true, sorts: ['stock_least'], firstSort: 'up' },
    { key: 'sold', title: t('products.column.sold'), width: pieces, right: true },
    // The store orders what sold most and least by the money, not by the pieces.
    { key: 'sold_amount', title: t('products.column.sold_amount', { sign }), width: amount, right: true, sorts: ['sold_most', 'sold_least'] },
    { key: 'last_sold', title: t('products.column.last_sold'), width: px(100, 104, 20), right: true },
  ]
}
