/** Dates and times in the shop's zone and the reader's language. The week begins on Monday. */
import { ref } from 'vue'
import { language, localeTag, t } from '@/i18n'

/** The zone of the shop in front; set from the program's state. */
export const zone = ref('Asia/Shanghai')

const cache = new Map<string, Intl.DateTimeFormat>()

function dateFormat(options: Intl.DateTimeFormatOptions, time_zone = zone.value): Intl.DateTimeFormat {
  const key = `${localeTag.value} ${time_zone} ${JSON.stringify(options)}`
  let format = cache.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(localeTag.value, { ...options, timeZone: time_zone, hourCycle: 'h23' })
    cache.set(key, format)
  }
  return format
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** 15:18 */
export function clock(at_ms: number): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit' }).format(at_ms)
}

const isoCache = new Map<string, Intl.DateTimeFormat>()

function isoFormat(): Intl.DateTimeFormat {
  let format = isoCache.get(zone.value)
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { timeZone: zone.value, year: 'numeric', month: '2-digit', day: '2-digit' })
    isoCache.set(zone.value, format)
  }
  return format
}

/** The ISO business date of an instant in the shop's zone. Put together from its parts: which locale writes dates that way differs between WebKit and Chromium. */
export function isoDateOf(at_ms: number): string {
  const parts = isoFormat().formatToParts(at_ms)
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`
}

function utcOf(iso: string): number {
  return Date.parse(`${iso.slice(0, 10)}T00:00:00Z`)
}

/** How far the shop's zone is ahead of UTC at an instant. */
function aheadOf(at_ms: number): number {
  const parts = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { timeZone: zone.value, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' }).formatToParts(at_ms)
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - at_ms
}

/** The instant at which a business date begins in the shop's zone. */
export function beginOf(iso: string): number {
  const wall_ms = utcOf(iso)
  // The clock may be put on between the first guess and the day itself.
  return wall_ms - aheadOf(wall_ms - aheadOf(wall_ms))
}

/** A date as somebody types it, as ISO text: 2026-11-22, 2026/11/2, 2026.11.22, 2026年11月22日, 20261122. `null` where it is none. */
export function isoDayOf(text: string): string | null {
  const parts = /^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))$/.exec(text.normalize('NFKC').replaceAll(/\s/g, ''))
  if (!parts) return null
  const [year, month, date] = [parts[1], parts[2] ?? parts[4], parts[3] ?? parts[5]].map(Number)
  const iso = [String(year), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-')
  // A day that the month does not have rolls over into the next.
  const at_ms = Date.parse(`${iso}T00:00:00Z`)
  return Number.isNaN(at_ms) || new Date(at_ms).toISOString().slice(0, 10) !== iso ? null : iso
}

/** 11月22日 / 22 Nov; with the year where it is not this one. */
export function day(iso: string, now_ms = Date.now()): string {
  const options: Intl.DateTimeFormatOptions = { month: language.value === 'zh' ? 'long' : 'short', day: 'numeric' }
  if (iso.slice(0, 4) !== isoDateOf(now_ms).slice(0, 4)) options.year = 'numeric'
  return dateFormat(options, 'UTC').format(utcOf(iso))
}

/** 2026-11 → 2026年11月 / Nov 2026. */
export function month(iso: string): string {
  return dateFormat({ month: language.value === 'zh' ? 'long' : 'short', year: 'numeric' }, 'UTC').format(utcOf(`${iso.slice(0, 7)}-01`))
}

/** 周日 / Sun. `weekday` counts from 1, Monday. */
export function weekday(number: number, long = false): string {
  // 2024-01-01 was a Monday.
  return dateFormat({ weekday: long && language.value === 'en' ? 'long' : 'short' }, 'UTC').format(Date.UTC(2024, 0, number))
}

/** 1 for Monday … 7 for Sunday. */
export function weekdayOf(iso: string): number {
  const number = new Date(utcOf(iso)).getUTCDay()
  return number === 0 ? 7 : number
}

export function addDays(iso: string, days: number): string {
  return new Date(utcOf(iso) + days * DAY_MS).toISOString().slice(0, 10)
}

/** Days from `from` to `to`, both included. */
export function daysIn(from: string, to: string): number {
  return Math.round((utcOf(to) - utcOf(from)) / DAY_MS) + 1
}

/** 2026年11月22日 15:18 / 22 Nov 2026, 15:18: for tooltips and records. */
export function moment(at_ms: number): string {
  return dateFormat({ year: 'numeric', month: language.value === 'zh' ? 'long' : 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }).format(at_ms)
}

/** 2 分钟前 within the hour, 3 小时前 within the day, then the date; the full moment belongs in the tooltip. */
export function relative(at_ms: number, now_ms = Date.now()): string {
  const ago_ms = now_ms - at_ms
  if (ago_ms < 0 || ago_ms >= DAY_MS) return day(isoDateOf(at_ms), now_ms)
  if (ago_ms < MINUTE_MS) return t('common.time.just_now')
  if (ago_ms < HOUR_MS) return t('common.time.minutes_ago', { n: Math.floor(ago_ms / MINUTE_MS) })
  return t('common.time.hours_ago', { n: Math.floor(ago_ms / HOUR_MS) })
}

/** When a thing happened, in words for a sentence: 今天 15:18, 昨天 21:50, 11月20日 09:12. */
export function whenInWords(at_ms: number, now_ms = Date.now()): string {
  const date = isoDateOf(at_ms)
  const today = isoDateOf(now_ms)
  if (date === today) return t('common.time.today_at', { time: clock(at_ms) })
  if (date === addDays(today, -1)) return t('common.time.yesterday_at', { time: clock(at_ms) })
  return `${day(date, now_ms)} ${clock(at_ms)}`
}

/** A length of time in at most two units: 6 小时 40 分 / 6 h 40 min. */
export function duration(length_ms: number): string {
  const minutes = Math.max(0, Math.round(length_ms / MINUTE_MS))
  const hours = Math.floor(minutes / 60)
  if (hours === 0) return t('common.time.min', { n: minutes })
  if (minutes % 60 === 0) return t('common.time.hours', { n: hours })
  return t('common.time.hours_min', { h: hours, m: minutes % 60 })
}

/** Seconds as m:ss for countdowns. */
export function countdown(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}
