// The screens before a shop is open, on the real program: welcome, the five steps, sign-in, the way back by the recovery sheet.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHost, takeScreensFrom, totp } from '../e2e/host.mjs'

/** What is chosen on the way back. */
const NEW_PASSWORD = { zh: '晒谷场上的麻雀比去年还多了些', en: 'more sparrows on the threshing floor' }
const WORDS = { zh: { shop: '林家杂货', owner: '林晓', password: '雨后的石板路亮得像一面镜子' }, en: { shop: 'Lin General Store', owner: 'Lin Xiao', password: 'wet slate roofs shine like a mirror' } }

/** The group of the sheet that the program asks for; the number before a code is an element of its own. */
export async function askedGroup(page) {
  const asked = (await page.locator('.confirm label').textContent()) ?? ''
  // Chinese names the code first, English the group.
  const [first, second] = (asked.match(/\d+/g) ?? []).map(Number)
  const [which, group] = /group \d/.test(asked) ? [second, first] : [first, second]
  const code = await page.locator('.codes li').nth(which - 1).evaluate((item) => item.lastChild?.textContent ?? '')
  return code.split('-')[group - 1]
}

export async function firstStart(shoot, browser, language) {
  const words = WORDS[language]
  const home_dir = mkdtempSync(join(tmpdir(), 'lin-'))
  let host = await startHost({ home: home_dir, isKept: true })
  const context = await browser.newContext({ locale: language === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: language === 'zh' ? 'Asia/Shanghai' : 'Europe/London' })
  await takeScreensFrom(context)
  const page = await context.newPage()
  const take = (name, before) => shoot(page, name, language, before)
  const next = () => page.locator('.form .btn.primary').click()
  try {
    await page.goto(await host.nextAddress())
    await page.locator(`.lang [lang="${language === 'zh' ? 'zh-CN' : 'en'}"]`).click()
    await take('welcome')
    await page.locator('.links button').first().click()
    await page.locator('#backup-file').waitFor()
    await take('restore')
    await page.locator('.acts .quiet').click()

    await page.locator('.pick .btn').nth(1).click()
    await page.locator('#shop-name').fill(words.shop)
    await take('setup-1-shop')
    await next()
    await page.locator('#owner-name').fill(words.owner)
    await page.locator('#owner-password').fill(words.password)
    await page.locator('.meter .on').first().waitFor()
    await take('setup-2-owner')
    await next()
    const secret = (await page.locator('.scan .secret').textContent()) ?? ''
    await take('setup-3-authenticator')
    await page.locator('.boxes input').first().focus()
    await page.keyboard.type(totp(secret))
    // The place that the program offers.
    await page.locator('.folder li button').first().click()
    await page.locator('#backup-dir-said:not(:empty)').waitFor()
    await take('setup-4-backup')
    await next()
    await page.locator('.codes li').first().waitFor({ timeout: 150_000 })
    await take('setup-5-sheet')
    const key = (await page.locator('.sheet-page .key').textContent()) ?? ''
    await page.locator('#sheet-group').fill(await askedGroup(page))
    await page.locator('.confirm .primary').click()
    await page.locator('#sign-name').fill(words.owner)
    await page.locator('#sign-password').fill(words.password)
    await take('sign-in')
    await page.locator('.boxes input').first().focus()
    await page.keyboard.type(totp(secret, 1))
    await page.locator('.today').waitFor({ timeout: 150_000 })
    await take('today-no-trade')
    for (const place of ['orders', 'products', 'customers', 'analysis', 'imports']) await take(`${place}-none`, () => page.goto(`${new URL(page.url()).origin}/#/${place}`))

    // The books stay open while the program runs, so that the way back begins with a new start.
    await host.stop()
    host = await startHost({ dir: host.dir, home: home_dir, isKept: true })
    await page.goto(await host.nextAddress())
    await page.locator('.ways button').first().click()
    await page.locator('.pick button').first().waitFor()
    await take('recover-1-missing')
    await page.locator('.pick button').nth(1).click()
    await page.locator('#recover-key').fill(key.replace(/.$/, (last) => (last === '0' ? '1' : '0')))
    await next()
    await page.locator('.form .fault').waitFor()
    await take('recover-2-key')
    await page.locator('#recover-key').fill(key)
    await next()
    await page.locator('#recover-password').fill(NEW_PASSWORD[language])
    await page.locator('.meter .on').first().waitFor()
    await take('recover-3-password')
    await next()
    await page.locator('#sheet-group').waitFor({ timeout: 150_000 })
    await take('recover-4-key')
  } finally {
    await context.close()
    await host.stop()
    for (const dir of [home_dir, host.dir]) rmSync(dir, { recursive: true, force: true })
  }
}
