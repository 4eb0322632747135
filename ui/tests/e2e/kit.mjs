// What the flows share: a fresh program and browser for each story, the count of what passed, and axe.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import { settle } from '../shots/camera.mjs'
import { startHost, takeScreensFrom } from './host.mjs'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FAILED_DIR = '/tmp/zhanggui-e2e'
export const STEP_MS = 20_000
/** A debug build on a busy machine of two cores takes most of a minute to make the demo. */
export const DEMO_MS = 150_000

const words = process.argv.slice(2)
const only = words.find((word) => !word.startsWith('--')) ?? ''
/** For every push: the cases that take minutes are left to a run of all. */
const isShort = words.includes('--short')
export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
export const tally = { passed: 0, failed: 0, left: [] }

function isChosen({ name, isLong = false }) {
  if (!name.includes(only)) return false
  if (isLong && isShort) tally.left.push(name)
  return !(isLong && isShort)
}

/** Runs one case, counts it, and keeps a picture of where it failed. */
async function tell({ name, run }, picture = async () => undefined) {
  const began_ms = Date.now()
  try {
    await run()
    tally.passed += 1
    console.log(`ok ${name} (${((Date.now() - began_ms) / 1000).toFixed(1)} s)`)
  } catch (error) {
    tally.failed += 1
    console.log(`FAILED ${name}: ${error instanceof Error ? error.stack : error}`)
    mkdirSync(FAILED_DIR, { recursive: true })
    await picture(`${FAILED_DIR}/${name.replaceAll(' ', '-')}.png`).catch(() => undefined)
  }
}

/** Cases that bring their own program and browser window. */
export async function alone(cases) {
  for (const each of cases.filter(isChosen)) await tell(each)
}

/** A fresh program and a fresh browser, and the cases told in them one after another: opening the demo is the dear part, so cases share it. */
export async function story(cases) {
  const chosen = cases.filter(isChosen)
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
      const checked = async () => {
        await run(page, host, new URL(page.url()).origin, restart)
        assert.deepEqual(faults.splice(0), [])
      }
      await tell({ name, run: checked }, (path) => page.screenshot({ path }))
    }
  } finally {
    await context.close()
    await host.stop()
    rmSync(host.dir, { recursive: true, force: true })
  }
}

export async function axe(page, where) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return violations.map((one) => `${one.id} ${one.nodes[0]?.target}`)
  })
  assert.deepEqual(found, [], `axe on ${where}`)
}

/** Takes the place of the camera on a tour of the screens: axe looks at each, in both looks. `read` has what was looked at. */
export function makeReader() {
  const read = []
  async function look(page, name, language, before = async () => undefined) {
    await page.emulateMedia({ colorScheme: 'light' })
    await before()
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme })
      await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme)
      await settle(page)
      assert.equal(await page.evaluate(() => document.documentElement.lang), language === 'zh' ? 'zh-CN' : 'en', `the language of ${name}`)
      await axe(page, `${name} ${language} ${theme}`)
    }
    read.push(name)
  }
  return { look, read }
}

/** 今日 of the demo, whatever case stood on the page before; the first to ask opens the demo. */
export async function toToday(page, home) {
  await page.goto(`${home}/#/`)
  const start = page.getByRole('button', { name: '打开演示店铺' })
  await page.locator('.today .figs').or(start).first().waitFor()
  if (await start.isVisible()) await start.click()
  await page.locator('.today .figs').waitFor({ timeout: DEMO_MS })
}

export const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key)
}
