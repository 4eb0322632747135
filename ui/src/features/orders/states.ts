/** The three axes of an order in one language of shapes. Finished is quiet; only what needs a person has ink or colour. */
import type { MarkShape } from '@/components/StateMark.vue'
import { t } from '@/i18n'
import type { Channel, FulfilState, OrderRow, PayState, RefundState } from '@/rpc/bindings'

const PAY: Readonly<Record<PayState, MarkShape>> = { unpaid: 'wait', partial: 'half', paid: 'full', closed: 'void' }
const FULFIL: Readonly<Record<FulfilState, MarkShape>> = { none: 'none', waiting: 'wait', underway: 'half', done: 'full', closed: 'none' }
const REFUND: Readonly<Record<RefundState, MarkShape>> = { none: 'none', underway: 'returning', part: 'back', all: 'back' }

export interface Mark {
  shape: MarkShape
  label: string
}

export const payMark = (state: PayState): Mark => ({ shape: PAY[state], label: t(`common.pay.${state}`) })
export const fulfilMark = (state: FulfilState): Mark => ({ shape: FULFIL[state], label: t(`common.fulfil.${state}`) })
export const refundMark = (state: RefundState): Mark => ({ shape: REFUND[state], label: t(`common.refund.${state}`) })
export const channelName = (channel: Channel): string => t(`common.channel.${channel}`)

/** The axes with their names, as the peek and the page show them. */
export function axesOf(row: Pick<OrderRow, 'pay' | 'fulfil' | 'refund'>): { name: string; mark: Mark }[] {
  return [
    { name: t('common.axis.pay'), mark: payMark(row.pay) },
    { name: t('common.axis.fulfil'), mark: fulfilMark(row.fulfil) },
    { name: t('common.axis.refund'), mark: refundMark(row.refund) },
  ]
}

/** A closed order is read as past. */
export const isClosed = (row: Pick<OrderRow, 'pay'>): boolean => row.pay === 'closed'
