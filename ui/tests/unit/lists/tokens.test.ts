import { describe, expect, it } from 'vitest'
import { periodOf, readDates, showDates } from '@/features/lists/dates'
import { boundsOf, decimalOf, minorOf, rangeOf, readHours, readRange } from '@/features/lists/ranges'
import { hintsFor, neutralTokens, readNeutral, readQuery, showToken, typedQuery, type Language, type Token } from '@/features/lists/tokens'
import { EMPTY_FILTER, orderFields, orderFilter, orderRoute, tokensOfFilter } from '@/features/orders/fields'

const SHOP = '0190a000-0000-7000-8000-000000000001'
const NORTH = '0190a000-0000-7000-8000-000000000002'
const CUSTOMER = '0190a000-0000-7000-8000-0000000000c1'
const names = {
  shops: [
    { id: SHOP, name: 'Riverside Shop', currency: 'CNY', zone: 'Asia/Shanghai' },
    { id: NORTH, name: '城西店', currency: 'CNY', zone: 'Asia/Shanghai' },
  ],
}
const fields = orderFields(names)
const read = (text: string) => readQuery(text, fields)

describe('reading typed filters', () => {
  const EXPECTED: Token[] = [
    { field: 'channel', values: ['mini_program'] },
    { field: 'pay', values: ['paid'] },
    { field: 'amount', values: ['>200'] },
    { field: 'created', values: ['last7d'] },
  ]
  it.each([
    ['渠道:小程序 付款:已付 金额:>200 下单:近7天'],
    ['渠道：小程序　付款：已付　金额：＞２００　下单：近７天'],
    ['channel:mini_program payment:paid amount:>200 created:last7d'],
    ['Channel:mini-program Payment:Paid Amount:over200 Created:last-7-days'],
    ['渠道:mini_program pay:已付 amount:大于200 下单:last7days'],
  ])('%s', (text) => {
    expect(read(text)).toEqual({ tokens: EXPECTED, words: '', problems: [] })
  })

  it('keeps what has no field as words to search for', () => {
    expect(read('保温杯 渠道:网站,跑腿 350ml')).toEqual({ tokens: [{ field: 'channel', values: ['web', 'errand'] }], words: '保温杯 350ml', problems: [] })
    expect(read('"hot water" bottle').words).toBe('hot water bottle')
  })

  it('adds up a field named twice where it takes several values, else lets the last one hold', () => {
    expect(read('渠道:网站 渠道:小程序 渠道:网站').tokens).toEqual([{ field: 'channel', values: ['web', 'mini_program'] }])
    expect(read('金额:>200 金额:<50').tokens).toEqual([{ field: 'amount', values: ['<50'] }])
  })

  it('says what it does not understand and drops nothing in silence', () => {
    expect(read('颜色:红 渠道:电视 金额:贵 下单:').problems).toEqual([
      { kind: 'field', field: '颜色', text: '红' },
      { kind: 'value', field: 'channel', text: '电视' },
      { kind: 'value', field: 'amount', text: '贵' },
      { kind: 'value', field: 'created', text: '' },
    ])
  })

  it('reads shop names with spaces and in Chinese', () => {
    expect(read('shop:"Riverside Shop",城西店').tokens).toEqual([{ field: 'shop', values: [SHOP, NORTH] }])
  })
})

it('an import is called by its file once that is known, and reads back from it', () => {
  const token = { field: 'batch', values: [CUSTOMER] }
  const known = orderFields({ ...names, batches: new Map([[CUSTOMER, 'trade of May.xlsx']]) })
  const shown = (of: typeof fields) => of.filter((field) => field.key === 'batch').map((field) => showToken(token, field, 'en'))
  expect([shown(fields), shown(known)]).toEqual([['0190a000'], ['trade of May.xlsx']])
  expect(readQuery(typedQuery({ tokens: [token], words: '' }, known, 'en'), known).tokens).toEqual([token])
})

describe('round trips', () => {
  const ALL: Token[] = [
    { field: 'channel', values: ['mini_program', 'counter'] },
    { field: 'created', values: ['2026-11-01..2026-11-22'] },
    { field: 'amount', values: ['20..100.5'] },
    { field: 'pay', values: ['partial', 'closed'] },
    { field: 'fulfil', values: ['waiting', 'underway'] },
    { field: 'refund', values: ['part'] },
    { field: 'shop', values: [SHOP] },
    { field: 'weekday', values: ['7'] },
    { field: 'hour', values: ['9-12'] },
    { field: 'customer', values: [CUSTOMER] },
    { field: 'dated', values: ['refund'] },
    { field: 'only', values: ['overdue', 'counted'] },
  ]
  it.each(['zh', 'en'] as Language[])('typed text in %s', (language) => {
    expect(readQuery(typedQuery({ tokens: ALL, words: '杯' }, fields, language), fields)).toEqual({ tokens: ALL, words: '杯', problems: [] })
  })
  it('the form of the route', () => {
    expect(readNeutral(neutralTokens(ALL), fields)).toEqual(ALL)
  })
  it.each(['today', 'yesterday', 'thisweek', 'lastweek', 'thismonth', 'lastmonth', 'thisyear', 'lastyear', 'last30d', '2026-11', '2026-11-22', '>=2026-11-01', '<=2026-11-22', '2026-11-01..2026-11-22'])('the period %s', (value) => {
    for (const language of ['zh', 'en'] as Language[]) {
      const tokens = [{ field: 'created', values: [value] }]
      expect(readQuery(typedQuery({ tokens, words: '' }, fields, language), fields).tokens).toEqual(tokens)
    }
  })
  it('a filter, its tokens and back', () => {
    const filter = {
      ...EMPTY_FILTER, text: 'cup', from: '2026-11-01', to: '2026-11-22', hour_from: 9, hour_to: 11, weekday: 7, shop_ids: [SHOP], channels: ['mini_program' as const], pay: ['paid' as const],
      amount_min_minor: 2000, amount_max_minor: 10050, customer_id: CUSTOMER, refunded_in_period: true, overdue: true, visits_counted: true,
    }
    expect(orderFilter(tokensOfFilter(filter, 2), 'cup', '2026-11-22', 2)).toEqual(filter)
    const both = { ...EMPTY_FILTER, with_refunds: true }
    expect(orderFilter(tokensOfFilter(both, 2), '', '2026-11-22', 2)).toEqual(both)
    expect(orderFilter([], '', '2026-11-22', 2)).toEqual(EMPTY_FILTER)
    const route = orderRoute(filter)
    expect(orderFilter(readNeutral(route.query['f'] ?? '', fields), route.query['q'] ?? '', '2026-11-22', 2)).toEqual(filter)
  })
})

describe('periods', () => {
  it.each([
    ['近7天', { from: '2026-11-16', to: '2026-11-22' }],
    ['本周', { from: '2026-11-16', to: '2026-11-22' }],
    ['上周', { from: '2026-11-09', to: '2026-11-15' }],
    ['上月', { from: '2026-10-01', to: '2026-10-31' }],
    ['last month', { from: '2026-10-01', to: '2026-10-31' }],
    ['2026-02', { from: '2026-02-01', to: '2026-02-28' }],
    ['2026年11月3日', { from: '2026-11-03', to: '2026-11-03' }],
    ['2026/11/22至2026/11/1', { from: '2026-11-01', to: '2026-11-22' }],
  ])('%s on Sunday 22 November', (text, expected) => {
    expect(periodOf(readDates(text) ?? '', '2026-11-22')).toEqual(expected)
  })
  it('goes back over the turn of the year, and a week begins on Monday', () => {
    expect(periodOf('lastmonth', '2027-01-04')).toEqual({ from: '2026-12-01', to: '2026-12-31' })
    expect(periodOf('thisweek', '2027-01-04')).toEqual({ from: '2027-01-04', to: '2027-01-10' })
  })
  it.each(['2026-02-30', 'last0d', 'last9999d', '2026-13', 'soon'])('refuses %s', (text) => {
    expect(readDates(text)).toBeUndefined()
  })
  it('is shown in the reader’s language', () => {
    expect(showDates('last7d', 'zh')).toBe('近7天')
    expect(showDates('last7d', 'en')).toBe('last 7 days')
  })
})

describe('ranges of amounts', () => {
  it.each([
    ['>200', { min: 20001, max: null }],
    ['>=200', { min: 20000, max: null }],
    ['<0.5', { min: null, max: 49 }],
    ['≤1,234.5', { min: null, max: 123450 }],
    ['100~20', { min: 2000, max: 10000 }],
    ['¥88', { min: 8800, max: 8800 }],
  ])('%s', (text, expected) => {
    expect(boundsOf(readRange(text, 'amount') ?? '', 2)).toEqual(expected)
  })
  it('never goes through a float', () => {
    expect(minorOf('1.15', 2)).toBe(115)
    expect(minorOf('4.35', 2)).toBe(435)
    expect(decimalOf(435, 2)).toBe('4.35')
    expect(decimalOf(-5, 2)).toBe('-0.05')
    expect(minorOf('88', 0)).toBe(88)
    expect(rangeOf(2000, null, 2)).toBe('>=20')
  })
  it('counts are whole', () => expect(readRange('>=1.5', 'count')).toBeUndefined())
  it.each([['12', '12-13'], ['9–12点', '9-12'], ['9:00-12:00', '9-12'], ['12-9', undefined], ['25', undefined]])('hours %s', (text, expected) => {
    expect(readHours(text)).toBe(expected)
  })
})

describe('hints', () => {
  it('offers fields, then values, and what it offers can be read', () => {
    expect(hintsFor('渠', fields, 'zh').map((hint) => hint.typed)).toEqual(['渠道:'])
    expect(hintsFor('channel:mi', fields, 'en').map((hint) => hint.label)).toEqual(['Mini program'])
    const second = hintsFor('渠道:小程序,网', fields, 'zh')
    expect(second.map((hint) => hint.typed)).toEqual(['渠道:小程序,网站'])
    for (const field of fields)
      for (const language of ['zh', 'en'] as Language[])
        for (const hint of hintsFor(`${field.key}:`, fields, language)) expect(read(hint.typed).problems, hint.typed).toEqual([])
  })
})
