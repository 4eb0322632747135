/** A date of two small numbers may be read two ways: the file's own example shows which it is. */

export interface EitherDate {
  /** As the file writes it. */
  text: string
  /** ISO dates of both readings. */
  month_first: string
  day_first: string
}

const SMALL = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})/
const MONTHS_MAX = 12
const two = (text: string): string => text.padStart(2, '0')

/** The first of the texts that both readings take and that they read differently; `null` where there is none. */
export function eitherDate(texts: readonly string[]): EitherDate | null {
  for (const text of texts) {
    const [whole, first, second, year] = SMALL.exec(text) ?? []
    if (whole === undefined || first === undefined || second === undefined || year === undefined) continue
    if (Number(first) === Number(second) || [first, second].some((part) => Number(part) < 1 || Number(part) > MONTHS_MAX)) continue
    return { text: whole.trim(), month_first: `${year}-${two(first)}-${two(second)}`, day_first: `${year}-${two(second)}-${two(first)}` }
  }
  return null
}
