/**
 * Periods as they are typed: `近7天`, `上周`, `2026-11`, `2026-11-01..2026-11-22`. A relative period stays relative in a saved view and
 * becomes dates only when it is asked for. Weeks start on Monday. Dates are ISO text of the shop's zone; no clock is read here.
 */
import { addDays, weekdayOf } from '@/format/date'
import type { Language } from './tokens'

export interface Period {
  from: string | null
  to: string | null
}

const NAMED: Readonly<Record<string, { zh: string; en: string; also: string[] }>> = {
  today: { zh: '今天', en: 'today', also: ['今日'] },
  yesterday: { zh: '昨天', en: 'yesterday', also: ['昨日'] },
  thisweek: { zh: '本周', en: 'this week', also: ['这周'] },
  lastweek: { zh: '上周', en: 'last week', also: [] },
  thismonth: { zh: '本月', en: 'this month', also: ['这个月'] },
  lastmonth: { zh: '上月', en: 'last month', also: ['上个月'] },
  thisyear: { zh: '今年', en: 'this year', also: [] },
  lastyear: { zh: '去年', en: 'last year', also: [] },
}
const DAYS_MAX = 3660
const DATE = String.raw`\d{4}-\d{1,2}-\d{1,2}`

const two = (number: number): string => String(number).padStart(2, '0')

/** ISO text of a date that exists, else `undefined`. */
function isoDate(text: string): string | undefined {
  const [year, month, day] = text.split('-').map(Number)
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return `${year}-${two(month)}-${two(day)}`
}

function namedPeriod(text: string): string | undefined {
  const wanted = text.toLowerCase().replace(/[\s_-]+/g, '')
  return Object.entries(NAMED).find(([key, name]) => [key, name.zh, name.en.replace(/\s/g, ''), ...name.also].includes(wanted))?.[0]
}

/** The language-neutral form, or `undefined` where the text is no period. */
export function readDates(text: string): string | undefined {
  const named = namedPeriod(text)
  if (named) return named
  const last = /^(?:last|近|最近)[\s_-]*(\d{1,4})[\s_-]*(?:d|days?|天|日)$/i.exec(text)
  if (last?.[1] !== undefined) {
    const days = Number(last[1])
    return days >= 1 && days <= DAYS_MAX ? `last${days}d` : undefined
  }
  const bare = text.replace(/[年月/]/g, '-').replace(/日/g, '').replace(/\s+/g, '').replace(/-$/, '')
  const month = /^(\d{4})-(\d{1,2})$/.exec(bare)
  if (month?.[2] !== undefined) return Number(month[2]) >= 1 && Number(month[2]) <= 12 ? `${month[1]}-${two(Number(month[2]))}` : undefined
  const span = new RegExp(`^(${DATE})(?:\\.\\.|~|–|至|到)(${DATE})$`).exec(bare)
  if (span?.[1] !== undefined && span[2] !== undefined) {
    const from = isoDate(span[1])
    const to = isoDate(span[2])
    if (from === undefined || to === undefined) return undefined
    return from === to ? from : from < to ? `${from}..${to}` : `${to}..${from}`
  }
  const bound = new RegExp(`^(>=|<=)?(${DATE})$`).exec(bare)
  const date = bound?.[2] === undefined ? undefined : isoDate(bound[2])
  return date === undefined ? undefined : `${bound?.[1] ?? ''}${date}`
}

/** The period as the reader sees it. */
export function showDates(value: string, language: Language): string {
  const named = NAMED[value]
  if (named) return named[language]
  const last = /^last(\d+)d$/.exec(value)
  if (last) return language === 'zh' ? `近${last[1]}天` : `last ${last[1]} days`
  const span = /^([\d-]+)\.\.([\d-]+)$/.exec(value)
  if (span) return language === 'zh' ? `${span[1]}～${span[2]}` : `${span[1]}–${span[2]}`
  return value
}

const monthEnd = (year: number, month: number): string => new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10)

function monthPeriod(year: number, month: number): Period {
  const at = new Date(Date.UTC(year, month - 1, 1))
  return { from: at.toISOString().slice(0, 10), to: monthEnd(at.getUTCFullYear(), at.getUTCMonth() + 1) }
}

/** The dates that a period means on the given business date; both ends inclusive. */
export function periodOf(value: string, today: string): Period {
  const year = Number(today.slice(0, 4))
  const month = Number(today.slice(5, 7))
  const monday = addDays(today, 1 - weekdayOf(today))
  switch (value) {
    case 'today': return { from: today, to: today }
    case 'yesterday': return { from: addDays(today, -1), to: addDays(today, -1) }
    case 'thisweek': return { from: monday, to: addDays(monday, 6) }
    case 'lastweek': return { from: addDays(monday, -7), to: addDays(monday, -1) }
    case 'thismonth': return monthPeriod(year, month)
    case 'lastmonth': return monthPeriod(year, month - 1)
    case 'thisyear': return { from: `${year}-01-01`, to: `${year}-12-31` }
    case 'lastyear': return { from: `${year - 1}-01-01`, to: `${year - 1}-12-31` }
    default: return datedPeriod(value, today)
  }
}

function datedPeriod(value: string, today: string): Period {
  const last = /^last(\d+)d$/.exec(value)
  if (last) return { from: addDays(today, 1 - Number(last[1])), to: today }
  const month = /^(\d{4})-(\d{2})$/.exec(value)
  if (month) return monthPeriod(Number(month[1]), Number(month[2]))
  const span = /^([\d-]+)\.\.([\d-]+)$/.exec(value)
  if (span?.[1] !== undefined && span[2] !== undefined) return { from: span[1], to: span[2] }
  if (value.startsWith('>=')) return { from: value.slice(2), to: null }
  if (value.startsWith('<=')) return { from: null, to: value.slice(2) }
  return { from: value, to: value }
}

/** The period that means these dates; empty where there are none. */
export function datesOf(from: string | null, to: string | null): string {
  if (from !== null && to !== null) return from === to ? from : `${from}..${to}`
  if (from !== null) return `>=${from}`
  return to === null ? '' : `<=${to}`
}
