// Every screen and dialogue in both languages and both looks under axe: the tours of the pictures, and what opens over a screen.
import assert from 'node:assert/strict'
import { demoTour, GOODS, waysTo } from '../shots/demo.mjs'
import { extremes } from '../shots/extremes.mjs'
import { firstStart } from '../shots/first.mjs'
import { openStage } from '../fixtures/stage.mjs'
import { browser, DEMO_MS, makeReader, press, toToday } from './kit.mjs'

/** What opens over the screens of the demo and is in no picture. */
async function overScreens(take, page, home) {
  const { at, after, today, list } = waysTo(page, home)
  const click = (selector) => () => page.locator(selector).first().click()
  await take('shops', after(today, click('.bar .tool')))
  await take('what is real', after(today, click('.demo .act')))
  await take('views', after(list('/orders'), click('.views')))
  await take('columns', after(list('/orders'), () => page.locator('.tools .tool').nth(1).click()))
  await take('save a view', after(list('/orders?f=fulfil:waiting'), click('.tools .btn.quiet')))
  await take('orders ticked', after(list('/orders'), async () => {
    await press(page, 'j', 'x', 'j', 'x')
    await page.locator('.row.picked').nth(1).waitFor()
  }))
  const order = after(list('/orders?f=fulfil:waiting'), async () => {
    await page.locator('.rows .row').first().dblclick()
    await page.locator('.whole h2').waitFor()
  })
  await take('ship', after(order, async () => {
    await page.locator('.title .btn.primary').click()
    await page.locator('#ship-note').waitFor()
  }))
  await take('refund', after(order, async () => {
    await page.locator('.title .btn:not(.primary)').first().click()
    // What is refused is marked.
    await page.locator('dialog .btn.danger').click()
    await page.locator('dialog .fault:not(:empty)').waitFor()
  }))
  const analysis = at('/analysis', '.analysis .charts svg')
  await take('period', after(analysis, click('.asks .pick')))
  await take('channels', after(analysis, click('.asks .tool.ink')))
  await take('definition in 分析', after(analysis, click('.group button')))
  await take('a period without trade', at('/analysis?p=2009-01-01..2009-01-31', '.analysis [class*=empty]'))
}

/** The end of an import, the list of imports and the question before one is undone, from fixtures: the demo keeps its books. */
async function imports(take, language) {
  const stage = await openStage()
  try {
    const { page, problems } = await stage.page({ language })
    const open = async () => {
      await page.goto('about:blank')
      await page.goto(`${stage.address}/#/imports/new`)
      await page.locator('input[type=file]').setInputFiles({ name: 'online_retail_II.csv', mimeType: 'text/csv', buffer: Buffer.from('Invoice\n489434\n') })
      await page.locator('.acts .primary').click()
      await page.locator('.findings').waitFor()
    }
    await take(page, 'import: findings', language, open)
    await take(page, 'import: done', language, async () => {
      await open()
      await page.locator('.acts .primary').click()
      await page.locator('.acts .btn.big').nth(1).waitFor()
    })
    const list = async () => {
      await page.goto('about:blank')
      await page.goto(`${stage.address}/#/imports`)
      await page.locator('.ledger .acts .btn').first().waitFor()
    }
    await take(page, 'imports', language, list)
    await take(page, 'undo an import', language, async () => {
      await list()
      await page.locator('.ledger button.btn').first().click()
      await page.locator('dialog .danger').waitFor()
    })
    assert.deepEqual(problems, [])
  } finally {
    await stage.close()
  }
}

/** Each tour says how many screens it must at least have seen, so that none is left out in silence. */
function seen(read, at_least) {
  assert.ok(read.length >= at_least, `only ${read.length} screens were looked at: ${read.join(', ')}`)
  console.log(`   ${read.length} screens in two looks`)
}

async function demo(page, home, language) {
  const { look, read } = makeReader()
  await toToday(page, home)
  const tag = language === 'zh' ? 'zh-CN' : 'en'
  if ((await page.evaluate(() => document.documentElement.lang)) !== tag) await press(page, 'Shift+L')
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, tag)
  const take = (name, before) => look(page, name, language, before)
  try {
    await overScreens(take, page, home)
    // The demo was opened in Chinese, and so were its goods named.
    await demoTour(take, page, home, GOODS.zh)
    await page.locator('.phone .btn').click()
    await page.locator('.today .figs').waitFor({ timeout: DEMO_MS })
  } finally {
    // The cases after this one read Chinese in the light.
    await page.emulateMedia({ colorScheme: 'light' })
    await toToday(page, home)
    if ((await page.evaluate(() => document.documentElement.lang)) === 'en') await press(page, 'Shift+L')
    await page.waitForFunction(() => document.documentElement.lang === 'zh-CN')
  }
  seen(read, 45)
}

/** Every push sees each screen in Chinese, in both looks; a run of all also in English. */
const LANGUAGES = [['zh', 'Chinese', false], ['en', 'English', true]]
export const demoScreens = LANGUAGES.map(([language, name, isLong]) => ({
  name: `axe finds nothing on the screens and dialogues of an open shop, in ${name}`,
  isLong,
  run: (page, _host, home) => demo(page, home, language),
}))
export const otherScreens = LANGUAGES.flatMap(([language, name, isLong]) => [
  {
    name: `axe finds nothing before a shop is open, in ${name}`,
    isLong,
    async run() {
      const { look, read } = makeReader()
      await firstStart(look, browser, language)
      seen(read, 18)
    },
  },
  {
    name: `axe finds nothing on the worst days and on imports, in ${name}`,
    isLong,
    async run() {
      const { look, read } = makeReader()
      await extremes(look, browser, language)
      await imports(look, language)
      seen(read, 16)
    },
  },
])
