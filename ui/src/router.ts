/** The places of the program. Addresses stand behind `#`, so that the same files work in the window and over HTTP. */
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import type { MessageKey } from '@/i18n'
import { forgetWithShop } from './shell/forget'
import { IMPORT_RIGHT } from './shell/places'

declare module 'vue-router' {
  interface RouteMeta {
    title: MessageKey
    /** The rail's entry that is marked. */
    place: 'today' | 'orders' | 'products' | 'customers' | 'analysis' | 'settings'
    /** Whether the shop filter of the top bar narrows this screen. */
    byShop?: boolean
    /** Whether the screen writes its count beside the title: what stands after it waits for it. */
    counted?: boolean
    /** Without which the screen shows nothing. */
    right?: string
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'today', component: () => import('./features/today/Today.vue'), meta: { title: 'common.nav.today', place: 'today', byShop: true, right: 'figure.read' } },
  { path: '/orders', name: 'orders', component: () => import('./features/orders/Orders.vue'), meta: { title: 'common.nav.orders', place: 'orders', byShop: true, counted: true, right: 'order.read' } },
  { path: '/orders/:id', name: 'order', component: () => import('./features/orders/OrderPage.vue'), meta: { title: 'common.nav.orders', place: 'orders', right: 'order.read' } },
  { path: '/products', name: 'products', component: () => import('./features/products/Products.vue'), meta: { title: 'common.nav.products', place: 'products', byShop: true, counted: true, right: 'product.read' } },
  { path: '/products/:id', name: 'product', component: () => import('./features/products/ProductPage.vue'), meta: { title: 'common.nav.products', place: 'products', right: 'product.read' } },
  { path: '/customers', name: 'customers', component: () => import('./features/customers/Customers.vue'), meta: { title: 'common.nav.customers', place: 'customers', byShop: true, counted: true, right: 'customer.read' } },
  { path: '/customers/:id', name: 'customer', component: () => import('./features/customers/CustomerPage.vue'), meta: { title: 'common.nav.customers', place: 'customers', right: 'customer.read' } },
  { path: '/analysis', name: 'analysis', component: () => import('./features/analysis/Analysis.vue'), meta: { title: 'common.nav.analysis', place: 'analysis', byShop: true, right: 'figure.read' } },
  { path: '/settings', name: 'settings', component: () => import('./features/settings/Settings.vue'), meta: { title: 'common.nav.settings', place: 'settings' } },
  { path: '/imports', name: 'imports', component: () => import('./features/import/Imports.vue'), meta: { title: 'common.nav.imports', place: 'settings', right: IMPORT_RIGHT } },
  { path: '/imports/new', name: 'import', component: () => import('./features/import/ImportWizard.vue'), meta: { title: 'common.nav.imports', place: 'settings', right: IMPORT_RIGHT } },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = createRouter({ history: createWebHashHistory(), routes })
// The place that was left belongs to the shop that was left.
forgetWithShop(() => router.replace('/'))
