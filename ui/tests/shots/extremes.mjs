// What a real shop shows only on its worst day: the longest names and largest amounts, one row, none, a refusal. From fixtures, since the program cannot be brought there quickly.
import { openPage } from '../fixtures-lists/browser.mjs'
import { openStage } from '../fixtures/stage.mjs'

const LONG = {
  zh: { goods: '特级东北五常稻花香大米真空装礼盒加赠便携量米杯与防潮密封夹一套二十公斤家庭分享装', person: '阿卜杜热合曼·艾克拜尔江·买买提明', shop: '杭州西湖区文三路电子信息街区旗舰体验店' },
  en: { goods: 'SET OF TWELVE HAND-PAINTED WHITE HANGING HEART T-LIGHT HOLDERS WITH SPARE CANDLES AND GIFT WRAP', person: 'Ms Wilhelmina Featherstonehaugh-Cholmondeley', shop: 'Wolverhampton Mander Centre Upper Level Flagship' },
}
/** An order of nearly a million and a customer or a product of nearly a hundred million: what the columns must hold whole. */
const LARGEST_ORDER_MINOR = 98_765_432
const LARGEST_SUM_MINOR = 9_876_543_210

function stretch(trade, language) {
  const long = LONG[language]
  for (const [index, shop] of trade.shops.entries()) shop.name = `${long.shop}${index === 0 ? '' : ` ${index + 1}`}`
  for (const customer of trade.customers) Object.assign(customer, { name: long.person, paid_minor: LARGEST_SUM_MINOR, refunded_minor: 1_234_567_890, orders: 123_456 })
  for (const product of trade.products) Object.assign(product, { name: long.goods, code: 'SKU-2026-000123456789', price_minor: 999_999_99, cost_minor: 888_888_88, on_hand_milli: -123_456_789_000, sold_milli: 987_654_321_000, sold_minor: LARGEST_SUM_MINOR })
  for (const order of trade.orders) Object.assign(order, { order_no: `WOLVERHAMPTON-${order.order_no}`, shop_name: long.shop, first_item: long.goods, customer_name: long.person, payable_minor: LARGEST_ORDER_MINOR, paid_minor: order.pay === 'paid' ? LARGEST_ORDER_MINOR : 0, refunded_minor: order.refunded_minor === 0 ? 0 : 12_345_678, pieces_milli: 123_456_000 })
}

export async function extremes(shoot, browser, language) {
  const take = async (name, path, { count = 1204, longest = false, override = {} } = {}) => {
    const { page, context, trade, go } = await openPage(browser, { language, count, override })
    if (longest) stretch(trade, language)
    const at = path(trade)
    await shoot(page, name, language, async () => {
      await page.goto('about:blank')
      await go(at)
      await page.locator('.rows .row, .whole h2, .analysis .group, [class*=empty]').first().waitFor()
    })
    await context.close()
  }
  const longest = { longest: true }
  await take('orders-longest', () => '/orders', longest)
  await take('orders-peek-longest', (trade) => `/orders?open=${trade.orders[5].id}`, longest)
  await take('order-longest', (trade) => `/orders/${trade.orders[5].id}`, longest)
  await take('products-longest', () => '/products', longest)
  await take('product-longest', (trade) => `/products/${trade.products[3].sku_id}`, longest)
  await take('customers-longest', () => '/customers', longest)
  await take('customer-longest', (trade) => `/customers/${trade.customers[1].id}`, longest)
  await take('analysis-longest', () => '/analysis', longest)
  await take('orders-very-many', () => '/orders', { count: 60_000 })
  await take('orders-forbidden', () => '/orders', { override: { order_page: 'forbidden', order_totals: 'forbidden' } })

  const stage = await openStage()
  const onStage = async (name, world) => {
    const { page } = await stage.page({ ...world, language })
    await shoot(page, name, language, async () => {
      await page.goto('about:blank')
      await page.goto(`${stage.address}/#/`)
      await page.locator('.today, [class*=empty]').first().waitFor()
    })
    await page.context().close()
  }
  await onStage('today-one-order', { size: 'one' })
  await onStage('today-fault', { refuse: { today: { code: 'fault', message: 'x', reference: 'E-7F3K2', field: null, wait_s: null } } })
  await stage.close()
}
