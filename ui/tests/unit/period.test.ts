import { describe, expect, it } from 'vitest'
import { parsePeriod, periodOf } from '@/components/period'

const TODAY = '2026-11-22'

describe('a period', () => {
  it.each([
    ['today', TODAY, TODAY],
    ['yesterday', '2026-11-21', '2026-11-21'],
    ['last7d', '2026-11-16', TODAY],
    ['last30d', '2026-10-24', TODAY],
    ['this_week', '2026-11-16', TODAY],
    ['last_week', '2026-11-09', '2026-11-15'],
    ['this_month', '2026-11-01', TODAY],
    ['last_month', '2026-10-01', '2026-10-31'],
    ['last_year', '2025-01-01', '2025-12-31'],
  ] as const)('%s runs from %s to %s', (name, from, to) => expect(periodOf(name, TODAY)).toEqual({ from, to }))
  it.each([
    ['2026-11-03', '2026-11-03', '2026-11-03'],
    ['2026-11-01..2026-11-22', '2026-11-01', '2026-11-22'],
    ['2026-11-22..2026-11-01', '2026-11-01', '2026-11-22'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2026-12', '2026-12-01', '2026-12-31'],
  ])('reads %s', (text, from, to) => expect(parsePeriod(text, TODAY)).toEqual({ from, to }))
  it.each(['', 'soon', '2026-13-01', '2026-11-01..x'])('does not read %j', (text) => expect(parsePeriod(text, TODAY)).toBeNull())
})
