// Walks the lists in Chromium and holds what is seen against what is meant: node tests/fixtures-lists/walk.mjs
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { launch, openPage } from './browser.mjs'

const browser = await launch()
const cases = []
const walk = (name, run, options) => cases.push({ name, run, options })
const rowCount = (page) => page.locator('.rows .row').count()
const scrollTop = (page) => page.locator('[role=grid]').evaluate((node) => node.scrollTop)
const currentNo = async (page) => (await page.locator('.rows .row.on .id').textContent())?.trim()

walk('keys move, select, open and close; back returns to the same row', async ({ go, page }) => {
  await go('/orders')
  await page.locator('.rows .row').first().waitFor()
  for (let step = 0; step < 40; step += 1) await page.keyboard.press(step % 2 ? 'j' : 'ArrowDown')
  const no = await currentNo(page)
  const top = await scrollTop(page)
  assert.ok(top > 300, 'the list followed the keys')
  assert.equal((await page.locator('.peek h2').textContent())?.trim(), no)
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+X')
  assert.equal(await page.locator('.row.picked').count(), 3)
  await page.keyboard.press('k')
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await page.locator('.whole h2').waitFor()
  assert.equal((await page.locator('.whole h2').textContent())?.trim(), no)
  await page.keyboard.press('Escape')
  await page.locator('.rows .row.on').waitFor()
  assert.equal(await currentNo(page), no, 'the same row')
  assert.ok(Math.abs((await scrollTop(page)) - top) < 80, 'the same place')
  assert.equal(await page.locator('.row.picked').count(), 3, 'the ticks are kept')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('.peek').count(), 0)
})

walk('never more than about forty rows stand in the page, and pages follow', async ({ go, page }) => {
  await go('/orders')
  await page.locator('.rows .row').first().waitFor()
  let most = await rowCount(page)
  for (let step = 0; step < 30; step += 1) {
    await page.locator('[role=grid]').evaluate((node) => node.scrollBy(0, 1600))
    await page.waitForTimeout(40)
    most = Math.max(most, await rowCount(page))
  }
  assert.ok(most <= 42, `${most} rows`)
  assert.ok((await scrollTop(page)) > 20_000, 'later pages came')
})

walk('typed text, chips, builder and address say the same', async ({ go, page }) => {
  await go('/orders')
  const field = page.getByRole('combobox')
  await field.fill('渠道:小程序 金额:>200 ')
  await page.locator('.token').nth(1).waitFor()
  assert.deepEqual(await page.locator('.token .num').allTextContents(), ['小程序', '>200'])
  assert.match(decodeURIComponent(page.url()), /f=channel:mini_program[ +]amount:>200/)
  await field.blur()
  await page.getByRole('button', { name: '条件', exact: true }).click()
  assert.ok(await page.getByRole('checkbox', { name: '小程序' }).isChecked())
  await page.getByRole('checkbox', { name: '网站' }).check()
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('.token .num').first().textContent(), '小程序、网站')
  await page.locator('.token .text').first().click()
  assert.equal(await field.inputValue(), '渠道:小程序,网站', 'a chip becomes text again')
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('.token').count(), 2)
  await field.fill('颜色:红')
  await page.keyboard.press('Enter')
  assert.match((await page.locator('.problem').textContent()) ?? '', /没有“颜色”这个条件/)
  assert.equal(await field.inputValue(), '颜色:红', 'what is not understood stays')
  await field.fill('')
  await page.goBack()
  await page.goForward()
  await field.fill('没有这个东西xyz')
  await page.keyboard.press('Enter')
  await page.getByText('没有符合条件的').first().waitFor()
})

walk('hints are taken by the keyboard', async ({ go, page }) => {
  await go('/orders')
  await page.keyboard.press('/')
  await page.keyboard.type('chan')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.type('web')
  await page.keyboard.press('Enter')
  await page.locator('.token').waitFor()
  assert.equal((await page.locator('.token .text').textContent())?.trim(), 'Channel: Website')
}, { language: 'en' })

walk('own views are saved, chosen, reset and deleted', async ({ go, page }) => {
  await go('/orders?f=channel:web')
  await page.getByRole('button', { name: '存为视图' }).click()
  await page.getByLabel('视图名称').fill('网站的单')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await page.getByRole('button', { name: '网站的单' }).waitFor()
  await page.getByRole('button', { name: '复原' }).waitFor({ state: 'detached' })
  await page.getByRole('tab', { name: /全部/ }).click()
  await page.getByRole('combobox').fill('金额:>100 ')
  await page.getByRole('button', { name: '复原' }).click()
  assert.equal(await page.locator('.token').count(), 0)
})

walk('shipping and refunding ask once more; money asks twice', async ({ go, page, trade }) => {
  const order = trade.orders.find((row) => row.fulfil === 'waiting' && row.refund === 'none')
  await go(`/orders?open=${order.id}`)
  await page.getByRole('button', { name: '退款…' }).click()
  await page.getByLabel('退多少').fill('1.00')
  await page.getByLabel('再输一遍金额以确认').fill('2')
  await page.getByLabel('原因').fill('破损')
  await page.getByRole('button', { name: '退款 ¥1.00' }).click()
  await page.getByText('两次金额不一样').waitFor()
  await page.getByLabel('再输一遍金额以确认').fill('1')
  await page.getByRole('button', { name: '退款 ¥1.00' }).click()
  await page.getByText(/已退款 ¥1.00/).first().waitFor()
  await page.getByRole('button', { name: '发货', exact: true }).click()
  await page.getByRole('button', { name: '确认发货' }).click()
  await page.getByText(/已发货/).first().waitFor()
})

walk('an export ends in a file', async ({ go, page }) => {
  await go('/orders')
  await page.getByRole('button', { name: '导出', exact: true }).click()
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Excel 表格' }).click()])
  assert.equal(file.suggestedFilename(), 'orders-2026-11-22.xlsx')
})

walk('empty books say what to do; so does 分析', async ({ go, page }) => {
  for (const path of ['/orders', '/analysis']) {
    await go(path)
    await page.getByRole('link', { name: '导入订单' }).waitFor()
  }
}, { count: 0 })

walk('a tile opens the rows that sum to it', async ({ go, page }) => {
  await go('/analysis')
  await page.locator('.fig a').first().click()
  await page.locator('.rows .row').first().waitFor()
  assert.match(decodeURIComponent(page.url()), /#\/orders\?f=created:2026-10-24\.\.2026-11-22[ +]pay:paid/)
  await page.goBack()
  await page.locator('table.heat button').first().click()
  await page.locator('.token').nth(3).waitFor()
  assert.match(decodeURIComponent(page.url()), /weekday:1[ +]hour:8-9/)
})

/** No figure is cut: what overflows its box without being a label. */
async function cutFigures(page) {
  return page.evaluate(() => [...document.querySelectorAll('.r, .num, .v, .id, td.r')].filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflow !== 'visible' && getComputedStyle(node).display !== 'inline' && !node.matches('input')).map((node) => `${node.className}: ${node.textContent?.trim().slice(0, 40)}`))
}
const WORDS = /\b(mini_program|unpaid|underway|counter|waiting|orders_paid|net_sales_minor|sale_out|undefined|NaN|null)\b|\[object/
for (const language of ['zh', 'en'])
  walk(`${language}: no figure is cut, no enum word is read, no other language`, async ({ go, page, trade }) => {
    for (const path of ['/orders', `/orders?open=${trade.orders[17].id}`, `/orders/${trade.orders[5].id}`, '/products', `/products/${trade.products[3].sku_id}`, '/customers', `/customers/${trade.customers[1].id}`, '/analysis', '/analysis?p=today', '/analysis?c=none']) {
      await go(path)
      await page.waitForTimeout(250)
      const text = await page.locator('#app').innerText()
      const found = WORDS.exec(language === 'zh' ? text : text.replaceAll(/unpaid|waiting/g, ''))
      assert.equal(found, null, `${path}: ${found?.[0]}`)
      if (language === 'en') assert.equal(/[\u4e00-\u9fff]/.exec(text), null, `${path}: ${/.{0,12}[\u4e00-\u9fff].{0,12}/.exec(text)?.[0]}`)
      assert.deepEqual(await cutFigures(page), [], path)
    }
  }, { language })

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
for (const [language, theme] of [['zh', 'light'], ['en', 'dark']])
  walk(`${language}, ${theme}: axe finds nothing`, async ({ go, page, trade }) => {
    for (const path of ['/orders', `/orders?open=${trade.orders[5].id}&f=channel:web`, `/orders/${trade.orders[15].id}`, `/products?open=${trade.products[3].sku_id}`, `/products/${trade.products[3].sku_id}`, `/customers?open=${trade.customers[1].id}`, `/customers/${trade.customers[1].id}`, '/analysis', '/analysis?p=today']) {
      await go(path)
      await page.waitForTimeout(300)
      await page.evaluate(AXE)
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
      assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.slice(0, 2).map((node) => `${node.html.slice(0, 140)} ${node.any[0]?.message ?? ''}`).join(' | ')}`), [], path)
    }
  }, { language, theme })

walk('a refused or failed list says so in words', async ({ go, page }) => {
  await go('/orders')
  await page.getByText('你还不能看这里').first().waitFor()
}, { override: { order_page: 'forbidden', order_totals: 'forbidden' } })

let failed = 0
const only = process.argv[2]
for (const { name, run, options } of cases.filter((each) => !only || each.name.includes(only))) {
  const at = await openPage(browser, options)
  at.page.setDefaultTimeout(5_000)
  try {
    await run(at)
    assert.deepEqual(at.errors.filter((error) => !/40[34]/.test(error)), [])
    console.log(`ok    ${name}`)
  } catch (error) {
    failed += 1
    await at.page.screenshot({ path: `/tmp/walk-${failed}.png` })
    console.log(`FAIL  ${name}\n      ${String(error).split('\n').slice(0, 12).join('\n      ')}`)
  }
  await at.context.close()
}
await browser.close()
process.exit(failed > 0 ? 1 : 0)
