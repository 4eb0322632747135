/** What a person typed for a refund. The amount is typed twice and has to be the same, since a refund cannot be undone. */
import { minorOf, readRange } from '../lists/ranges'
import { plain } from '../lists/tokens'

/** Typed text as minor units; `null` where it is no amount above nothing or has more digits than the currency. */
export function readAmount(text: string, digits: number): number | null {
  const value = readRange(plain(text.trim()), 'amount')
  if (value === undefined || !/^\d+(\.\d+)?$/.test(value)) return null
  if ((value.split('.')[1] ?? '').length > digits) return null
  const minor = minorOf(value, digits)
  return minor > 0 ? minor : null
}

export type RefundFault = 'need_amount' | 'too_much' | 'differs' | 'need_reason'

/** The first thing to mend, or `null` when the refund may be recorded. */
export function refundFault(typed: { amount: string; again: string; reason: string; most_minor: number; digits: number }): RefundFault | null {
  const amount_minor = readAmount(typed.amount, typed.digits)
  if (amount_minor === null) return 'need_amount'
  if (amount_minor > typed.most_minor) return 'too_much'
  if (readAmount(typed.again, typed.digits) !== amount_minor) return 'differs'
  return typed.reason.trim() === '' ? 'need_reason' : null
}
