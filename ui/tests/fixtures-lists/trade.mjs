// Invented trade for looking at the lists and 分析 without the program: the same data at each run, in either language.
const DAY_MS = 86_400_000
export const NOW_MS = Date.parse('2026-11-22T07:20:00Z') // 15:20 in Shanghai, a Sunday.

function random(seed) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}
const isoDate = (at_ms) => new Date(at_ms + 8 * 3_600_000).toISOString().slice(0, 10)
const uuid = (kind, number) => `0190${kind.toString(16).padStart(4, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`

const WORDS = {
  zh: {
    shops: ['西湖店', '滨江店', '城西店'],
    goods: ['保温杯 350ml 黑', '加绒手套 灰 M', '红枣姜茶 12 包', '法兰绒毯 1.5m 可机洗加厚双面绒', '羊毛围巾 驼', '东北大米 5kg', '挂耳咖啡 10 包', '抽纸 24 包', '马克杯 米', '暖手宝 白', '桂花茶 100g', '燕麦片 1kg'],
    people: ['沈女士', '俞先生', '方女士', '陈女士', '孙先生', '吕女士', '丁先生', '欧阳女士', '骆女士', '金女士'],
    categories: ['杯壶', '衣帽', '饮品', '家纺', '粮油'],
  },
  en: {
    shops: ['West Lake', 'Riverside', 'West Gate'],
    goods: ['Flask 350 ml black', 'Lined gloves grey M', 'Ginger tea 12 bags', 'WHITE HANGING HEART T-LIGHT HOLDER WITH 12 SPARES', 'Wool scarf camel', 'Rice 5 kg', 'Drip coffee 10 bags', 'Tissues 24 packs', 'Mug cream', 'Hand warmer white', 'Osmanthus tea 100 g', 'Oats 1 kg'],
    people: ['Ms Shen', 'Mr Yu', 'Ms Fang', 'Ms Chen', 'Mr Sun', 'Ms Lyu', 'Mr Ding', 'Ms Featherstonehaugh', 'Ms Luo', 'Ms Jin'],
    categories: ['Flasks', 'Clothing', 'Drinks', 'Home', 'Food'],
  },
}
const CHANNELS = ['mini_program', 'mini_program', 'counter', 'web', 'errand', 'app']

export function makeTrade(language, count = 1204, currency = 'CNY') {
  const words = WORDS[language]
  const next = random(7)
  const pick = (list) => list[Math.floor(next() * list.length)]
  const shops = words.shops.map((name, index) => ({ id: uuid(1, index + 1), name, currency, zone: 'Asia/Shanghai' }))
  const customers = words.people.map((name, index) => ({ id: uuid(2, index + 1), code: String(12346 + index), name, phone_masked: index % 3 === 2 ? null : `138****${1000 + index * 677}`, country: index % 4 === 0 ? null : language === 'zh' ? '浙江' : 'United Kingdom', orders: 3 + index * 5, paid_minor: 128_450 + index * 987_654, refunded_minor: index % 3 === 0 ? 9_900 : 0, first_on: '2025-02-11', last_on: index === 1 ? '2026-10-02' : '2026-11-19', currency }))
  const products = words.goods.map((name, index) => ({ sku_id: uuid(3, index + 1), code: index === 3 ? '85123A' : String(22086 + index * 13), name, category: index === 7 ? null : words.categories[index % 5], price_minor: 2_990 + index * 1_170, cost_minor: index % 4 === 3 ? null : 1_200 + index * 600, on_hand_milli: index === 5 ? null : index === 8 ? -2000 : (60 - index * 4) * 1000, sold_milli: index === 11 ? 0 : (400 - index * 31) * 1000, sold_minor: index === 11 ? 0 : 1_234_567 - index * 98_000, last_sold_on: index === 11 ? null : '2026-11-22', currency, is_goods: index !== 7 }))
  const orders = Array.from({ length: count }, (_, index) => {
    const at_ms = NOW_MS - (index * 2 + Math.floor(next() * 2) + 2) * 60_000 * (1 + Math.floor(index / 60) * 3)
    const shop = pick(shops)
    const channel = pick(CHANNELS)
    const kinds = 1 + Math.floor(next() * 3)
    const pieces = kinds + Math.floor(next() * 3)
    const payable_minor = index === 17 ? 16_846_960 : 900 + Math.floor(next() * 24_000)
    const closed = index % 29 === 11
    const unpaid = index % 31 === 0
    const refund = closed || unpaid ? 'none' : index % 19 === 5 ? 'underway' : index % 23 === 15 ? 'part' : index % 37 === 16 ? 'all' : 'none'
    const fulfil = closed || unpaid ? 'none' : index < 12 && index % 3 !== 2 ? 'waiting' : index % 9 === 4 ? 'underway' : 'done'
    const person = channel === 'counter' && next() < 0.6 ? null : pick(customers)
    const paid_minor = closed || unpaid ? 0 : payable_minor
    return {
      id: uuid(4, index + 1), order_no: `${['XH', 'BJ', 'CX'][shops.indexOf(shop)]}${isoDate(at_ms).slice(5).replace('-', '')}-${String(900 - (index % 899)).padStart(4, '0')}`, occurred_at_ms: at_ms, business_date: isoDate(at_ms), shop_id: shop.id, shop_name: shop.name, channel,
      customer_id: person?.id ?? null, customer_name: person?.name ?? null, first_item: pick(words.goods), kinds, pieces_milli: pieces * 1000, pay: closed ? 'closed' : unpaid ? 'unpaid' : 'paid', fulfil, refund,
      payable_minor, paid_minor, refunded_minor: refund === 'part' ? Math.floor(paid_minor / 3) : refund === 'all' ? paid_minor : 0, currency,
    }
  })
  return { language, currency, shops, customers, products, orders, categories: words.categories.map((name, index) => ({ id: uuid(5, index + 1), name })) }
}

const within = (list, value) => list.length === 0 || list.includes(value)
function keeps(filter, row) {
  return within(filter.channels, row.channel) && within(filter.pay, row.pay) && within(filter.fulfil, row.fulfil) && within(filter.refund, row.refund) && within(filter.shop_ids, row.shop_id) && (filter.from === null || row.business_date >= filter.from) && (filter.to === null || row.business_date <= filter.to) && (filter.amount_min_minor === null || row.payable_minor >= filter.amount_min_minor) && (filter.amount_max_minor === null || row.payable_minor <= filter.amount_max_minor) && (filter.customer_id === null || row.customer_id === filter.customer_id) && (filter.text === null || `${row.order_no} ${row.first_item} ${row.customer_name ?? ''}`.toLowerCase().includes(filter.text.toLowerCase()))
}
const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0)
const page = (rows, { after, limit }) => {
  const from = after === null ? 0 : Number(after)
  return { rows: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null }
}

function orderDetail(trade, id) {
  const row = trade.orders.find((order) => order.id === id)
  if (!row) return null
  const discount_minor = row.kinds > 1 ? Math.floor(row.payable_minor / 10) : 0
  const freight_minor = row.channel === 'mini_program' ? 600 : 0
  const goods_minor = row.payable_minor - freight_minor
  const shares = Array.from({ length: row.kinds }, (_, index) => Math.floor(goods_minor / row.kinds) + (index === 0 ? goods_minor % row.kinds : 0))
  const off = Array.from({ length: row.kinds }, (_, index) => Math.floor(discount_minor / row.kinds) + (index === 0 ? discount_minor % row.kinds : 0))
  const lines = shares.map((net_minor, index) => ({ line_no: index + 1, sku_id: trade.products[index].sku_id, code: trade.products[index].code, name: index === 0 ? row.first_item : trade.products[index].name, quantity_milli: 1000, price_minor: net_minor + off[index], net_minor, refunded_milli: row.refund === 'part' && index === 0 ? 1000 : 0, refunded_minor: row.refund === 'part' && index === 0 ? row.refunded_minor : 0, is_goods: true, flags: [] }))
  const step = (after_min, what, axis, state, detail, done = true) => ({ at_ms: done ? row.occurred_at_ms + after_min * 60_000 : null, what, axis, state, detail, actor: null, done })
  const timeline = [step(0, 'placed', 'pay', 'unpaid', [row.channel])]
  if (row.paid_minor > 0) timeline.push(step(0, 'paid', 'pay', 'paid', ['wechat']))
  if (row.fulfil === 'waiting') timeline.push(step(0, 'next_ship', 'fulfil', 'waiting', [], false))
  if (row.fulfil === 'done') timeline.push(step(9, 'delivered', 'fulfil', 'done', []))
  return {
    row, lines, payments: row.paid_minor > 0 ? [{ at_ms: row.occurred_at_ms, tender: 'wechat', amount_minor: row.paid_minor }] : [], refunds: row.refunded_minor > 0 ? [{ id: uuid(6, 1), refund_no: `R-${row.order_no}`, at_ms: row.occurred_at_ms + 3_600_000, amount_minor: row.refunded_minor, rule: 'same_purchase' }] : [], timeline,
    goods_minor, discount_minor, freight_minor, customer: trade.customers.find((each) => each.id === row.customer_id) ?? null, source: null, can_cancel: row.pay === 'unpaid', can_ship: row.fulfil === 'waiting', can_refund: row.paid_minor > row.refunded_minor,
  }
}

const figure = (key, unit, value, before, good_when_up = true, reason = null) => ({ key, unit, value, before, change_bp: value === null || !before ? null : Math.round(((value - before) / before) * 10_000), reason, good_when_up, side: [] })
function analysis(trade, { from, to, compare }) {
  const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1
  const next = random(days)
  const curve = Array.from({ length: Math.min(days, 400) }, (_, index) => ({ label: isoDate(Date.parse(from) + index * DAY_MS), value: Math.floor(1_200_000 + next() * 900_000) }))
  const old = compare === 'none' ? [] : curve.map((point) => ({ label: point.label, value: Math.floor(point.value * (0.8 + next() * 0.3)) }))
  const net = sum(curve, (point) => point.value)
  const was = compare === 'none' ? null : sum(old, (point) => point.value)
  const empty = { text: null, from, to, hour_from: null, hour_to: null, weekday: null, shop_ids: [], channels: [], pay: [], fulfil: [], refund: [], amount_min_minor: null, amount_max_minor: null, customer_id: null, sku_id: null, batch_id: null, refunded_in_period: false, with_refunds: false, overdue: false, visits_counted: false }
  const of = (share) => (was === null ? null : Math.round(was * share))
  const tile = (made, list = 'orders', filter = {}) => ({ figure: made, list, filter: { ...empty, ...filter } })
  const n = (value) => (was === null ? null : value)
  return {
    from, to, before_from: was === null ? null : isoDate(Date.parse(from) - days * DAY_MS), before_to: was === null ? null : isoDate(Date.parse(from) - DAY_MS), currency: trade.currency,
    tiles: [
      tile(figure('gmv_minor', 'money', Math.round(net * 1.08), of(1.07))), tile(figure('paid_minor', 'money', Math.round(net * 1.03), of(1.02)), 'orders', { pay: ['paid'] }), tile(figure('net_sales_minor', 'money', net, was), 'orders', { pay: ['paid'] }), tile(figure('orders_created', 'count', 6_421, n(6_190))),
      tile(figure('orders_paid', 'count', 6_180, n(6_004)), 'orders', { pay: ['paid'] }), tile(figure('refunds_minor', 'money', Math.round(net * 0.03), of(0.02), false), 'orders', { refunded_in_period: true }), tile(figure('refund_rate_bp', 'basis_points', 291, n(204), false), 'orders', { refunded_in_period: true }),
      tile(figure('per_customer_minor', 'money', 9_167, n(8_488)), 'customers'), tile(figure('per_order_minor', 'money', 8_610, n(8_355)), 'orders', { pay: ['paid'] }), tile(figure('visitors', 'count', null, null, true, 'no_visits')), tile(figure('conversion_bp', 'basis_points', null, null, true, 'no_visits')),
      tile(figure('gross_profit_minor', 'money', Math.round(net * 0.33), of(0.32))), tile(figure('gross_margin_bp', 'basis_points', 3_280, n(3_410))), tile(figure('turnover', 'ratio', 142, n(131)), 'products'), tile(figure('turnover_days', 'days', 211, n(229), false), 'products'), tile(figure('active_sku_bp', 'basis_points', 6_120, n(5_980)), 'products'),
      tile(figure('repurchase_bp', 'basis_points', 2_210, n(2_060)), 'customers'), tile(figure('customers', 'count', 2_014, n(1_980)), 'customers'), tile(figure('units', 'units', 15_204_000, n(14_900_000)), 'products'),
    ],
    grain: 'day', sales: curve, sales_before: old, orders: curve.map((point) => ({ label: point.label, value: Math.round(point.value / 8_600) })),
    best: trade.products.slice(0, 10).map((row, index) => ({ sku_id: row.sku_id, code: row.code, name: row.name, units_milli: (900 - index * 70) * 1000, net_minor: 4_200_000 - index * 390_000, refunded_minor: index * 1000 })),
    worst: trade.products.slice(6).map((row, index) => ({ sku_id: row.sku_id, code: row.code, name: row.name, units_milli: (3 + index) * 1000, net_minor: 2_990 + index * 4_100, refunded_minor: 0 })),
    heat: [1, 2, 3, 4, 5, 6, 7].filter((weekday) => days > 1 || weekday === 7).flatMap((weekday) => Array.from({ length: 14 }, (_, index) => ({ weekday, hour: 8 + index, orders: Math.floor(20 + 60 * next() * (weekday > 5 ? 1.6 : 1)), paid_minor: Math.floor(100_000 + 500_000 * next() * (weekday > 5 ? 1.6 : 1)) }))),
    shops: trade.shops.map((shop, index) => ({ key: shop.id, name: shop.name, orders: 2_900 - index * 700, paid_minor: Math.round(net * (0.45 - index * 0.1)), net_minor: Math.round(net * (0.44 - index * 0.1)), refund_rate_bp: 210 + index * 60, share_bp: 4_400 - index * 1_000, filter: { ...empty, shop_ids: [shop.id] } })),
    channels: ['mini_program', 'counter', 'web', 'errand', 'app'].map((key, index) => ({ key, name: key, orders: 2_600 - index * 500, paid_minor: Math.round(net * (0.4 - index * 0.09)), net_minor: Math.round(net * (0.39 - index * 0.09)), refund_rate_bp: 180 + index * 40, share_bp: 3_900 - index * 900, filter: { ...empty, channels: [key] } })),
    restated_days: 2, data_from: trade.orders.length === 0 ? null : '2024-11-01', data_to: trade.orders.length === 0 ? null : '2026-11-22',
  }
}

const months = (scale) => Array.from({ length: 14 }, (_, index) => ({ label: new Date(Date.UTC(2025, 9 + index, 1)).toISOString().slice(0, 7), value: scale * (20 + ((index * 7) % 13)) }))

/** What the program would answer. `views` and `state` are changed by what is asked. */
export function makeAnswers(trade, state) {
  const views = []
  const jobs = []
  const lists = {
    orders: (ask) => trade.orders.filter((row) => keeps(ask.filter, row)),
    products: (ask) => trade.products.filter((row) => (ask.filter.text === null || row.name.includes(ask.filter.text)) && (!ask.filter.no_sale || row.sold_milli === 0)),
    customers: (ask) => trade.customers.filter((row) => ask.filter.min_orders === null || row.orders >= ask.filter.min_orders),
  }
  return {
    app_state: () => state,
    ui_ready: () => ({}),
    shop_list: () => ({ shops: trade.shops, categories: trade.categories }),
    session_use: () => ({}),
    access_own: () => ({ rights: ['figure.read', 'order.read', 'order.cancel', 'order.ship', 'refund.create', 'product.read', 'customer.read', 'list.export', 'import.run', 'import.undo', 'setting.read', 'setting.write', 'shop.read', 'shop.write', 'backup.read', 'backup.make', 'sync.read', 'sync.write', 'sync.run', 'store.check', 'store.copy', 'store.key', 'demo.pause'], roles: [], fields: [] }),
    settings_get: () => ({ language: state.language, theme: 'system', backup_dir: null, idle_lock_min: 15 }),
    backup_status: () => ({ dir: null, last_at_ms: null, last_bytes: null, verified: false, overdue: false }),
    folder_look: () => ({ state: 'empty', same_disk: false, places: [], inside: [] }),
    sync_status: () => ({ url: null, last_at_ms: null, waiting: 0, quarantined: 0, error: null, every_s: 60 }),
    notice_list: () => ({ notices: [] }),
    job_list: () => ({ jobs }),
    view_list: () => ({ views }),
    view_save: (view) => {
      const index = views.findIndex((each) => each.id === view.id)
      if (index >= 0) views[index] = view
      else views.push({ ...view, id: uuid(7, views.length + 1) })
      return { views }
    },
    view_delete: ({ id }) => ({ views: views.splice(0, views.length, ...views.filter((each) => each.id !== id)) && views }),
    order_page: (ask) => page(ask.sort === 'largest_first' ? lists.orders(ask).toSorted((a, b) => b.payable_minor - a.payable_minor) : lists.orders(ask), ask),
    order_totals: (ask) => {
      const rows = lists.orders(ask)
      const of = (state_name) => sum(rows.filter((row) => row.pay === state_name), (row) => row.payable_minor)
      return { count: rows.length, payable_minor: sum(rows, (row) => row.payable_minor), paid_minor: of('paid'), unpaid_minor: of('unpaid'), closed_minor: of('closed'), refunded_minor: sum(rows, (row) => row.refunded_minor), waiting_count: rows.filter((row) => row.fulfil === 'waiting').length, overdue_count: rows.length > 2 ? 2 : 0, refund_underway_count: rows.filter((row) => row.refund === 'underway').length, currency: trade.currency }
    },
    order_get: ({ id }) => orderDetail(trade, id),
    order_ship: ({ id }) => {
      const row = trade.orders.find((order) => order.id === id)
      if (row) row.fulfil = 'done'
      return {}
    },
    order_cancel: () => ({}),
    refund_record: ({ order_id, amount_minor }) => {
      const row = trade.orders.find((order) => order.id === order_id)
      if (row) Object.assign(row, { refunded_minor: row.refunded_minor + amount_minor, refund: row.refunded_minor + amount_minor === row.paid_minor ? 'all' : 'part' })
      return {}
    },
    product_page: (ask) => page(lists.products(ask), ask),
    product_totals: (ask) => ({ count: lists.products(ask).length, sold_milli: sum(lists.products(ask), (row) => row.sold_milli), sold_minor: sum(lists.products(ask), (row) => row.sold_minor), no_sale_count: lists.products(ask).filter((row) => row.sold_milli === 0).length, currency: trade.currency }),
    product_get: ({ id }) => {
      const row = trade.products.find((each) => each.sku_id === id)
      return row && { row, stock: row.on_hand_milli === null ? [] : trade.shops.map((shop, index) => ({ shop_name: shop.name, on_hand_milli: index === 0 ? row.on_hand_milli : 3000 })), months: row.sold_milli === 0 ? [] : months(12_000), movements: trade.orders.slice(0, 12).map((order) => ({ at_ms: order.occurred_at_ms, shop_name: order.shop_name, kind: 'sale_out', quantity_milli: -1000, reference: order.order_no })), other_names: row.code === '85123A' ? ['CREAM HANGING HEART T-LIGHT HOLDER'] : [] }
    },
    customer_page: (ask) => page(lists.customers(ask), ask),
    customer_totals: (ask) => ({ count: lists.customers(ask).length, paid_minor: sum(lists.customers(ask), (row) => row.paid_minor), repeat_count: lists.customers(ask).filter((row) => row.orders > 1).length, currency: trade.currency }),
    customer_get: ({ id }) => {
      const row = trade.customers.find((each) => each.id === id)
      return row && { row, months: months(12_000), favourites: trade.products.slice(0, 6), recent: trade.orders.filter((order) => order.customer_id === id).slice(0, 20), median_gap_days: row.orders > 3 ? 18 : null }
    },
    analysis: (ask) => (trade.orders.length === 0 ? { ...analysis(trade, ask), sales: [], sales_before: [], heat: [] } : analysis(trade, ask)),
    list_export: ({ format }) => {
      jobs.push({ id: `j${jobs.length}`, kind: 'export', state: 'done', title: '', done: 1, total: 1, unit: 'rows', started_at_ms: NOW_MS, ended_at_ms: NOW_MS, can_cancel: false, error: null, result: `file.${format}` })
      return { job_id: `j${jobs.length - 1}` }
    },
    download_get: ({ download_id }) => ({ file_name: `orders-2026-11-22.${download_id.split('.')[1]}`, base64: Buffer.from('\uFEFFa,b\r\n1,2\r\n').toString('base64'), path: null }),
    search: () => ({ hits: [] }),
  }
}

export const stateOf = (language) => ({ phase: 'open', host: 'web', version: '0.1.0', language, store: 'own', has_demo: false, has_own: true, shop_name: language === 'zh' ? '西湖杂货' : 'Lakeside Goods', currency: 'CNY', zone: 'Asia/Shanghai', person: { id: 'p', name: language === 'zh' ? '林' : 'Lin', role: 'owner' }, saved_at_ms: NOW_MS - 60_000, clock_behind_s: null, demo_paused: false, left_at_ms: null })
