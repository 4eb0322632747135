/** When a customer is expected again: the last purchase plus the median gap between purchases. A guess, and said as one. */
import { addDays, daysIn } from '@/format'

export interface NextPurchase {
  date: string
  gap_days: number
  /** Days past the expected date; 0 while it is still to come. */
  late_days: number
}

/** `null` where there are too few purchases for a median gap. */
export function nextPurchase(last_on: string | null, median_gap_days: number | null, today: string): NextPurchase | null {
  if (last_on === null || median_gap_days === null || median_gap_days <= 0) return null
  const date = addDays(last_on, median_gap_days)
  return { date, gap_days: median_gap_days, late_days: date < today ? daysIn(date, today) - 1 : 0 }
}

/** Whole days since a date. */
export const daysSince = (date: string, today: string): number => daysIn(date, today) - 1
