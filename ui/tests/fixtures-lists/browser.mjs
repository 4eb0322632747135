// Opens the built screens in Chromium with answers from trade.mjs in place of the program.
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { makeAnswers, makeTrade, NOW_MS, stateOf } from './trade.mjs'

const DIST = process.env.UI_DIST ?? new URL('../../dist/', import.meta.url).pathname
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
export const ORIGIN = 'http://zhanggui.test'

export const launch = () => chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })

/** A page with its own answers. `override` replaces some of them, a text refuses with that code; `errors` collects what the page complains about. */
export async function openPage(browser, { language = 'zh', theme = 'light', width = 1366, height = 768, count = 1204, override = {} } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: 'Asia/Shanghai', locale: language === 'zh' ? 'zh-CN' : 'en-GB', acceptDownloads: true })
  const page = await context.newPage()
  const trade = makeTrade(language, count)
  const answers = { ...makeAnswers(trade, stateOf(language)), ...override }
  const errors = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.clock.setFixedTime(NOW_MS)
  await page.route('**/*', async (route) => {
    const url = new URL(route.request().url())
    if (url.pathname === '/events') return route.fulfill({ status: 200, contentType: 'text/event-stream', body: ': open\n\n' })
    if (url.pathname.startsWith('/rpc/')) {
      const answer = answers[url.pathname.slice(5)]
      if (typeof answer === 'string') return route.fulfill({ status: 403, json: { code: answer, message: '', reference: null, field: null, wait_s: null } })
      const body = answer?.(route.request().postDataJSON() ?? {})
      if (!answer) errors.push(`no answer for ${url.pathname}`)
      if (body === null || body === undefined) return route.fulfill({ status: 404, json: { code: 'not_found', message: '', reference: null, field: null, wait_s: null } })
      return route.fulfill({ json: body })
    }
    const file = join(DIST, url.pathname === '/' ? 'index.html' : url.pathname)
    return existsSync(file) ? route.fulfill({ body: readFileSync(file), contentType: TYPES[extname(file)] ?? 'application/octet-stream' }) : route.fulfill({ status: 404, body: '' })
  })
  return { page, context, errors, trade, go: async (path) => { await page.goto(`${ORIGIN}/#${path}`); await page.waitForLoadState('networkidle').catch(() => undefined) } }
}
