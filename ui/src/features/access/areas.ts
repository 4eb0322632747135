/** Rights by what they are about, in the order in which a shop speaks of it. */
const AREAS = ['trade', 'goods', 'customers', 'figures', 'files', 'people', 'computer'] as const
export type Area = (typeof AREAS)[number]

const OF_RESOURCE: Readonly<Record<string, Area>> = {
  order: 'trade',
  refund: 'trade',
  product: 'goods',
  customer: 'customers',
  figure: 'figures',
  list: 'files',
  import: 'files',
  person: 'people',
  role: 'people',
  department: 'people',
  audit: 'people',
  session: 'people',
}

/** `rows` by area; areas without any are left out. What a later version adds stands with the computer. */
export function byArea<R extends { name: string }>(rows: readonly R[]): { area: Area; rows: R[] }[] {
  const areaOf = (name: string): Area => OF_RESOURCE[name.split('.', 1)[0] ?? ''] ?? 'computer'
  return AREAS.map((area) => ({ area, rows: rows.filter((row) => areaOf(row.name) === area) })).filter(({ rows: found }) => found.length > 0)
}
