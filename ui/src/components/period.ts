/** Periods of whole business days. Weeks begin on Monday. */
import { addDays, weekdayOf } from '@/format'

export const PERIODS = ['today', 'yesterday', 'last7d', 'last30d', 'this_week', 'last_week', 'this_month', 'last_month', 'this_year', 'last_year', 'all'] as const
export type PeriodName = (typeof PERIODS)[number]
export interface Period {
  from: string
  to: string
}

const monthStart = (iso: string) => `${iso.slice(0, 7)}-01`

/** The days of a named period as seen from `today`. `all` begins where the data begins. */
export function periodOf(name: PeriodName, today: string, data_from = '2000-01-01'): Period {
  switch (name) {
    case 'today':
      return { from: today, to: today }
    case 'yesterday':
      return { from: addDays(today, -1), to: addDays(today, -1) }
    case 'last7d':
      return { from: addDays(today, -6), to: today }
    case 'last30d':
      return { from: addDays(today, -29), to: today }
    case 'this_week':
      return { from: addDays(today, 1 - weekdayOf(today)), to: today }
    case 'last_week':
      return { from: addDays(today, -6 - weekdayOf(today)), to: addDays(today, -weekdayOf(today)) }
    case 'this_month':
      return { from: monthStart(today), to: today }
    case 'last_month': {
      const to = addDays(monthStart(today), -1)
      return { from: monthStart(to), to }
    }
    case 'this_year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today }
    case 'last_year': {
      const year = String(Number(today.slice(0, 4)) - 1)
      return { from: `${year}-01-01`, to: `${year}-12-31` }
    }
    case 'all':
      return { from: data_from, to: today }
  }
}

export const isPeriodName = (text: string): text is PeriodName => (PERIODS as readonly string[]).includes(text)

const ISO = /^\d{4}-\d{2}-\d{2}$/

/** `last7d`, `2026-11-01..2026-11-22`, `2026-11-22`, `2026-11` → days; `null` when it is none of them. */
export function parsePeriod(text: string, today: string, data_from?: string): Period | null {
  const trimmed = text.trim()
  if (isPeriodName(trimmed)) return periodOf(trimmed, today, data_from)
  if (/^\d{4}-\d{2}$/.test(trimmed)) {
    const from = `${trimmed}-01`
    const next = addDays(from, 31)
    return { from, to: addDays(monthStart(next), -1) }
  }
  const [from = '', to = from] = trimmed.split('..')
  if (!ISO.test(from) || !ISO.test(to) || Number.isNaN(Date.parse(from)) || Number.isNaN(Date.parse(to))) return null
  return from <= to ? { from, to } : { from: to, to: from }
}
