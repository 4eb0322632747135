/** The rail: only what exists, and of that what the person may see. */
import type { IconName } from '@/components/Icon.vue'
import type { MessageKey } from '@/i18n'

export interface Place {
  id: 'today' | 'orders' | 'products' | 'customers' | 'analysis' | 'settings'
  path: string
  label: MessageKey
  go: MessageKey
  key: string
  icon: IconName
  /** Without which there is nothing to see there; none where everybody has something there. */
  right?: string
}

export const PLACES: readonly Place[] = [
  { id: 'today', path: '/', label: 'common.nav.today', go: 'common.key.go_today', key: 'G T', icon: 'today', right: 'figure.read' },
  { id: 'orders', path: '/orders', label: 'common.nav.orders', go: 'common.key.go_orders', key: 'G O', icon: 'orders', right: 'order.read' },
  { id: 'products', path: '/products', label: 'common.nav.products', go: 'common.key.go_products', key: 'G P', icon: 'products', right: 'product.read' },
  { id: 'customers', path: '/customers', label: 'common.nav.customers', go: 'common.key.go_customers', key: 'G C', icon: 'customers', right: 'customer.read' },
  { id: 'analysis', path: '/analysis', label: 'common.nav.analysis', go: 'common.key.go_analysis', key: 'G A', icon: 'analysis', right: 'figure.read' },
]
export const SETTINGS: Place = { id: 'settings', path: '/settings', label: 'common.nav.settings', go: 'common.key.go_settings', key: 'G S', icon: 'settings' }

/** The right that imports take; they are reached from the settings. */
export const IMPORT_RIGHT = 'import.run'

export const isAllowed = ({ right }: Pick<Place, 'right'>, may: (right: string) => boolean): boolean => right === undefined || may(right)

/** The entries of the rail for a person. */
export const placesFor = (may: (right: string) => boolean): Place[] => PLACES.filter((place) => isAllowed(place, may))

/** Where a person begins: at the first entry that they may see. The settings are everybody's. */
export const landingFor = (may: (right: string) => boolean): Place => placesFor(may)[0] ?? SETTINGS
