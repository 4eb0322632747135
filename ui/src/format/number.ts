/** Figures as they are read: grouped, tabular, compact in the reader's own units (12.5万, 125K). */
import { numberTag } from '@/i18n'

const cache = new Map<string, Intl.NumberFormat>()

/** Making an `Intl.NumberFormat` is slow; using one is not. */
export function numberFormat(options: Intl.NumberFormatOptions, tag = numberTag.value): Intl.NumberFormat {
  const key = `${tag} ${JSON.stringify(options)}`
  let format = cache.get(key)
  if (!format) {
    format = new Intl.NumberFormat(tag, options)
    cache.set(key, format)
  }
  return format
}

/** Digits of the currency's minor unit: 2 for CNY and GBP, 0 for JPY. */
export function minorDigits(currency: string): number {
  return numberFormat({ style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

const MINUS = '−'
const withMinus = (text: string) => text.replace('-', MINUS)

export function count(value: number): string {
  return withMinus(numberFormat({ maximumFractionDigits: 0 }).format(value))
}

/** 125000 → 12.5万 / 125K. Numbers below ten thousand stay whole. */
export function compact(value: number): string {
  if (Math.abs(value) < 10_000) return withMinus(numberFormat({ maximumFractionDigits: 1 }).format(value))
  return withMinus(numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(value).replace('k', 'K'))
}

export interface MoneyOptions {
  /** Leaves the currency's sign out: for columns that name it in their head. */
  bare?: boolean
  /** No minor units: for figures so large that they would only be noise. */
  whole?: boolean
  compact?: boolean
  /** Always with a sign, for differences. */
  signed?: boolean
}

export function currencySign(currency: string): string {
  return numberFormat({ style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
    .formatToParts(0)
    .filter((part) => part.type === 'currency')
    .map((part) => part.value)
    .join('')
}

/** Minor units → text: 14460 CNY → ¥144.60. */
export function money(minor: number, currency: string, options: MoneyOptions = {}): string {
  const digits = minorDigits(currency)
  const amount = Math.abs(minor) / 10 ** digits
  const sign = minor < 0 ? MINUS : options.signed && minor > 0 ? '+' : ''
  const fraction = options.whole ? 0 : digits
  const body = options.compact ? compact(amount) : numberFormat({ minimumFractionDigits: fraction, maximumFractionDigits: fraction }).format(amount)
  return `${sign}${options.bare ? '' : currencySign(currency)}${body}`
}

/** Basis points → 6.2%. */
export function percent(basis_points: number, digits = 1): string {
  return withMinus(numberFormat({ style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(basis_points / 10_000))
}

/** Thousandths of a unit → 2, 1.5, 0.125. */
export function quantity(milli: number): string {
  return withMinus(numberFormat({ maximumFractionDigits: 3 }).format(milli / 1000))
}

/** Bytes in the units a person meets elsewhere on the computer. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let size = value
  let index = 0
  while (size >= 1024 && index < units.length - 1) {
    size /= 1024
    index += 1
  }
  return `${numberFormat({ maximumFractionDigits: index === 0 ? 0 : 1 }).format(size)} ${units[index] ?? 'B'}`
}
