/** How a figure of the program is written: by its unit, with its comparison. */
import type { Figure } from '@/rpc/bindings'
import { count, currencySign, money, numberFormat, percent, quantity } from '@/format'
import { hasText, t, tn } from '@/i18n'

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
      return { sign: '', text: tn('common.days', value === 10 ? 1 : 2, { n: numberFormat({ maximumFractionDigits: Math.abs(value) >= WHOLE_DAYS_FROM_TENTHS ? 0 : 1 }).format(value / 10) }) }
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

/** ▲ or ▼ with the change, and whether it is good news. The change of a rate is told in points: a percentage of a percentage is misread. */
export function changeOf(figure: Figure): { text: string; tone: 'ok' | 'danger' | 'muted' } | null {
  if (figure.change_bp === null) return null
  const isRate = figure.unit === 'basis_points' && figure.value !== null && figure.before !== null
  // Tenths of a point, as the rates themselves are written, so that the three figures of a tile agree.
  const moved = isRate ? Math.round((figure.value ?? 0) / 10) - Math.round((figure.before ?? 0) / 10) : figure.change_bp
  if (moved === 0) return { text: t('figure.same'), tone: 'muted' }
  const up = moved > 0
  const text = isRate ? t('figure.points', { n: numberFormat({ minimumFractionDigits: 1 }).format(Math.abs(moved) / 10) }) : percent(Math.abs(moved))
  return { text: `${up ? '▲' : '▼'} ${text}`, tone: up === figure.good_when_up ? 'ok' : 'danger' }
}
