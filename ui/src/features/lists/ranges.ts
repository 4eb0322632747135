/** Ranges of amounts and counts as they are typed: `>200`, `<=50`, `20..100`, `88`. Decimal text all the way: no float touches money. */
import type { Language } from './tokens'

const NUMBER = String.raw`\d{1,12}(?:\.\d{1,4})?`
const SPAN = new RegExp(`^(${NUMBER})(?:\\.\\.|~|-|–|至|到)(${NUMBER})$`)
const BOUND = new RegExp(`^(>=|<=|>|<|=|≥|≤|大于|小于|超过|不到|over|under)?(${NUMBER})$`, 'i')
const SIGNS: Readonly<Record<string, string>> = { '≥': '>=', '≤': '<=', 大于: '>', 超过: '>', over: '>', 小于: '<', 不到: '<', under: '<', '=': '' }

/** The language-neutral form, or `undefined` where the text is no range. Counts take whole numbers only. */
export function readRange(text: string, kind: 'amount' | 'count'): string | undefined {
  const bare = text.replace(/[\s¥£$€]/g, '').replace(/(\d),(?=\d{3})/g, '$1')
  const wholeOnly = (number: string): boolean => kind === 'amount' || /^\d+$/.test(number)
  const span = SPAN.exec(bare)
  if (span?.[1] !== undefined && span[2] !== undefined) {
    if (!wholeOnly(span[1]) || !wholeOnly(span[2])) return undefined
    return Number(span[1]) <= Number(span[2]) ? `${span[1]}..${span[2]}` : `${span[2]}..${span[1]}`
  }
  const bound = BOUND.exec(bare)
  if (bound?.[2] === undefined || !wholeOnly(bound[2])) return undefined
  const sign = bound[1]?.toLowerCase() ?? ''
  return `${SIGNS[sign] ?? sign}${bound[2]}`
}

/** The range as it is read; signs are the same in both languages. */
export function showRange(value: string, language: Language): string {
  const span = /^([\d.]+)\.\.([\d.]+)$/.exec(value)
  if (!span) return value
  return language === 'zh' ? `${span[1]}～${span[2]}` : `${span[1]}–${span[2]}`
}

/** Decimal text as minor units of a currency with this many digits; digits beyond them are cut. */
export function minorOf(decimal: string, digits: number): number {
  const [whole = '0', part = ''] = decimal.split('.')
  return Number(whole + part.slice(0, digits).padEnd(digits, '0'))
}

/** Minor units as the shortest decimal text. */
export function decimalOf(minor: number, digits: number): string {
  if (digits === 0) return String(minor)
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const part = text.slice(-digits).replace(/0+$/, '')
  return (minor < 0 ? '-' : '') + text.slice(0, -digits) + (part ? `.${part}` : '')
}

/** The inclusive bounds that a range means; `step` apart for the strict signs. */
export function boundsOf(value: string, digits: number): { min: number | null; max: number | null } {
  const span = /^([\d.]+?)\.\.([\d.]+)$/.exec(value)
  if (span?.[1] !== undefined && span[2] !== undefined) return { min: minorOf(span[1], digits), max: minorOf(span[2], digits) }
  const bound = /^(>=|<=|>|<)?([\d.]+)$/.exec(value)
  if (bound?.[2] === undefined) return { min: null, max: null }
  const at = minorOf(bound[2], digits)
  switch (bound[1]) {
    case '>=': return { min: at, max: null }
    case '>': return { min: at + 1, max: null }
    case '<=': return { min: null, max: at }
    case '<': return { min: null, max: at - 1 }
    default: return { min: at, max: at }
  }
}

/** The range that means these inclusive bounds; empty where there are none. */
export function rangeOf(min: number | null, max: number | null, digits: number): string {
  if (min !== null && max !== null) return min === max ? decimalOf(min, digits) : `${decimalOf(min, digits)}..${decimalOf(max, digits)}`
  if (min !== null) return `>=${decimalOf(min, digits)}`
  return max === null ? '' : `<=${decimalOf(max, digits)}`
}

/** A span of the day, from the full hour until before the full hour: `9-12`, `9点` (9 until 10). */
export function readHours(text: string): string | undefined {
  const span = /^(\d{1,2})(?::00|点|时)?(?:(?:-|–|~|\.\.|至|到)(\d{1,2})(?::00|点|时)?)?$/.exec(text.replace(/\s/g, ''))
  if (span?.[1] === undefined) return undefined
  const from = Number(span[1])
  const to = span[2] === undefined ? from + 1 : Number(span[2])
  return from < to && to <= 24 ? `${from}-${to}` : undefined
}

export function showHours(value: string, language: Language): string {
  const text = value.replace('-', '–')
  return language === 'zh' ? `${text}点` : text
}
