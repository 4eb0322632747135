// Pictures of the lists and of 分析: node tests/fixtures-lists/look.mjs OUT [zh|en|both] [quick]
import { mkdirSync } from 'node:fs'
import { launch, openPage } from './browser.mjs'

const [out = '/tmp/look', languages = 'both', quick] = process.argv.slice(2)
mkdirSync(out, { recursive: true })
const ORDER = '01900004-0000-7000-8000-000000000008'
const SKU = '01900003-0000-7000-8000-000000000004'
const PERSON = '01900002-0000-7000-8000-000000000002'
const SCREENS = {
  orders: '/orders', 'orders-peek': `/orders?open=${ORDER}&f=channel:mini_program,web,errand,app,counter created:last7d`, order: `/orders/${ORDER}`,
  products: `/products?open=${SKU}`, product: `/products/${SKU}`, customers: `/customers?open=${PERSON}`, customer: `/customers/${PERSON}`, analysis: '/analysis', 'analysis-day': '/analysis?p=today&c=none',
}
const browser = await launch()
for (const language of languages === 'both' ? ['zh', 'en'] : [languages])
  for (const [width, height] of quick ? [[1366, 768]] : [[1366, 768], [1920, 1080]])
    for (const theme of quick ? ['light'] : ['light', 'dark']) {
      const { go, page, context, errors } = await openPage(browser, { language, theme, width, height })
      for (const [name, path] of Object.entries(SCREENS)) {
        await go(path)
        await page.waitForTimeout(350)
        await page.screenshot({ path: `${out}/${name}-${language}-${width}-${theme}.png` })
        if (name.startsWith('analysis')) {
          await page.locator('.analysis').evaluate((node) => node.scrollTo(0, 640))
          await page.waitForTimeout(100)
          await page.screenshot({ path: `${out}/${name}2-${language}-${width}-${theme}.png` })
        }
      }
      if (errors.length > 0) console.log(language, width, theme, [...new Set(errors)].slice(0, 8))
      await context.close()
    }
await browser.close()
