/** The columns of the customer list. */
import type { ListColumn } from '@/components/list/column'
import { t } from '@/i18n'
import type { CustomerRow } from '@/rpc/bindings'
import { figureTrack, idTrack, type Room } from '../orders/columns'

export const CUSTOMER_HIDDEN = ['first']

export function customerColumns({ wide, english, idLetters, amountLetters, sign }: Room): ListColumn<CustomerRow>[] {
  const px = (zh: number, en: number, more: number): string => `${(english ? en : zh) + (wide ? more : 0)}px`
  const amount = `${Math.max(figureTrack(amountLetters, wide), english ? 86 : 72)}px`
  return [
    { key: 'name', title: t('customers.column.name'), width: 'minmax(120px, 1fr)', fixed: true, sorts: ['name'], firstSort: 'up' },
    { key: 'code', title: t('customers.column.code'), width: `${Math.max(idTrack(idLetters, wide), english ? 66 : 0)}px`, class: 'id' },
    { key: 'phone', title: t('customers.column.phone'), width: px(104, 104, 16) },
    { key: 'country', title: t('customers.column.country'), width: px(90, 104, 40) },
    { key: 'orders', title: t('customers.column.orders'), width: `${figureTrack(7, wide)}px`, right: true },
    { key: 'paid', title: t('customers.column.paid', { sign }), width: amount, right: true, sorts: ['spent_most'] },
    { key: 'refunded', title: t('customers.column.refunded', { sign }), width: amount, right: true },
    { key: 'first', title: t('customers.column.first'), width: px(104, 100, 16), right: true },
    { key: 'last', title: t('customers.column.last'), width: px(104, 100, 16), right: true, sorts: ['last_order'] },
  ]
}
