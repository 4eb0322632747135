/** The curve of the day: from hour ends to positions between opening and closing. */
import type { Today } from '@/rpc/bindings'

export interface Curve {
  /** Full hours from the first to the last, as positions. */
  hours: number[]
  today: (number | null)[]
  before: (number | null)[]
  low: (number | null)[]
  high: (number | null)[]
  /** Where now is, in positions; null outside the hours. */
  now_at: number | null
}

/** Values stand at hour ends; an array shorter than the hours belongs to the last of them. */
function atHourEnds(values: readonly number[], hours: readonly number[], positions: readonly number[], fromZero: boolean): (number | null)[] {
  if (values.length === 0) return positions.map(() => null)
  const byEnd = new Map<number, number>()
  const skip = Math.max(0, hours.length - values.length)
  values.slice(0, hours.length).forEach((value, index) => {
    const hour = hours[fromZero ? index : index + skip]
    if (hour !== undefined) byEnd.set(hour + 1, value)
  })
  const first = positions[0]
  return positions.map((hour) => (fromZero && hour === first ? 0 : (byEnd.get(hour) ?? null)))
}

export function curveOf(today: Today): Curve {
  const first = Math.min(today.opens_hour, ...today.hours)
  const last = Math.max(today.closes_hour, ...today.hours.map((hour) => hour + 1))
  const hours = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  const now_hour = today.minute_of_day / 60
  return {
    hours,
    today: atHourEnds(today.curve_today, today.hours, hours, true),
    before: atHourEnds(today.curve_before, today.hours, hours, true),
    low: atHourEnds(today.expected_low, today.hours, hours, false),
    high: atHourEnds(today.expected_high, today.hours, hours, false),
    now_at: now_hour >= first && now_hour <= last ? now_hour - first : null,
  }
}
