import { beforeAll, describe, expect, it } from 'vitest'
import { changeOf } from '@/components/figures'
import { setLanguage } from '@/i18n'
import { grouped, GROUP_OF, tileRoute } from '@/features/analysis/layout'
import { analysisAsk, askedQuery, comparedWith, readAsked } from '@/features/analysis/question'
import { customerColumns } from '@/features/customers/columns'
import { customerFields, customerFilter, EMPTY_CUSTOMER_FILTER, tokensOfCustomerFilter } from '@/features/customers/fields'
import { nextPurchase } from '@/features/customers/next'
import { bodyOf } from '@/features/lists/useViews'
import { readQuery, typedQuery, type Language } from '@/features/lists/tokens'
import { figureTrack, idTrack, orderColumns } from '@/features/orders/columns'
import { EMPTY_FILTER } from '@/features/orders/fields'
import { readAmount, refundFault } from '@/features/orders/refund'
import { timelineItems } from '@/features/orders/steps'
import { pricedMinor, priceTrace } from '@/features/orders/trace'
import { productColumns } from '@/features/products/columns'
import { countedText } from '@/features/products/counted'
import { EMPTY_PRODUCT_FILTER, PRODUCT_SORTS, productFields, productFilter, tokensOfProductFilter } from '@/features/products/fields'
import type { Figure, FigureKey, FigureUnit, OrderDetail, OrderLineView, Tile } from '@/rpc/bindings'

beforeAll(() => setLanguage('zh'))

const room = { wide: false, english: false, idLetters: 11, amountLetters: 9, sign: '¥' }
const least = (columns: { width: string }[]): number => columns.reduce((sum, column) => sum + Number(/[\d.]+(?=px)/.exec(column.width)?.[0]), 30)

describe('columns', () => {
  it('fit beside the peek at 1366 in both languages: 1366 − rail 200 − peek 380', () => {
    for (const english of [false, true]) {
      const hidden = ['paid', 'refunded', 'business_date']
      expect(least(orderColumns({ ...room, english, peeking: true }).filter((column) => !hidden.includes(column.key)))).toBeLessThanOrEqual(786)
      expect(least(productColumns({ ...room, english, peeking: true }).filter((column) => column.key !== 'cost'))).toBeLessThanOrEqual(786)
      expect(least(customerColumns({ ...room, english }).filter((column) => column.key !== 'first'))).toBeLessThanOrEqual(786)
    }
  })
  it('make room for the longest figure, and sort where the program can', () => {
    expect(figureTrack('168,469.60'.length, false)).toBeGreaterThan(figureTrack('38.80'.length, false))
    expect(idTrack(2, false)).toBe(idTrack(6, false))
    expect(orderColumns(room).filter((column) => column.sorts).flatMap((column) => column.sorts)).toEqual(['newest_first', 'oldest_first', 'largest_first'])
  })
  it('have the sorts of the product list at the column that the rows are ordered by, and each sort at one of them', () => {
    const columns = productColumns(room)
    const sortsOf = (key: string) => columns.find((column) => column.key === key)?.sorts
    expect([sortsOf('sold_amount'), sortsOf('sold'), sortsOf('on_hand')]).toEqual([['sold_most', 'sold_least'], undefined, ['stock_least']])
    expect(columns.flatMap((column) => column.sorts ?? []).sort()).toEqual([...PRODUCT_SORTS].sort())
  })
  it('keep one fixed column each and have no key twice', () => {
    for (const columns of [orderColumns(room), productColumns(room), customerColumns(room)] as { key: string; fixed?: boolean }[][]) {
      expect(columns.filter((column) => column.fixed)).toHaveLength(1)
      expect(new Set(columns.map((column) => column.key)).size).toBe(columns.length)
    }
  })
})

describe('products and customers: filters', () => {
  const shops = [{ id: '0190a000-0000-7000-8000-000000000001', name: '西湖店', currency: 'CNY', zone: 'Asia/Shanghai' }]
  const categories = [{ id: '0190a000-0000-7000-8000-0000000000a1', name: '杯壶' }]
  it('round trip through tokens and typed text', () => {
    const product = { ...EMPTY_PRODUCT_FILTER, category_ids: ['0190a000-0000-7000-8000-0000000000a1'], sold_from: '2026-11-01', sold_to: '2026-11-22', low_stock: true, no_sale: true, goods_only: true }
    const customer = { ...EMPTY_CUSTOMER_FILTER, country: 'United Kingdom', bought_from: '2026-11-01', bought_to: '2026-11-22', min_orders: 3, shop_ids: ['0190a000-0000-7000-8000-000000000001'] }
    for (const language of ['zh', 'en'] as Language[]) {
      const ofProducts = productFields(shops, categories)
      const typed = readQuery(typedQuery({ tokens: tokensOfProductFilter(product), words: '' }, ofProducts, language), ofProducts)
      expect(productFilter(typed.tokens, typed.words, '2026-11-22')).toEqual(product)
      const ofCustomers = customerFields(shops)
      const people = readQuery(typedQuery({ tokens: tokensOfCustomerFilter(customer), words: '' }, ofCustomers, language), ofCustomers)
      expect(customerFilter(people.tokens, people.words, '2026-11-22')).toEqual(customer)
    }
  })
  it('refuse a range that the program cannot ask for', () => {
    expect(readQuery('订单数:<3', customerFields(shops)).problems).toHaveLength(1)
    expect(readQuery('订单数:>2', customerFields(shops)).tokens).toEqual([{ field: 'orders', values: ['>2'] }])
    expect(customerFilter([{ field: 'orders', values: ['>2'] }], '', '2026-11-22').min_orders).toBe(3)
  })
})

describe('price trace', () => {
  const line = (line_no: number, price_minor: number, quantity_milli: number, net_minor: number): OrderLineView => ({ line_no, sku_id: 's', code: 'c', name: 'n', quantity_milli, price_minor, net_minor, refunded_milli: 0, refunded_minor: 0, is_goods: true, flags: [] })
  // The drawing's order: 79.00 + 59.80 + 25.80 − 26.00 = 138.60 = 71.53 + 48.71 + 18.36.
  const lines = [line(1, 7_900, 1_000, 7_153), line(2, 2_990, 2_000, 4_871), line(3, 2_580, 1_000, 1_836)]
  const detail = { lines, discount_minor: 2_600, freight_minor: 600, row: { payable_minor: 14_460 } } as OrderDetail

  it('closes twice in one sum', () => {
    const trace = priceTrace(detail)
    const priced = trace.lines.reduce((sum, each) => sum + each.priced_minor, 0)
    expect(trace.goods_minor).toBe(13_860)
    expect(priced - trace.discount_minor + trace.rounding_minor).toBe(trace.goods_minor)
    expect(trace.rounding_minor).toBe(0)
    expect(trace.goods_minor + trace.freight_minor).toBe(trace.due_minor)
  })
  it('takes a discount that the lines do not carry off below the goods, and names no rounding that is none', () => {
    const below = { ...detail, lines: [line(1, 4_500, 4_000, 18_000)], discount_minor: 1_500, freight_minor: 0, row: { ...detail.row, payable_minor: 16_500 } } as OrderDetail
    const trace = priceTrace(below)
    expect(trace).toMatchObject({ is_below: true, is_shared: false, rounding_minor: 0, goods_minor: 18_000 })
    expect(trace.goods_minor - trace.discount_minor + trace.freight_minor).toBe(trace.due_minor)
    expect(priceTrace(detail)).toMatchObject({ is_below: false, is_shared: true })
  })
  it('closes also when lines stand in one row', () => {
    const many = { ...detail, lines: Array.from({ length: 1_114 }, (_, index) => line(index + 1, 333, 1_500, 499)), discount_minor: 0 } as OrderDetail
    const trace = priceTrace(many, 12)
    expect(trace.lines).toHaveLength(11)
    expect(trace.rest?.count).toBe(1_103)
    const priced = trace.lines.reduce((sum, each) => sum + each.priced_minor, 0) + (trace.rest?.priced_minor ?? 0)
    expect(priced - trace.discount_minor + trace.rounding_minor).toBe(trace.goods_minor)
  })
  it.each([[333, 1_500, 500], [-333, 1_500, -500], [1, 499, 0], [1, 500, 1], [9_007_199_254, 1_000, 9_007_199_254]])('%i × %i thousandths is %i, half away from zero', (price, quantity, expected) => {
    expect(pricedMinor(price, quantity)).toBe(expected)
  })
})

describe('refund', () => {
  const typed = { amount: '15.00', again: '15', reason: '破损', most_minor: 14_460, digits: 2 }
  it.each([
    [typed, null],
    [{ ...typed, amount: '１５．００' }, null],
    [{ ...typed, amount: '' }, 'need_amount'],
    [{ ...typed, amount: '0' }, 'need_amount'],
    [{ ...typed, amount: '15.005' }, 'need_amount'],
    [{ ...typed, amount: '>15' }, 'need_amount'],
    [{ ...typed, amount: '144.61' }, 'too_much'],
    [{ ...typed, again: '51' }, 'differs'],
    [{ ...typed, reason: ' ' }, 'need_reason'],
  ])('%o → %s', (given, expected) => expect(refundFault(given)).toBe(expected))
  it('reads amounts exactly', () => expect([readAmount('1,234.50', 2), readAmount('¥88', 2), readAmount('88', 0)]).toEqual([123_450, 8_800, 88]))
})

describe('what is expected', () => {
  it('the next purchase after the median gap', () => {
    expect(nextPurchase('2026-10-02', 18, '2026-11-22')).toEqual({ date: '2026-10-20', gap_days: 18, late_days: 33 })
    expect(nextPurchase('2026-11-19', 18, '2026-11-22')).toEqual({ date: '2026-12-07', gap_days: 18, late_days: 0 })
    expect(nextPurchase('2026-11-19', null, '2026-11-22')).toBeNull()
  })
})

describe('what the products’ figures are of', () => {
  const of = { ...EMPTY_PRODUCT_FILTER }
  it.each([
    ['all time', of, '从有账的第一天算起'],
    ['a period', { ...of, sold_from: '2026-11-01', sold_to: '2026-11-22' }, '11月1日 – 11月22日'],
    ['a day', { ...of, sold_from: '2026-11-22', sold_to: '2026-11-22' }, '算的是 11月22日'],
    ['no end', { ...of, sold_from: '2026-11-01' }, '从 11月1日 算起'],
    ['no beginning', { ...of, sold_to: '2026-11-22' }, '算到 11月22日'],
    ['running out', { ...of, low_stock: true }, '最近 14 天'],
  ])('is said for %s', (_, filter, words) => expect(countedText(filter)).toContain(words))
})

describe('timeline', () => {
  it('ends in what comes next and shows no key to the reader', () => {
    const steps = [
      { at_ms: Date.parse('2026-11-22T07:04:00Z'), what: 'placed', axis: 'pay', state: 'unpaid', detail: ['mini_program'], actor: null, done: true },
      { at_ms: null, what: 'unheard_of', axis: 'fulfil', state: 'waiting', detail: [], actor: null, done: false },
    ]
    expect(timelineItems(steps)).toEqual([{ when: '15:04', title: '下单', text: '小程序', next: false }, { when: '接着', title: '待发货', text: '', next: true }])
  })
})

describe('分析', () => {
  const tile = (key: FigureKey, value: number | null = 1, list: Tile['list'] = 'orders'): Tile => ({ figure: { key, unit: 'count', value, before: null, change_bp: null, reason: null, good_when_up: true, side: [] } satisfies Figure, list, filter: { ...EMPTY_FILTER, from: '2026-11-01', to: '2026-11-22' } })
  it('shows every figure once', () => {
    const keys = Object.keys(GROUP_OF) as FigureKey[]
    expect(keys).toHaveLength(19)
    expect(grouped(keys.toReversed().map((key) => tile(key))).flatMap((group) => group.tiles.map((each) => each.figure.key)).sort()).toEqual(keys.toSorted())
    expect(Math.max(...grouped(keys.map((key) => tile(key))).map((group) => group.tiles.length))).toBe(5)
  })
  it('leads to the rows of a tile, and nowhere without a value', () => {
    expect(tileRoute(tile('net_sales_minor'))).toEqual({ path: '/orders', query: { f: 'created:2026-11-01..2026-11-22' } })
    expect(tileRoute(tile('units', 1, 'products'))).toEqual({ path: '/products', query: { f: 'sold:2026-11-01..2026-11-22 kind:goods' } })
    expect(tileRoute(tile('customers', 1, 'customers'))).toEqual({ path: '/customers', query: { f: 'bought:2026-11-01..2026-11-22' } })
    expect(tileRoute(tile('visitors', null))).toBeNull()
  })
  it.each<[FigureUnit, number, number, boolean, string, string]>([
    ['money', 12_790, 10_000, true, '▲ 27.9%', 'ok'],
    // 1.94 % and 2.36 % stand there as 1.9 % and 2.4 %.
    ['basis_points', 194, 236, false, '▼ 0.5 点', 'ok'],
    ['basis_points', 4_430, 3_410, true, '▲ 10.2 点', 'ok'],
    ['basis_points', 412, 408, true, '持平', 'muted'],
    ['basis_points', 3_300, 2_100, false, '▲ 12.0 点', 'danger'],
  ])('tells how %s moved from %i to %i', (unit, value, before, good_when_up, text, tone) => {
    const figure: Figure = { key: 'gmv_minor', unit, value, before, change_bp: Math.round(((value - before) / before) * 10_000), reason: null, good_when_up, side: [] }
    expect(changeOf(figure)).toEqual({ text, tone })
  })
  it.each([
    ['previous', '2026-11-01', '2026-11-30', '之前的 30 天', 'the 30 days before'],
    ['previous', '2026-11-22', '2026-11-22', '前一天', 'the day before'],
    ['year_before', '2026-11-01', '2026-11-30', '去年同期', 'a year before'],
    ['none', '2026-11-01', '2026-11-30', '不比较', 'nothing'],
  ] as const)('says what %s of %s to %s is', async (compare, from, to, zh, en) => {
    expect(comparedWith(compare, { from, to })).toBe(zh)
    await setLanguage('en')
    expect(comparedWith(compare, { from, to })).toBe(en)
    await setLanguage('zh')
  })
  it('stands in the route', () => {
    const asked = { period: '2026-11-01..2026-11-22', compare: 'year_before' as const, shops: ['a', 'b'], channels: ['web' as const] }
    expect(readAsked(askedQuery(asked), '2026-11-22')).toEqual(asked)
    expect(readAsked({ p: 'nonsense', c: 'x', channels: 'tv' }, '2026-11-22')).toEqual({ period: 'last30d', compare: 'previous', shops: [], channels: [] })
    expect(analysisAsk({ ...asked, period: 'all' }, '2026-11-22', '2024-11-01')).toMatchObject({ from: '2024-11-01', to: '2026-11-22' })
  })
  it('reads views of other versions', () => {
    expect(bodyOf({ id: 'v', list: 'orders', name: 'n', body: '{"f":"channel:web"}' })).toEqual({ f: 'channel:web', q: '', sort: '', hidden: [] })
    expect(bodyOf({ id: 'v', list: 'orders', name: 'n', body: 'not json' })).toEqual({ f: '', q: '', sort: '', hidden: [] })
  })
})
