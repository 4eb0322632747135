/**
 * Where an order's price comes from. It closes twice: down the priced column by the steps, and along the apportioned column by the lines;
 * both meet in the sum of the goods. Where no line carries a share, there is one column. What does not fit is shown as a row of its own, never swallowed.
 */
import type { OrderDetail, OrderLineView } from '@/rpc/bindings'

export interface TraceLine {
  line_no: number
  name: string
  quantity_milli: number
  priced_minor: number
  net_minor: number
  refunded_milli: number
  is_goods: boolean
}

export interface PriceTrace {
  lines: TraceLine[]
  /** Lines not listed, in one row, so that the columns still add up. */
  rest: { count: number; priced_minor: number; net_minor: number } | null
  discount_minor: number
  /** Some line came to another amount than price times quantity; else there is one column to read. */
  is_shared: boolean
  /** The discount is not within the lines' own amounts: it comes off below the sum of the goods. */
  is_below: boolean
  /** What rounding per line leaves between the priced lines less discounts and the goods. */
  rounding_minor: number
  goods_minor: number
  freight_minor: number
  due_minor: number
}

/** Price times quantity in minor units, half away from zero, without a float. */
export function pricedMinor(price_minor: number, quantity_milli: number): number {
  const product = BigInt(price_minor) * BigInt(quantity_milli)
  const half = product < 0n ? -500n : 500n
  return Number((product + half) / 1000n)
}

const sum = (lines: readonly TraceLine[], of: (line: TraceLine) => number): number => lines.reduce((total, line) => total + of(line), 0)

const traceLine = (line: OrderLineView): TraceLine => ({
  line_no: line.line_no,
  name: line.name,
  quantity_milli: line.quantity_milli,
  priced_minor: pricedMinor(line.price_minor, line.quantity_milli),
  net_minor: line.net_minor,
  refunded_milli: line.refunded_milli,
  is_goods: line.is_goods,
})

/** At most `lines_max` lines are listed; the others stand in one row. */
export function priceTrace(detail: Pick<OrderDetail, 'lines' | 'discount_minor' | 'freight_minor' | 'row'>, lines_max = Infinity): PriceTrace {
  const all = detail.lines.map(traceLine)
  const listed = all.length > lines_max ? all.slice(0, lines_max - 1) : all
  const others = all.slice(listed.length)
  const goods_minor = sum(all, (line) => line.net_minor)
  const priced_minor = sum(all, (line) => line.priced_minor)
  const discount_minor = Math.abs(detail.discount_minor)
  // An order says what is due; whether its lines carry their share of the discount is seen from which way the sum closes.
  const is_below = discount_minor !== 0 && goods_minor - discount_minor + detail.freight_minor === detail.row.payable_minor
  return {
    lines: listed,
    rest: others.length > 0 ? { count: others.length, priced_minor: sum(others, (line) => line.priced_minor), net_minor: sum(others, (line) => line.net_minor) } : null,
    discount_minor,
    is_shared: all.some((line) => line.priced_minor !== line.net_minor),
    is_below,
    rounding_minor: goods_minor - (priced_minor - (is_below ? 0 : discount_minor)),
    goods_minor,
    freight_minor: detail.freight_minor,
    due_minor: detail.row.payable_minor,
  }
}
