// Takes one screen in every size and look that is asked for, as WebP, and holds what is seen against the rule for numbers.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { faultsOfNumbers } from './numbers.mjs'

const SMALL = [1366, 768]
const LARGE = [1920, 1080]
/** Every screen in both sizes, Chinese in light and English in dark: so each language, look and size is seen, and the folder stays small enough to be cloned. */
const LOOKS = { zh: [['light', SMALL], ['light', LARGE]], en: [['dark', SMALL], ['dark', LARGE]] }
/** The screens that are looked at most also in the other look. */
const OTHER_LOOK = { zh: [['dark', SMALL]], en: [['light', SMALL]] }
const MOST_SEEN = new Set(['welcome', 'sign-in-demo', 'today', 'orders', 'orders-peek', 'order', 'products', 'product', 'customers', 'customer', 'analysis', 'analysis-charts', 'import-report', 'settings'])
/** Small letters stay clear; a screen of text takes about thirty-five kilobytes. */
const QUALITY = 58

/** Waits until nothing moves, loads or is drawn any more. */
export async function settle(page) {
  await page.waitForFunction(() => document.fonts.status === 'loaded' && !document.querySelector('.waiting, p.wait, .unsure, [aria-busy="true"]') && document.getAnimations().every((each) => each.playState !== 'running'))
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

export function makeCamera(out, { isQuick = false, only = '' } = {}) {
  const faults = []
  let taken = 0
  let bytes = 0

  /** `before` brings the screen to what the picture shows; it runs again for each size, since a new size may close what is open. */
  async function shoot(page, name, language, before = async () => undefined) {
    if (only !== '' && !only.split(',').includes(name)) return
    const devtools = await page.context().newCDPSession(page)
    const looks = isQuick ? LOOKS[language].slice(0, 1) : [...LOOKS[language], ...(MOST_SEEN.has(name) ? OTHER_LOOK[language] : [])]
    for (const [theme, [width, height]] of looks) {
      const folder = `${language}-${theme}-${width}`
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: theme })
      try {
        await before()
        await settle(page)
      } catch (error) {
        faults.push(`${folder}/${name}: ${String(error).split('\n')[0]}`)
        continue
      }
      for (const fault of await faultsOfNumbers(page)) faults.push(`${folder}/${name}: ${fault}`)
      const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      if (scrolls) faults.push(`${folder}/${name}: the window scrolls sideways`)
      const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
      const picture = Buffer.from(data, 'base64')
      mkdirSync(join(out, folder), { recursive: true })
      writeFileSync(join(out, folder, `${name}.webp`), picture)
      taken += 1
      bytes += picture.length
    }
    await devtools.detach()
  }
  return { shoot, faults, sum: () => ({ taken, bytes }) }
}
