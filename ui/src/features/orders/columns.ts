/** The columns of the order book. Tracks of figures and ids are as wide as the longest loaded, so that nothing in them is ever cut. */
import type { ListColumn } from '@/components/list/column'
import { t } from '@/i18n'
import type { OrderRow } from '@/rpc/bindings'

export interface Room {
  /** A window of 1600 px and more. */
  wide: boolean
  english: boolean
  /** Letters of the longest order number and of the longest amount loaded. */
  idLetters: number
  amountLetters: number
  /** Letters of the longest price and of the longest number of pieces, where the list has them. */
  priceLetters?: number
  piecesLetters?: number
  /** How wide the widest date loaded is, in the size of its font. */
  dateEms?: number
  sign: string
  /** A row is looked at beside the list. */
  peeking?: boolean
}

const MONO_PX = 7.3
const DIGIT_PX = 7.6
const FONT_PX = 13

/** The width of a track for so many tabular figures at 13 px, with the padding of the cell. */
export function figureTrack(letters: number, wide: boolean): number {
  return Math.ceil(letters * DIGIT_PX) + (wide ? 20 : 10)
}

export function idTrack(letters: number, wide: boolean): number {
  return Math.ceil(Math.max(letters, 6) * MONO_PX) + (wide ? 20 : 10)
}

/** Hidden unless asked for; the book starts with ten. */
export const ORDER_HIDDEN = ['paid', 'refunded', 'business_date']

/** Widths of a track: beside a peek on a small screen, with room, and on a wide screen; Chinese and English. */
type Widths = readonly [tight: number, roomy: number, wide: number]

export function orderColumns(room: Room): ListColumn<OrderRow>[] {
  const { wide, english, sign } = room
  const tight = room.peeking === true && !wide
  const px = (zh: Widths, en: Widths): string => `${(english ? en : zh)[wide ? 2 : tight ? 0 : 1]}px`
  const amount = `${Math.max(figureTrack(room.amountLetters, wide), english ? 68 : 64)}px`
  const money = { width: amount, right: true }
  const all: ListColumn<OrderRow>[] = [
    { key: 'order_no', title: t('orders.column.order_no'), width: `${idTrack(room.idLetters, wide)}px`, fixed: true, class: 'id' },
    { key: 'placed', title: t('orders.column.placed'), width: `${Math.max(wide ? 112 : tight ? 70 : 96, Math.ceil((room.dateEms ?? 0) * FONT_PX) + (wide ? 20 : 10))}px`, sorts: ['newest_first', 'oldest_first'] },
    { key: 'channel', title: t('orders.column.channel'), width: px([50, 64, 84], [106, 106, 112]) },
    { key: 'customer', title: t('orders.column.customer'), width: px([62, 96, 144], [92, 136, 144]) },
    { key: 'items', title: t('orders.column.items'), width: 'minmax(112px, 1fr)' },
    { key: 'pay', title: t('orders.column.pay'), width: px([62, 72, 94], [72, 86, 96]), class: 'cell-state' },
    { key: 'fulfil', title: t('orders.column.fulfil'), width: px([64, 80, 106], [74, 96, 106]), class: 'cell-state' },
    { key: 'refund', title: t('orders.column.refund'), width: px([64, 76, 96], [92, 112, 120]), class: 'cell-state' },
    { key: 'payable', title: t('orders.column.payable', { sign }), ...money, sorts: ['largest_first'] },
    { key: 'paid', title: t('orders.column.paid', { sign }), ...money },
    { key: 'refunded', title: t('orders.column.refunded', { sign }), ...money },
    { key: 'shop', title: t('orders.column.shop'), width: px([50, 76, 98], [72, 96, 104]) },
    { key: 'business_date', title: t('orders.column.business_date'), width: px([84, 100, 110], [90, 104, 116]) },
  ]
  // Beside a peek on a small screen the shop gives way to the goods, since the peek names it; English words are longer, and there the channel does too.
  return tight ? all.filter((column) => column.key !== 'shop' && (column.key !== 'channel' || !english)) : all
}
