import { forgetWithShop } from '@/shell/forget'

/** Rows that a list has loaded in this sitting: ticked rows are summed and copied from them, also after a visit to another screen. */
const lists = new Map<string, Map<string, unknown>>()
forgetWithShop(() => lists.clear())
/** Above so many rows the ones seen first are forgotten, ticked or not. */
const ROWS_MAX = 20_000

export function seenRows<R>(list: string, rowId: (row: R) => string) {
  const rows = (lists.get(list) ?? new Map<string, unknown>()) as Map<string, R>
  lists.set(list, rows)
  return {
    see: (page: readonly R[]): void => {
      for (const row of page) rows.set(rowId(row), row)
      for (const id of [...rows.keys()].slice(0, Math.max(0, rows.size - ROWS_MAX))) rows.delete(id)
    },
    of: (ids: ReadonlySet<string>): R[] => [...ids].flatMap((id) => rows.get(id) ?? []),
  }
}
