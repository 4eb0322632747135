// Every screen of an open shop, on the real program with its demo: 25 months of trade, some ten thousand orders.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startHost, takeScreensFrom } from '../e2e/host.mjs'

const SAMPLE = fileURLToPath(new URL('../../../data/sample/retail_head.csv', import.meta.url))
const DEMO_MS = 400_000

/** The ways to the screens of an open shop: an address until its landmark stands there, the same and an act, a list with its rows. */
export function waysTo(page, home) {
  const at = (path, landmark) => async () => {
    await page.goto('about:blank')
    await page.goto(`${home}/#${path}`)
    await page.locator(landmark).first().waitFor()
  }
  const after = (open, act) => async () => {
    await open()
    await act()
  }
  return { at, after, today: at('/', '.today .figs'), list: (path) => at(path, '.rows .row') }
}

/** Words typed to find goods, which have names in the language that the demo was opened in. */
export const GOODS = { zh: 'bwb', en: 'bag' }

/** Every screen of the open demo, until it is signed out of. */
export async function demoTour(take, page, home, goods) {
  const { at, after, today, list } = waysTo(page, home)
  await take('today', today)
  await take('today-table', after(today, () => page.locator('.see').first().click()))
  await take('today-definition', after(today, () => page.locator('.figs button').nth(2).click()))
  await take('palette', after(today, async () => {
    await page.keyboard.press('Control+k')
    await page.keyboard.type(goods)
    await page.locator('.palette .item').nth(2).waitFor()
  }))
  await take('shortcuts', after(today, () => page.keyboard.press('?')))
  await take('menu', after(today, () => page.locator('.who').click()))
  await take('notices', after(today, () => page.locator('.bell').click()))
  await take('wipe', after(today, () => page.locator('.demo .act').last().click()))

  await take('orders', list('/orders'))
  await take('orders-waiting', list('/orders?f=fulfil:waiting'))
  await take('orders-one', after(list('/orders'), async () => {
    const number = (await page.locator('.rows .row .id').nth(2).textContent())?.trim() ?? ''
    // A number begins anew each year.
    await page.goto(`${home}/#/orders?f=created:thisyear&q=${number}`)
    await page.locator('.rows .row').nth(1).waitFor({ state: 'detached' })
  }))
  await take('orders-no-match', at('/orders?q=zzzz-9999', '.list .empty, .list [class*=empty]'))
  await take('orders-last', after(list('/orders?sort=oldest_first'), async () => {
    const grid = page.locator('[role=grid]')
    for (let step = 0; step < 6; step += 1) await grid.evaluate((node) => node.scrollBy(0, 2400))
    // What comes next is still on its way.
    await page.locator('.rows .row').first().waitFor()
  }))
  await take('orders-filter', after(list('/orders'), () => page.locator('.tools .tool').first().click()))
  await take('orders-peek', after(list('/orders'), async () => {
    await page.locator('.rows .row').nth(4).click()
    await page.locator('.side :is(dl, h3)').first().waitFor()
  }))
  const open = (path) => after(list(path), async () => {
    await page.locator('.rows .row').nth(4).dblclick()
    await page.locator('.whole h2').first().waitFor()
  })
  await take('order', open('/orders'))
  await take('order-refunded', open('/orders?f=refund:part'))
  for (const [place, page_name] of [['products', 'product'], ['customers', 'customer']]) {
    await take(place, list(`/${place}`))
    await take(`${place}-peek`, after(list(`/${place}`), async () => {
      await page.locator('.rows .row').nth(4).click()
      await page.locator('.side :is(dl, h3)').first().waitFor()
    }))
    await take(page_name, open(`/${place}`))
  }
  const analysis = at('/analysis', '.analysis .charts svg')
  await take('analysis', analysis)
  await take('analysis-charts', after(analysis, () => page.locator('.analysis .heat').first().evaluate((node) => node.scrollIntoView())))
  await take('analysis-table', after(analysis, () => page.locator('.see').first().click()))
  await take('settings', at('/settings', '.settings'))
  await take('settings-backup', at('/settings?part=backup', '#part-backup'))

  await take('settings-key', after(at('/settings?part=store', '#part-store'), async () => {
    await page.locator('#part-store .acts button').last().click()
    await page.locator('#key-password').waitFor()
  }))

  const wizard = after(at('/imports/new', 'input[type=file]'), async () => {
    await page.locator('input[type=file]').setInputFiles(SAMPLE)
    await page.locator('#map-invoice').waitFor()
  })
  await take('import-file', at('/imports/new', 'input[type=file]'))
  await take('import-columns', wizard)
  await take('import-report', after(wizard, async () => {
    await page.locator('.acts .primary').click()
    await page.locator('.verdict').waitFor({ timeout: DEMO_MS })
  }))
  await at('/', '.today .figs')()
  await page.keyboard.press('Control+l')
  await page.locator('#lock-password').waitFor()
  await take('lock')
  await page.locator('form .primary').click()
  await page.locator('.today .figs').waitFor()
  await page.locator('.who').click()
  await page.locator('[role=dialog] button, [role=menu] button, .menu button').last().click()
  await page.locator('.boxes').waitFor()
  await take('sign-in-demo')
}

export async function demoShop(shoot, browser, language) {
  const home_dir = mkdtempSync(join(tmpdir(), 'lin-'))
  const host = await startHost({ home: home_dir })
  const context = await browser.newContext({ locale: language === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai' })
  await takeScreensFrom(context)
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const take = (name, before) => shoot(page, name, language, before)
  try {
    await page.goto(await host.nextAddress())
    const home = new URL(page.url()).origin
    await page.locator(`.lang [lang="${language === 'zh' ? 'zh-CN' : 'en'}"]`).click()
    await page.locator('.pick .btn').first().click()
    await page.locator('.today .figs').waitFor({ timeout: DEMO_MS })
    // The pictures hold still.
    await page.locator('.demo .act[aria-pressed]').click()
    await demoTour(take, page, home, GOODS[language])
  } finally {
    await context.close()
    await host.stop()
    rmSync(home_dir, { recursive: true, force: true })
  }
}
