// Walks ten jobs through the real program as somebody new would, in Chinese and in English: `ZHANGGUI_BIN=… node tests/walk.mjs [OUT] [--language=zh]`.
// It writes OUT/measured.json and a small picture of where each job ended; docs/walk/README.md tells what was made of it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { startHost, takeScreensFrom } from './e2e/host.mjs'
import { inAnOwnShop, inTheDemo } from './walk/jobs.mjs'
import { makeWalker } from './walk/walker.mjs'

const out = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? fileURLToPath(new URL('../../docs/walk', import.meta.url))
const wanted = process.argv.find((word) => word.startsWith('--language='))?.slice(11)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const all = []
mkdirSync(out, { recursive: true })

for (const language of ['zh', 'en'].filter((name) => !wanted || name === wanted)) {
  const dirs = [mkdtempSync(join(tmpdir(), 'zhanggui-walk-')), mkdtempSync(join(tmpdir(), 'zhanggui-walk-'))]
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: language === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
  await takeScreensFrom(context)
  const page = await context.newPage()
  const me = makeWalker(page, language, out)
  let host = await startHost({ dir: dirs[0], isKept: true })
  const arrive = async () => {
    await page.goto(await host.nextAddress())
    await page.locator(`.lang [lang="${language === 'zh' ? 'zh-CN' : 'en'}"]`).click()
  }
  await arrive()
  await inTheDemo(me, page, language)
  await host.stop()
  host = await startHost({ dir: dirs[1], isKept: true })
  await arrive()
  const restart = async () => {
    await host.stop()
    host = await startHost({ dir: dirs[1], isKept: true })
    return host.nextAddress()
  }
  await inAnOwnShop(me, page, language, { restart })
  await host.stop()
  await context.close()
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
  all.push(...me.jobs)
}
await browser.close()
const rounded = all.map((job) => ({ ...job, hand_s: Math.round(job.hand_s), program_s: Number(job.program_s.toFixed(1)), slowest_s: Number(job.slowest_s.toFixed(1)), script_s: Number(job.script_s.toFixed(1)) }))
writeFileSync(join(out, 'measured.json'), `${JSON.stringify(rounded, null, 2)}\n`)
for (const job of rounded) console.log(`${job.is_done ? 'ok    ' : 'FAILED'} ${job.language} ${job.name}: ${job.acts} acts, hand ${job.hand_s} s, program ${job.program_s} s${job.wrong_turns.length > 0 ? `, wrong: ${job.wrong_turns.join('; ')}` : ''} | ${job.answer}`)
process.exitCode = rounded.every((job) => job.is_done) ? 0 : 1
