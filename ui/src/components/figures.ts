/** How a figure of the program is written: by its unit, with its comparison. */
import type { Figure } from '@/rpc/bindings'
import { count, currencySign, money, numberFormat, percent, quantity } from '@/format'
import { hasText, t } from '@/i18n'

/** Amounts of a hundred and more are read without their minor units; small ones, such as the amount per order, with them. */
const WHOLE_FROM_MINOR = 1_000_000
/** A tenth of a day says nothing beside a hundred days. */
const WHOLE_DAYS_FROM_TENTHS = 1_000

/** The sign and the figure apart, since the sign is drawn smaller. `full` never rounds. */
export function figureParts(figure: Figure, currency: string, value: number | null = figure.value, full = false): { sign: string; text: string } {
  if (value === null) return { sign: '', text: '—' }
  switch (figure.unit) {
    case 'money': {
      const small = figure.key === 'per_customer_minor' || figure.key === 'per_order_minor'
      const sum = Math.abs(value)
      const options = full ? {} : { whole: !small && (sum === 0 || sum >= 100_00), compact: !small && sum >= WHOLE_FROM_MINOR * 100 }
      return { sign: currencySign(currency), text: money(value, currency, { bare: true, ...options }) }
    }
    case 'basis_points':
      return { sign: '', text: percent(value) }
    case 'units':
      return { sign: '', text: quantity(value) }
    case 'days':
      return { sign: '', text: t('common.days', { n: numberFormat({ maximumFractionDigits: Math.abs(value) >= WHOLE_DAYS_FROM_TENTHS ? 0 : 1 }).format(value / 10) }) }
    case 'ratio':
      return { sign: '', text: numberFormat({ maximumFractionDigits: 2 }).format(value / 100) }
    default:
      return { sign: '', text: count(value) }
  }
}

export function figureText(figure: Figure, currency: string, value: number | null = figure.value, full = false): string {
  const { sign, text } = figureParts(figure, currency, value, full)
  return text.startsWith('−') ? `−${sign}${text.slice(1)}` : `${sign}${text}`
}

/** Why a figure has no value, in words. */
export function reasonText(reason: string | null): string {
  const key = `figure.reason.${reason ?? 'unknown'}`
  return hasText(key) ? t(key) : ''
}

/** ▲ or ▼ with the change, and whether it is good news. */
export function changeOf(figure: Figure): { text: string; tone: 'ok' | 'danger' | 'muted' } | null {
  if (figure.change_bp === null) return null
  if (figure.change_bp === 0) return { text: t('figure.same'), tone: 'muted' }
  const up = figure.change_bp > 0
  return { text: `${up ? '▲' : '▼'} ${percent(Math.abs(figure.change_bp))}`, tone: up === figure.good_when_up ? 'ok' : 'danger' }
}
