// Pictures of every screen, on the real program with its demo, and from fixtures where it cannot be brought quickly; with each, the rule for numbers.
// `ZHANGGUI_BIN=… node tests/shots.mjs [OUT] [--only=name,name] [--language=zh] [--part=first|demo|extremes] [--quick]`: `cargo xtask screenshots` sets the program.
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { makeCamera } from './shots/camera.mjs'
import { demoShop } from './shots/demo.mjs'
import { extremes } from './shots/extremes.mjs'
import { firstStart } from './shots/first.mjs'

const option = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? ''
const out = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? fileURLToPath(new URL('../../docs/screenshots', import.meta.url))
const isQuick = process.argv.includes('--quick')
const only = option('only')
const PARTS = { first: firstStart, demo: demoShop, extremes }
/** The folder is carried by every clone. */
const FOLDER_BYTES_MAX = 12 * 1024 * 1024

const parts = Object.entries(PARTS).filter(([name]) => option('part') === '' || option('part') === name)
const languages = ['zh', 'en'].filter((name) => option('language') === '' || option('language') === name)
const isWhole = only === '' && parts.length === 3 && languages.length === 2 && !isQuick
if (isWhole) for (const folder of readdirSync(out, { withFileTypes: true }).filter((each) => each.isDirectory())) rmSync(`${out}/${folder.name}`, { recursive: true })

const camera = makeCamera(out, { only, isQuick })
for (const language of languages) {
  // The browser's own parts, such as the calendar of a date, speak the language of the system.
  const tag = language === 'zh' ? 'zh-CN' : 'en-GB'
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', `--lang=${tag}`], env: { ...process.env, LANGUAGE: tag.replace('-', '_') } })
  for (const [name, take] of parts) {
    try {
      await take(camera.shoot, browser, language)
    } catch (error) {
      camera.faults.push(`${name} in ${language} stopped: ${error instanceof Error ? error.message : error}`)
    }
  }
  await browser.close()
}

const { taken, bytes } = camera.sum()
if (bytes > FOLDER_BYTES_MAX) camera.faults.push(`the pictures take ${bytes} bytes, at most ${FOLDER_BYTES_MAX}`)
for (const fault of camera.faults) console.log(fault)
console.log(`${taken} pictures, ${(bytes / 1_048_576).toFixed(1)} MB, ${camera.faults.length} fault(s)`)
process.exitCode = camera.faults.length === 0 && taken > 0 ? 0 : 1
