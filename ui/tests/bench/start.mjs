// What only Chromium can tell of a start: how much of a screen moves after it was painted, and which scripts the first screen waits for.
// Prints one line of JSON for `cargo xtask bench start`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { startHost } from '../e2e/host.mjs'

const assets = fileURLToPath(new URL('../../dist/assets/', import.meta.url))
const DEMO_MS = 120_000
/** Late arrivals (figures, fonts, notices) are in by then. */
const SETTLE_MS = 1_500
const gzipped = (file) => gzipSync(readFileSync(join(assets, file)), { level: 9 }).length

const host = await startHost()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  page.setDefaultTimeout(DEMO_MS)
  await page.addInitScript(() => {
    globalThis.moved = []
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) globalThis.moved.push({ value: shift.value, by_input: shift.hadRecentInput, what: shift.sources.map(({ node }) => node?.className || node?.nodeName || '').join(' ') })
    }).observe({ type: 'layout-shift', buffered: true })
  })
  const shifts = []
  /** Takes what has moved since the last look. `of_start`: the screen comes by itself, so that nothing on it may move. */
  async function look(screen, of_start = true) {
    await page.waitForTimeout(SETTLE_MS)
    const moved = await page.evaluate(() => globalThis.moved.splice(0))
    const sum = (some) => some.reduce((total, { value }) => total + value, 0)
    shifts.push({ screen, of_start, unasked: sum(moved.filter(({ by_input }) => !by_input)), after_input: sum(moved.filter(({ by_input }) => by_input)), what: [...new Set(moved.map(({ what }) => what))].join('; ') })
  }
  await page.goto(await host.nextAddress())
  await page.locator('.welcome').waitFor()
  await look('first start')
  await page.locator('.welcome .btn.primary').click()
  await page.locator('.today .figs a.v').first().waitFor()
  await look('demo opened', false)
  await page.reload()
  await page.locator('.today .figs a.v').first().waitFor()
  await look('start into today')
  await page.locator('.who').click()
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.locator('.sign .boxes input').first().waitFor()
  await page.reload()
  await page.locator('.phone .code').waitFor()
  await look('start into sign-in')
  const first = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => path.endsWith('.js')))
  await page.locator('.phone .btn').click()
  await page.locator('.today .figs a.v').first().waitFor()
  await look('sign-in to figures')
  for (const place of ['analysis', 'orders', 'products', 'customers', 'settings']) {
    await page.locator(`.rail a[href$="#/${place}"]`).click()
    await look(place, false)
  }
  const names = first.map((path) => path.split('/').at(-1))
  const lazy = readdirSync(assets).filter((file) => file.endsWith('.js') && !names.includes(file)).map((file) => ({ file, bytes: gzipped(file) })).sort((a, b) => b.bytes - a.bytes)
  console.log(JSON.stringify({ shifts, initial: names.map((file) => ({ file, bytes: gzipped(file) })), lazy_largest: lazy[0] }))
} finally {
  await browser.close()
  await host.stop()
}
