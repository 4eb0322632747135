// The life of one owner in a shop of her own: set up, files, the way back, the key. Told in this order: the later cases need the paper of the first.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { totp } from './host.mjs'
import { axe, DEMO_MS, press, STEP_MS } from './kit.mjs'

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
  await page.getByRole('button', { name: '上一步' }).click()
  assert.equal(await page.locator('#shop-name').inputValue(), '林家杂货')
  await page.getByRole('button', { name: '下一步' }).click()
  await page.locator('#owner-name').fill('林晓')
  await page.locator('#owner-password').fill(PASSWORD)
  await page.getByRole('button', { name: '下一步' }).click()
  owner.secret = (await page.locator('.scan .secret').textContent()) ?? ''
  await axe(page, 'authenticator')
  await page.locator('.boxes input').first().focus()
  await page.keyboard.type(totp(owner.secret))
  await page.locator('#backup-dir').fill(host.dir)
  // Back at the authenticator nothing is asked again.
  await page.getByRole('button', { name: '上一步' }).click()
  await page.getByText('手机已经对上了').waitFor()
  await page.getByRole('button', { name: '下一步' }).click()
  await page.locator('#backup-dir').fill(host.dir)
  await page.getByRole('button', { name: '浏览…' }).click()
  await page.getByRole('dialog').getByText(host.dir, { exact: true }).waitFor()
  await axe(page, 'browsing folders')
  await page.getByRole('dialog').getByRole('button', { name: '就放这里' }).click()
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
  await page.getByText('店开好了。现在用刚才起的名字和密码').waitFor()
  assert.equal(await page.locator('#sign-name').inputValue(), '林晓')
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
  const secret = (await page.locator('.scan .secret').textContent()) ?? ''
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

export const ownersLife = [
  { name: 'an own shop is set up in five steps and signed in to with a real code', run: ownShop },
  { name: 'a file that cannot be imported says why', run: wrongFiles },
  { name: 'the owner of an own shop comes back by the recovery sheet', run: wayBack },
  { name: 'the owner of an own shop is shown the database key for password and code', run: databaseKey },
]
