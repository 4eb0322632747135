import { beforeAll, describe, expect, it } from 'vitest'
import type { Today } from '@/rpc/bindings'
import { curveOf } from '@/features/today/curve'
import { causeText, leadText } from '@/features/today/sentence'
import { zone } from '@/format'
import { setLanguage } from '@/i18n'
// @ts-expect-error The fixture shop is plain JavaScript, shared with the screenshots.
import { today as fixture } from '../fixtures/shop.mjs'

const today = (size = 'full'): Today => fixture('zh', size) as Today

beforeAll(async () => {
  await setLanguage('zh')
  zone.value = 'Asia/Shanghai'
})

describe('the sentence of the day', () => {
  it('says good or bad, and mostly why', () => expect(leadText(today())).toBe('比上周日这个时候好 6.2%，多半因为加绒手套 灰 M 多卖 63 件。'))
  it('blames nothing that went the other way', () => {
    const bad = today()
    const sales = bad.figures[0]?.figure
    if (sales) sales.change_bp = -620
    expect(leadText(bad)).toBe('比上周日这个时候差 6.2%。')
  })
  it('calls a hair no difference', () => {
    const same = today()
    const sales = same.figures[0]?.figure
    if (sales) sales.change_bp = 4
    expect(leadText(same)).toBe('和上周日这个时候一样。')
  })
  it('has words for the first days', () => {
    expect(leadText(today('empty'))).toBe('店开好了，还没有账。')
    expect(leadText(today('one'))).toBe('开张第 3 天，到现在卖了 ¥38.80，1 单。')
  })
  it('counts one order as one, whatever day it is', async () => {
    await setLanguage('en')
    expect(leadText(today('one'))).toBe('Day 3: ¥38.80 so far in 1 order.')
    await setLanguage('zh')
  })
  it('never explains less money with more pieces', () => {
    const cause = today().causes[0]
    if (!cause) throw new Error('the fixture has causes')
    expect(causeText({ ...cause, amount_minor: -500 })).toBe('加绒手套 灰 M 卖得少了')
  })
  it('has causes that sum to the difference of the first figure', () => {
    const { causes, figures } = today()
    const sales = figures[0]?.figure
    expect(causes.reduce((sum, cause) => sum + cause.amount_minor, 0)).toBe((sales?.value ?? 0) - (sales?.before ?? 0))
  })
})

describe('the curve of the day', () => {
  it('begins with nothing at opening and stands at hour ends', () => {
    const curve = curveOf(today())
    expect(curve.hours.at(0)).toBe(8)
    expect(curve.hours.at(-1)).toBe(22)
    expect(curve.today.slice(0, 3)).toEqual([0, 62_000, 175_000])
    expect(curve.before.at(-1)).toBe(2_960_000)
    expect(curve.now_at).toBeCloseTo(7 + 1 / 3)
  })
  it('widens to hours outside the opening ones, and has no present after closing', () => {
    const late = { ...today(), hours: [6, 7, 8], curve_today: [1, 2, 3], minute_of_day: 23 * 60 }
    const curve = curveOf(late)
    expect(curve.hours.at(0)).toBe(6)
    expect(curve.now_at).toBeNull()
  })
})
