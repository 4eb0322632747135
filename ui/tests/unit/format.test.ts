import { beforeEach, describe, expect, it } from 'vitest'
import { addDays, bytes, clock, compact, count, countdown, day, daysIn, duration, isoDateOf, money, month, percent, quantity, relative, weekday, weekdayOf, whenInWords, zone, isoDayOf } from '@/format'
import { setLanguage } from '@/i18n'

const NOW_MS = Date.parse('2026-11-22T07:20:00Z')

describe('a date as it is typed', () => {
  it.each([
    ['2026-11-22', '2026-11-22'],
    [' 2026/1/2 ', '2026-01-02'],
    ['２０２６年１１月２日', '2026-11-02'],
    ['20261122', '2026-11-22'],
    ['2026-02-30', null],
    ['2026-13-01', null],
    ['22/11/2026', null],
    ['', null],
  ])('%j is %j', (text, iso) => expect(isoDayOf(text)).toBe(iso))
})

describe('in Chinese', () => {
  beforeEach(async () => {
    await setLanguage('zh')
    zone.value = 'Asia/Shanghai'
  })
  it.each([
    [9_999, '9,999'],
    [125_000, '12.5万'],
    [1_067_371, '106.7万'],
    [230_000_000, '2.3亿'],
    [-125_000, '−12.5万'],
  ])('compacts %d as %s', (value, text) => expect(compact(value)).toBe(text))
  it.each([
    [14_460, 'CNY', {}, '¥144.60'],
    [-14_460, 'CNY', {}, '−¥144.60'],
    [184_000, 'CNY', { signed: true, whole: true }, '+¥1,840'],
    [14_460, 'CNY', { bare: true }, '144.60'],
    [1_234, 'JPY', {}, '¥1,234'],
    [12_500_000, 'CNY', { compact: true }, '¥12.5万'],
    [0, 'GBP', {}, '£0.00'],
  ])('writes %d %s', (minor, currency, options, text) => expect(money(minor, currency, options)).toBe(text))
  it('writes rates and quantities', () => {
    expect(percent(620)).toBe('6.2%')
    expect(percent(-140)).toBe('−1.4%')
    expect(quantity(1_500)).toBe('1.5')
    expect(quantity(3_000)).toBe('3')
    expect(count(1_067_371)).toBe('1,067,371')
    expect(bytes(182_400_000)).toBe('174 MB')
  })
  it('writes days of the shop, not of the computer', () => {
    expect(isoDateOf(Date.parse('2026-11-22T17:00:00Z'))).toBe('2026-11-23')
    zone.value = 'Europe/London'
    expect(isoDateOf(Date.parse('2026-11-22T17:00:00Z'))).toBe('2026-11-22')
    expect(clock(Date.parse('2026-11-22T17:05:00Z'))).toBe('17:05')
  })
  it('names days', () => {
    expect(day('2026-11-22', NOW_MS)).toBe('11月22日')
    expect(day('2024-01-03', NOW_MS)).toBe('2024年1月3日')
    expect(month('2026-11')).toBe('2026年11月')
    expect(weekday(7)).toBe('周日')
  })
  it('is relative within a day', () => {
    expect(relative(NOW_MS - 20_000, NOW_MS)).toBe('刚刚')
    expect(relative(NOW_MS - 120_000, NOW_MS)).toBe('2 分钟前')
    expect(relative(NOW_MS - 3 * 3_600_000, NOW_MS)).toBe('3 小时前')
    expect(relative(NOW_MS - 30 * 3_600_000, NOW_MS)).toBe('11月21日')
    expect(whenInWords(NOW_MS - 17.5 * 3_600_000, NOW_MS)).toBe('昨天 21:50')
    expect(duration(400 * 60_000)).toBe('6 小时 40 分')
    expect(duration(4 * 60_000)).toBe('4 分')
  })
})

describe('in English', () => {
  beforeEach(() => setLanguage('en'))
  it('compacts', () => {
    expect(compact(125_000)).toBe('125K')
    expect(compact(1_067_371)).toBe('1.1M')
    expect(money(12_500_000, 'GBP', { compact: true })).toBe('£125K')
  })
  it('names days', () => {
    expect(day('2026-11-22', NOW_MS)).toBe('22 Nov')
    expect(weekday(1)).toBe('Mon')
    expect(weekday(7, true)).toBe('Sunday')
    expect(duration(400 * 60_000)).toBe('6 h 40 min')
  })
})

describe('days', () => {
  it('begin the week on Monday', () => {
    expect(weekdayOf('2026-11-22')).toBe(7)
    expect(weekdayOf('2026-11-23')).toBe(1)
  })
  it('are counted over months and leap years', () => {
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01')
    expect(daysIn('2026-11-01', '2026-11-30')).toBe(30)
    expect(countdown(95)).toBe('1:35')
  })
})
