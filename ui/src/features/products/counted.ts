/** Which days the list's figures of what was sold are of, in words: without a period it is all of the shop's time, and nobody should have to guess that. */
import { day } from '@/format'
import { t } from '@/i18n'
import type { ProductFilter } from '@/rpc/bindings'

/** Running out has days of its own: the last two weeks say how fast it goes. */
export function countedText({ sold_from, sold_to, low_stock }: Pick<ProductFilter, 'sold_from' | 'sold_to' | 'low_stock'>): string {
  if (low_stock) return t('products.lead.low_how')
  if (sold_from === null && sold_to === null) return t('products.lead.counted_all')
  if (sold_to === null) return t('products.lead.counted_from', { from: day(sold_from ?? '') })
  if (sold_from === null) return t('products.lead.counted_to', { to: day(sold_to) })
  return sold_from === sold_to ? t('products.lead.counted_one', { from: day(sold_from) }) : t('products.lead.counted', { from: day(sold_from), to: day(sold_to) })
}
