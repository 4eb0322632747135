/** The rail: only what exists. */
import type { IconName } from '@/components/Icon.vue'
import type { MessageKey } from '@/i18n'

export interface Place {
  id: 'today' | 'orders' | 'products' | 'customers' | 'analysis' | 'settings'
  path: string
  label: MessageKey
  go: MessageKey
  key: string
  icon: IconName
}

export const PLACES: readonly Place[] = [
  { id: 'today', path: '/', label: 'common.nav.today', go: 'common.key.go_today', key: 'G T', icon: 'today' },
  { id: 'orders', path: '/orders', label: 'common.nav.orders', go: 'common.key.go_orders', key: 'G O', icon: 'orders' },
  { id: 'products', path: '/products', label: 'common.nav.products', go: 'common.key.go_products', key: 'G P', icon: 'products' },
  { id: 'customers', path: '/customers', label: 'common.nav.customers', go: 'common.key.go_customers', key: 'G C', icon: 'customers' },
  { id: 'analysis', path: '/analysis', label: 'common.nav.analysis', go: 'common.key.go_analysis', key: 'G A', icon: 'analysis' },
]
export const SETTINGS: Place = { id: 'settings', path: '/settings', label: 'common.nav.settings', go: 'common.key.go_settings', key: 'G S', icon: 'settings' }
