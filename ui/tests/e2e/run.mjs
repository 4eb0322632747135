// Whole flows in Chromium against the real program: both first starts, sign-in, a file, the screens, and what axe finds on each.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { startHost, takeScreensFrom, totp } from './host.mjs'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const only = process.argv[2] ?? ''
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const STEP_MS = 20_000
/** A debug build on a busy machine of two cores takes most of a minute to make the demo. */
const DEMO_MS = 150_000
let passed = 0
let failed = 0

/** A fresh program and a fresh browser, and the cases told in them one after another: opening the demo is the dear part, so cases share it. */
async function story(cases) {
  const chosen = cases.filter(({ name }) => only === '' || name.includes(only))
  if (chosen.length === 0) return
  let host = await startHost({ isKept: true })
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  await takeScreensFrom(context)
  const page = await context.newPage()
  page.setDefaultTimeout(STEP_MS)
  const faults = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && /Content Security Policy/.test(message.text()) && faults.push(message.text()))
  try {
    await page.goto(await host.nextAddress())
    /** Stops the program and starts it on the same folder. */
    const restart = async () => {
      await host.stop()
      host = await startHost({ dir: host.dir, isKept: true })
      await page.goto(await host.nextAddress())
    }
    for (const { name, run } of chosen) {
      const began_ms = Date.now()
      try {
        await run(page, host, new URL(page.url()).origin, restart)
        assert.deepEqual(faults.splice(0), [])
        passed += 1
        console.log(`ok ${name} (${((Date.now() - began_ms) / 1000).toFixed(1)} s)`)
      } catch (error) {
        failed += 1
        console.log(`FAILED ${name}: ${error instanceof Error ? error.stack : error}`)
        mkdirSync('/tmp/zhanggui-e2e', { recursive: true })
        await page.screenshot({ path: `/tmp/zhanggui-e2e/${name.replaceAll(' ', '-')}.png` }).catch(() => undefined)
      }
    }
  } finally {
    await context.close()
    await host.stop()
    rmSync(host.dir, { recursive: true, force: true })
  }
}

async function axe(page, where) {
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return violations.map((one) => `${one.id} ${one.nodes[0]?.target}`)
  })
  assert.deepEqual(found, [], `axe on ${where}`)
}
/** 今日 of the demo, whatever case stood on the page before; the first to ask opens the demo. */
async function toToday(page, home) {
  await page.goto(`${home}/#/`)
  const start = page.getByRole('button', { name: '打开演示店铺' })
  await page.locator('.today .figs').or(start).first().waitFor()
  if (await start.isVisible()) await start.click()
  await page.locator('.today .figs').waitFor({ timeout: DEMO_MS })
}
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key)
}
const currentNumber = async (page) => (await page.locator('.rows .row.on .id').textContent())?.trim() ?? ''

/** Every place with what stands on it once it is drawn. */
const SCREENS = { '/': '.today .figs', '/orders': '.rows .row', '/products': '.rows .row', '/customers': '.rows .row', '/analysis': '.analysis svg', '/settings': '.settings', '/imports': '.page .lead', '/imports/new': 'input[type=file]' }

await story([
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
      await page.goto(`${home}/#/orders`)
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
    name: 'every screen in both languages and both looks is free of axe findings',
    async run(page, _host, home) {
      await toToday(page, home)
      try {
        for (const language of ['zh-CN', 'en']) {
          await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language)
          for (const theme of ['light', 'dark']) {
            await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme)
            for (const [path, landmark] of Object.entries(SCREENS)) {
              await page.goto(`${home}/#${path}`)
              await page.locator(landmark).first().waitFor()
              await axe(page, `${path} ${language} ${theme}`)
            }
            await press(page, 'Shift+D')
          }
          if (language === 'zh-CN') await press(page, 'Shift+L')
        }
      } finally {
        // The cases after this one read Chinese.
        if ((await page.evaluate(() => document.documentElement.lang)) === 'en') await press(page, 'Shift+L')
        await page.waitForFunction(() => document.documentElement.lang === 'zh-CN')
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
])

const PASSWORD = '雨后的石板路亮得像一面镜子'
const NEW_PASSWORD = '晒谷场上的麻雀比去年还多了些'
/** What the owner of the shop has on paper and in the phone. */
const owner = { secret: '', codes: [], key: '', used: 0 }
const halfMinute = () => Math.floor(Date.now() / 30_000)
const plain = (text) => text.replaceAll(/[^0-9A-Za-z]/g, '')

async function ownShop(page, host, home) {
  await page.getByRole('button', { name: '开始' }).click()
  await page.locator('#shop-name').fill('林家杂货')
  await page.getByRole('button', { name: '下一步' }).click()
  await page.locator('#owner-name').fill('林晓')
  await page.locator('#owner-password').fill(PASSWORD)
  await page.getByRole('button', { name: '下一步' }).click()
  owner.secret = (await page.locator('.secret').textContent()) ?? ''
  await axe(page, 'authenticator')
  await page.locator('.boxes input').first().focus()
  await page.keyboard.type(totp(owner.secret))
  await page.locator('#backup-dir').fill(join(host.dir, 'backups'))
  await page.getByRole('button', { name: '下一步' }).click()
  await page.locator('.codes li').first().waitFor({ timeout: DEMO_MS })
  await axe(page, 'recovery sheet')
  const [, which, group] = /(\d+)\D+(\d+) 组/.exec((await page.locator('.confirm label').textContent()) ?? '') ?? []
  // The number before a code is an element of its own; the code is the text after it.
  owner.codes = await page.locator('.codes li').evaluateAll((items) => items.map((item) => item.lastChild?.textContent ?? ''))
  owner.key = (await page.locator('.key').textContent()) ?? ''
  await page.locator('#sheet-group').fill(owner.codes[Number(which) - 1].split('-')[Number(group) - 1].toLowerCase())
  await page.getByRole('button', { name: '开店' }).click()
  await page.locator('#sign-name').fill('林晓')
  await page.locator('#sign-password').fill(PASSWORD)
  // A code counts once; the one of the next half minute is accepted too.
  await page.locator('.boxes input').first().focus()
  owner.used = halfMinute() + 1
  await page.keyboard.type(totp(owner.secret, 1))
  await page.locator('.today').waitFor({ timeout: DEMO_MS })
  assert.match((await page.locator('.lead p').textContent()) ?? '', /还没有账/)

  await page.goto(`${home}/#/imports/new`)
  const rows = ['订单号,商品编码,品名,数量,下单时间,单价,顾客', 'S1,K1,热可可粉,2,2026-11-01 10:00,19.90,C1', 'S1,K2,毛巾,1,2026-11-01 10:00,9.90,C1', 'S2,K1,热可可粉,x,2026-11-02 11:00,19.90,C2']
  await page.locator('input[type=file]').setInputFiles({ name: '销售.csv', mimeType: 'text/csv', buffer: Buffer.from(`${rows.join('\n')}\n`) })
  await page.getByRole('button', { name: '检查', exact: true }).click()
  await page.getByText('有 1 行收不下').waitFor()
  await axe(page, 'import report')
  await page.getByRole('button', { name: '导入 2 行' }).click()
  await page.getByText('导入完成').waitFor()
  await page.goto(`${home}/#/imports`)
  await page.getByRole('button', { name: '撤销' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '撤销' }).click()
  await page.getByText('已撤销').first().waitFor()
}

/** Files that cannot be taken say why, and nothing can be pressed that would do nothing. */
async function wrongFiles(page, _host, home) {
  const give = async (name, text) => {
    await page.goto('about:blank')
    await page.goto(`${home}/#/imports/new`)
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  }
  const check = page.getByRole('button', { name: '检查', exact: true })
  const heads = '订单号,商品编码,品名,数量,下单时间,单价,顾客\n'
  await give('空.csv', '')
  await page.getByRole('alert').filter({ hasText: '空' }).waitFor()
  await give('错列.csv', '甲,乙,丙\n1,2,3\n')
  await page.getByText('还缺：订单号、商品编码、数量、下单时间和单价').waitFor()
  assert.equal(await check.isDisabled(), true)
  await page.locator('#map-invoice').selectOption('0')
  await page.locator('#map-stock_code').selectOption('0')
  assert.equal(await page.getByText('这一列用了两次').count(), 2)
  await axe(page, 'import: wrong columns')
  await give('零行.csv', heads)
  await check.waitFor()
  await page.locator('#map-invoice').focus()
  await check.press('Enter')
  await page.getByRole('alert').filter({ hasText: '下面没有内容' }).waitFor()
  await give('全错.csv', `${heads}S1,K1,热可可粉,x,2026-11-01 10:00,19.90,C1\n`)
  await check.press('Enter')
  await page.getByText('一行也收不下').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '检查好了')
  assert.equal(await page.getByRole('button', { name: /^导入 / }).count(), 0)
}

/** Password and phone are gone; the sheet leads back with a new authenticator, and what was on paper and phone before opens nothing any more. */
async function wayBack(page, _host, _home, restart) {
  const toKey = async () => {
    await page.getByRole('button', { name: '忘了密码或换了手机？用恢复单' }).click()
    await page.getByRole('button', { name: /^手机再也找不回来了/ }).click()
    await page.locator('#recover-key').waitFor()
  }
  const giveKey = async (key) => {
    await page.locator('#recover-key').fill(key)
    await press(page, 'Enter')
  }
  await page.locator('.who').click()
  await page.getByRole('button', { name: '退出登录' }).click()
  await restart()
  await page.getByRole('button', { name: '忘了密码或换了手机？用恢复单' }).click()
  await axe(page, 'recover: what is missing')
  await page.getByRole('button', { name: '回到登录' }).click()
  await toKey()
  await giveKey(owner.key.replace(/.$/, (last) => (last === '0' ? '1' : '0')))
  await page.getByRole('alert').filter({ hasText: '30' }).waitFor()
  await axe(page, 'recover: key')
  await giveKey(owner.key.toLowerCase().replaceAll('-', ' '))
  await page.locator('#recover-password').fill(NEW_PASSWORD)
  await page.getByRole('button', { name: '换密码' }).click()
  await page.locator('.sheet-page .key').waitFor({ timeout: DEMO_MS })
  await axe(page, 'recover: new key')
  const key = (await page.locator('.sheet-page .key').textContent()) ?? ''
  assert.notEqual(plain(key), plain(owner.key))
  const codes = await page.locator('.codes li').evaluateAll((items) => items.map((item) => item.lastChild?.textContent ?? ''))
  assert.equal(new Set([...codes, ...owner.codes]).size, 20)
  const secret = (await page.locator('.secret').textContent()) ?? ''
  const group = Number(/第 (\d)/.exec((await page.locator('.confirm label').textContent()) ?? '')?.[1])
  await page.locator('#sheet-group').fill(plain(key).slice(group * 5 - 5, group * 5))
  await page.getByRole('button', { name: '去登录' }).click()
  await page.getByText('新密码生效了').waitFor()
  assert.equal(await page.locator('#sign-name').inputValue(), '林晓')
  await page.locator('#sign-password').fill(NEW_PASSWORD)
  await page.locator('.boxes input').first().focus()
  // A step of the clock counts once, whatever phone it came from.
  await page.waitForFunction((last) => Math.floor(Date.now() / 30_000) >= last, owner.used, { timeout: 60_000 })
  owner.used = halfMinute() + 1
  await page.keyboard.type(totp(secret, 1))
  await page.locator('.today').waitFor({ timeout: DEMO_MS })
  Object.assign(owner, { key, codes, secret })
}

async function databaseKey(page, _host, home) {
  await page.goto(`${home}/#/settings?part=store`)
  await page.getByRole('button', { name: '数据库密钥…' }).click()
  await axe(page, 'database key')
  await page.locator('#key-password').fill(NEW_PASSWORD)
  await page.waitForFunction((last) => Math.floor(Date.now() / 30_000) >= last, owner.used, { timeout: 60_000 })
  await page.locator('dialog .boxes input').first().focus()
  await page.keyboard.type(totp(owner.secret, halfMinute() === owner.used ? 1 : 0))
  await page.locator('#key-text').waitFor({ timeout: STEP_MS })
  assert.match(await page.locator('#key-text').inputValue(), /^x'[0-9a-f]{64,}'$/i)
  await axe(page, 'database key shown')
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: '存成文件' }).click()
  assert.match(readFileSync(await (await coming).path(), 'utf8'), /^PRAGMA key = "x'[0-9a-f]{64,}'";\n$/i)
  await page.getByRole('button', { name: '看完了' }).click()
  await page.locator('#key-text').waitFor({ state: 'detached' })
}

// Told in this order, as one owner's life: the later ones need the paper of the first.
await story([
  { name: 'an own shop is set up in five steps and signed in to with a real code', run: ownShop },
  { name: 'a file that cannot be imported says why', run: wrongFiles },
  { name: 'the owner of an own shop comes back by the recovery sheet', run: wayBack },
  { name: 'the owner of an own shop is shown the database key for password and code', run: databaseKey },
])

await browser.close()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
