// Two people in one shop: invited with a fresh code, first sign-in, a smaller rail, a role that changes under their hands, gone.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { totp } from './host.mjs'
import { axe, DEMO_MS } from './kit.mjs'

const OWNER = { name: '林晓', password: '雨后的石板路亮得像一面镜子', secret: '' }
const CLERK = { name: '陈小满', password: '晒谷场上的麻雀比去年还多了些', secret: '' }
const used = new Map()
const halfMinute = () => Math.floor(Date.now() / 30_000)

/** A code that was not used yet, of the half minute before, of this one or of the next. */
async function fresh(page, secret) {
  await page.waitForFunction((last) => Math.floor(Date.now() / 30_000) >= last, used.get(secret) ?? 0, { timeout: 60_000 })
  const step = Math.max(halfMinute(), (used.get(secret) ?? 0) + 1)
  used.set(secret, step)
  return totp(secret, step - halfMinute())
}

async function typeCode(page, boxes, secret) {
  await page.locator(`${boxes} input`).first().focus()
  await page.keyboard.type(await fresh(page, secret))
}

async function signIn(page, person) {
  await page.locator('#sign-name').fill(person.name)
  await page.locator('#sign-password').fill(person.password)
  await typeCode(page, '.boxes', person.secret)
  await page.locator('.rail').waitFor({ timeout: DEMO_MS })
}

async function signOut(page) {
  await page.locator('.who').click()
  await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
  await page.locator('#sign-name').waitFor()
}

const railOf = async (page) => (await page.locator('.rail a').allTextContents()).map((text) => text.trim())

async function setUp(page, host) {
  await page.getByRole('button', { name: '开始' }).click()
  await page.locator('#shop-name').fill('林家杂货')
  await page.getByRole('button', { name: '下一步' }).click()
  await page.locator('#owner-name').fill(OWNER.name)
  await page.locator('#owner-password').fill(OWNER.password)
  await page.getByRole('button', { name: '下一步' }).click()
  OWNER.secret = (await page.locator('.scan .secret').textContent()) ?? ''
  await page.locator('.boxes input').first().focus()
  await page.keyboard.type(totp(OWNER.secret))
  await page.locator('#backup-dir').fill(join(host.dir, 'backups'))
  await page.getByRole('button', { name: '下一步' }).click()
  await page.locator('.codes li').first().waitFor({ timeout: DEMO_MS })
  const [, which, group] = /(\d+)\D+(\d+) 组/.exec((await page.locator('.confirm label').textContent()) ?? '') ?? []
  const codes = await page.locator('.codes li').evaluateAll((items) => items.map((item) => item.lastChild?.textContent ?? ''))
  await page.locator('#sheet-group').fill(codes[Number(which) - 1].split('-')[Number(group) - 1])
  await page.getByRole('button', { name: '开店' }).click()
  await page.getByText('店开好了').waitFor({ timeout: DEMO_MS })
  await signIn(page, OWNER)
}

async function invited(page, host, home) {
  await setUp(page, host)
  await page.goto(`${home}/#/settings?part=people`)
  await page.locator('#part-people .acts button').first().click()
  await page.locator('#giving-name').fill(CLERK.name)
  await axe(page, 'inviting a person')
  await page.getByRole('button', { name: '生成口令' }).click()
  await page.locator('.step-up').waitFor()
  await axe(page, 'a fresh code')
  await page.keyboard.type('000000')
  await page.locator('.step-up .fault').waitFor()
  await page.keyboard.type(await fresh(page, OWNER.secret))
  await page.locator('.one-time .code').waitFor({ timeout: DEMO_MS })
  await axe(page, 'the one-time code')
  const code = (await page.locator('.one-time .code span').allTextContents()).join('-')
  await page.getByRole('button', { name: '抄好了' }).click()
  await signOut(page)
  await page.getByRole('button', { name: '我有一次性口令' }).click()
  await page.locator('#invited-name').fill(CLERK.name)
  await page.locator('#invited-code').fill(code.toLowerCase())
  await page.keyboard.press('Enter')
  await page.locator('#invited-password').waitFor({ timeout: DEMO_MS })
  CLERK.secret = (await page.locator('.scan .secret').textContent()) ?? ''
  await page.locator('#invited-password').fill(CLERK.password)
  await axe(page, 'the first sign-in')
  await typeCode(page, '.boxes', CLERK.secret)
  await page.getByText('密码设好了').waitFor({ timeout: DEMO_MS })
  await signIn(page, CLERK)
  assert.deepEqual(await railOf(page), ['订单', '商品', '顾客', '设置'], 'a clerk sees what they use')
  await page.goto(`${home}/#/analysis`)
  await page.getByText('你还不能看这里').waitFor()
  await axe(page, 'a screen without the right')
}

async function changed(page, _host, home) {
  await signOut(page)
  await signIn(page, OWNER)
  await page.goto(`${home}/#/settings?part=people`)
  const actions = page.getByRole('button', { name: `${CLERK.name} 的操作` })
  await actions.click()
  await page.getByRole('button', { name: '再给一个角色' }).click()
  await page.locator('#giving-role').selectOption({ label: '店长' })
  await page.getByRole('button', { name: '给角色', exact: true }).click()
  await page.locator('.step-up').waitFor()
  await page.keyboard.type(await fresh(page, OWNER.secret))
  await page.locator('.giving').waitFor({ state: 'detached' })
  await signOut(page)
  await signIn(page, CLERK)
  assert.ok((await railOf(page)).includes('分析'), 'a manager sees figures')
  await signOut(page)
  await signIn(page, OWNER)
  await page.goto(`${home}/#/settings?part=people`)
  await actions.click()
  await page.getByRole('button', { name: '停用账号' }).click()
  await axe(page, 'closing an account')
  await page.getByRole('dialog').getByRole('button', { name: '停用账号' }).click()
  await page.locator('.step-up').waitFor()
  await page.keyboard.type(await fresh(page, OWNER.secret))
  await page.locator('.sure').waitFor({ state: 'detached' })
  await signOut(page)
  await page.locator('#sign-name').fill(CLERK.name)
  await page.locator('#sign-password').fill(CLERK.password)
  await typeCode(page, '.boxes', CLERK.secret)
  await page.locator('.fault').first().waitFor({ timeout: DEMO_MS })
}

export const twoPeople = [
  { name: 'two people: a clerk is invited with a fresh code and sees what they use', run: invited },
  { name: 'two people: a role that changes and an account that closes count at once', isLong: true, run: changed },
]
