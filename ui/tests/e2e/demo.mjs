// The demo shop as it is met first: figures that trade, lists, keys, what stands still.
import assert from 'node:assert/strict'
import { axe, DEMO_MS, press, toToday } from './kit.mjs'

const currentNumber = async (page) => (await page.locator('.rows .row.on .id').textContent())?.trim() ?? ''

/** Every place with what stands on it once it is drawn. */
const SCREENS = { '/': '.today .figs', '/orders': '.rows .row', '/products': '.rows .row', '/customers': '.rows .row', '/analysis': '.analysis svg', '/settings': '.settings', '/imports': '.page .lead', '/imports/new': 'input[type=file]' }

export const demoShown = [
  {
    name: 'the demo opens by one click and trades until it is paused',
    async run(page, _host, home) {
      await axe(page, 'welcome')
      await toToday(page, home)
      assert.match((await page.locator('.today .lead p').textContent()) ?? '', /卖|单|好|差|一样/)
      const sales = page.locator('.figs a.v').first()
      const before = await sales.getAttribute('title')
      await page.waitForFunction((was) => document.querySelector('.figs a.v')?.getAttribute('title') !== was, before, { timeout: DEMO_MS })
      await page.getByRole('button', { name: '暂停来单' }).click()
      await page.getByRole('button', { name: '继续来单' }).click()
      await page.getByRole('button', { name: '暂停来单' }).waitFor()
    },
  },
  {
    name: 'a figure opens the rows behind it, the palette finds, the list remembers its row',
    async run(page, _host, home) {
      await toToday(page, home)
      await page.locator('.figs a.v').nth(1).click()
      await page.locator('.rows .row').nth(2).waitFor()
      await press(page, 'j', 'j', 'j')
      const number = await currentNumber(page)
      await press(page, 'Enter')
      // The number stands in the list too: the page is there when the address is.
      await page.waitForURL(/#\/orders\/[0-9a-f]/)
      await page.locator('.title h2', { hasText: number }).waitFor()
      await page.goBack()
      await page.locator('.rows .row.on').waitFor()
      assert.equal(await currentNumber(page), number)
      await press(page, 'Control+k')
      await page.keyboard.type(number)
      await page.locator('.palette .item', { hasText: number }).first().waitFor()
      await press(page, 'Escape', 'g', 'a')
      await page.waitForURL(/#\/analysis/)
    },
  },
  {
    name: 'F6 goes from region to region',
    async run(page, _host, home) {
      await toToday(page, home)
      await page.goto(`${home}/#/orders`)
      await page.locator('.rows .row').nth(2).click()
      await page.locator('.peek h2').waitFor()
      const here = () => page.evaluate(() => document.activeElement?.closest('[data-region]')?.className || 'page')
      await page.locator('.query input').focus()
      const gone = []
      for (const keys of ['F6', 'F6', 'F6', 'F6', 'Shift+F6']) {
        await press(page, keys)
        gone.push(await here())
      }
      assert.deepEqual(gone, ['peek', 'rail', 'bar', 'page', 'bar'])
    },
  },
  {
    name: 'newer orders do not move the row that is read',
    async run(page, _host, home) {
      await toToday(page, home)
      // A list remembers its conditions; this one is long at any hour, so that it can scroll.
      await page.goto(`${home}/#/orders?f=created:last30d`)
      await page.locator('.rows .row').nth(2).waitFor()
      await press(page, 'j', 'j', 'j')
      const row = page.locator('.rows .row.on')
      const number = await currentNumber(page)
      const index = await row.getAttribute('aria-rowindex')
      const y_px = (await row.boundingBox())?.y
      await page.waitForFunction((was) => document.querySelector('.rows .row.on')?.getAttribute('aria-rowindex') !== was, index, { timeout: DEMO_MS })
      assert.equal(await currentNumber(page), number)
      await page.waitForFunction((was) => document.querySelector('.rows .row.on')?.getBoundingClientRect().y === was, y_px)
    },
  },
  {
    name: 'nothing on a screen moves after its first paint',
    async run(page, _host, home) {
      await toToday(page, home)
      await page.addInitScript(() => {
        globalThis.moved = []
        const nameOf = ({ node }) => `${node?.nodeName} ${node?.className ?? ''} "${(node?.textContent ?? '').slice(0, 20)}"`
        new PerformanceObserver((list) => list.getEntries().forEach((one) => one.hadRecentInput || globalThis.moved.push(one.sources.map(nameOf).join(', ')))).observe({ type: 'layout-shift', buffered: true })
      })
      for (const [path, landmark] of Object.entries(SCREENS)) {
        await page.goto('about:blank')
        await page.goto(`${home}/#${path}`)
        await page.locator(landmark).first().waitFor()
        await page.waitForFunction(() => !document.querySelector('.unsure, .waiting, [aria-busy="true"]'))
        // An observer is told after the frame in which it happened.
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))))
        assert.deepEqual(await page.evaluate(() => globalThis.moved), [], `moved on ${path}`)
      }
    },
  },
  {
    name: 'the demo is locked, left and signed in to again by the drawn phone',
    async run(page, _host, home) {
      await toToday(page, home)
      await press(page, 'Control+l')
      await page.locator('#lock-password').waitFor()
      await axe(page, 'lock')
      await page.getByRole('button', { name: '继续' }).click()
      await page.locator('.today .figs').waitFor()
      await page.locator('.who').click()
      await page.getByRole('button', { name: '退出登录' }).click()
      await page.getByRole('button', { name: '填入' }).waitFor()
      await axe(page, 'sign-in')
      await page.getByRole('button', { name: '填入' }).click()
      await page.locator('.today .figs').waitFor({ timeout: DEMO_MS })
    },
  },
]
