/** What 分析 is asked, as it stands in the route: period, comparison, shops, channels. */
import type { LocationQuery } from 'vue-router'
import { parsePeriod } from '@/components/period'
import { count, daysIn } from '@/format'
import { t } from '@/i18n'
import type { AnalysisQuery, Channel, Compare } from '@/rpc/bindings'
import { CHANNELS } from '../orders/fields'

export const COMPARES: readonly Compare[] = ['previous', 'year_before', 'none']
export const USUAL_PERIOD = 'last30d'

export interface Asked {
  period: string
  compare: Compare
  shops: string[]
  channels: Channel[]
}

const one = (value: LocationQuery[string] | undefined): string => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''))
const list = (value: LocationQuery[string] | undefined): string[] => one(value).split(',').filter((each) => each !== '')

export function readAsked(query: LocationQuery, today: string): Asked {
  const period = one(query['p'])
  const compare = one(query['c']) as Compare
  return {
    period: parsePeriod(period, today) === null ? USUAL_PERIOD : period,
    compare: COMPARES.includes(compare) ? compare : 'previous',
    shops: list(query['shops']),
    channels: CHANNELS.filter((channel) => list(query['channels']).includes(channel)),
  }
}

/** The route's query; what is usual is left out. */
export function askedQuery(asked: Asked): Record<string, string> {
  const query: Record<string, string> = { p: asked.period }
  if (asked.compare !== 'previous') query['c'] = asked.compare
  if (asked.shops.length > 0) query['shops'] = asked.shops.join(',')
  if (asked.channels.length > 0) query['channels'] = asked.channels.join(',')
  return query
}

/** `data_from` is where "all time" begins. */
export function analysisAsk(asked: Asked, today: string, data_from?: string): AnalysisQuery {
  const { from, to } = parsePeriod(asked.period, today, data_from) ?? { from: today, to: today }
  return { from, to, compare: asked.compare, shop_ids: asked.shops, channels: asked.channels }
}

/** What a period is compared with, in words that say how long it is: "the 30 days before". */
export function comparedWith(compare: Compare, { from, to }: { from: string; to: string }): string {
  if (compare !== 'previous') return t(`analysis.compare.${compare}`)
  const days = daysIn(from, to)
  return days === 1 ? t('analysis.compare.previous_one') : t('analysis.compare.previous', { days: count(days) })
}
