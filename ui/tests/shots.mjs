// Draws every screen on the fixture shop: node tests/shots.mjs OUT [name-part]. With `--axe` it also counts what axe finds; `--quick`, `--wide`.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { openStage } from './fixtures/stage.mjs'

const [out = '/tmp/shots', part = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const withAxe = process.argv.includes('--axe')
const isWide = process.argv.includes('--wide')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const isQuick = process.argv.includes('--quick')
mkdirSync(out, { recursive: true })

const SCREENS = [
  { name: 'welcome', world: { phase: 'first_start', has_own: false } },
  { name: 'signin', world: { phase: 'signed_out' } },
  { name: 'signin-demo', world: { phase: 'signed_out', store: 'demo', has_demo: true, has_own: false } },
  ...[1, 2, 3, 4, 5].map((step) => ({ name: `setup-${step}`, world: { phase: 'setting_up', step, has_own: false } })),
  { name: 'lock', world: { phase: 'locked' } },
  { name: 'today', world: {}, path: '#/' },
  { name: 'today-demo', world: { store: 'demo', has_demo: true, has_own: false }, path: '#/' },
  { name: 'today-empty', world: { size: 'empty' }, path: '#/' },
  { name: 'today-one', world: { size: 'one' }, path: '#/' },
  { name: 'today-table', world: {}, path: '#/', act: (page) => page.locator('.see').first().click() },
  { name: 'today-definition', world: {}, path: '#/', act: (page) => page.locator('.figs button').nth(2).click() },
  { name: 'orders', world: {}, path: '#/orders' },
  { name: 'orders-peek', world: {}, path: '#/orders', act: async (page) => { await page.locator('[role=row]').nth(8).click() } },
  { name: 'order', world: {}, path: '#/orders/o3' },
  { name: 'products', world: {}, path: '#/products' },
  { name: 'product', world: {}, path: '#/products/k4' },
  { name: 'customers', world: {}, path: '#/customers' },
  { name: 'customer', world: {}, path: '#/customers/c4' },
  { name: 'analysis', world: {}, path: '#/analysis' },
  { name: 'settings', world: {}, path: '#/settings' },
  { name: 'imports', world: {}, path: '#/imports' },
  { name: 'import-columns', world: {}, path: '#/imports/new', act: (page) => page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') }) },
  { name: 'import-check', world: {}, path: '#/imports/new', act: async (page) => { await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') }); await page.locator('#import-name').fill('x'); await page.locator('.acts .primary').click() } },
  { name: 'palette', world: {}, path: '#/', act: async (page) => { await page.keyboard.press('Control+k'); await page.keyboard.type('bwb') } },
  { name: 'menu', world: {}, path: '#/', act: (page) => page.locator('.who').click() },
  { name: 'notices', world: {}, path: '#/', act: (page) => page.locator('.bell').click() },
  { name: 'wipe', world: { store: 'demo', has_demo: true }, path: '#/', act: (page) => page.locator('.demo .act').last().click() },
  { name: 'restore', world: { phase: 'first_start', has_own: false }, act: (page) => page.locator('.links button').first().click() },
  { name: 'sheet', world: {}, path: '#/orders', act: (page) => page.keyboard.press('?') },
  { name: 'error', world: { refuse: { today: { code: 'fault', message: 'x', reference: 'E-7F3K2', field: null, wait_s: null } } }, path: '#/' },
]

const stage = await openStage()
const sizes = isWide ? [[1366, 768], [1920, 1080]] : [[1366, 768]]
let bad = 0
for (const screen of SCREENS.filter(({ name }) => part === '' || part.split(',').includes(name)))
  for (const language of ['zh', 'en'])
    for (const theme of ['light', 'dark'])
      for (const [width, height] of sizes) {
        // Two of the four looks show nearly everything; all four belong to the slow lane.
        if (isQuick && (language === 'zh') !== (theme === 'light')) continue
        const { page, problems } = await stage.page({ ...screen.world, language }, { width, height, theme })
        await page.goto(`${stage.address}/${screen.path ?? ''}`)
        await page.waitForTimeout(350)
        if (screen.act) await screen.act(page)
        await page.waitForTimeout(400)
        const name = `${screen.name}-${language}-${theme}-${width}`
        await page.screenshot({ path: `${out}/${name}.png` })
        if (withAxe) {
          await page.evaluate(axeSource)
          const found = await page.evaluate(async () => globalThis.axe ? (await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations.map((one) => `${one.id}: ${one.nodes.length} ${one.nodes[0]?.target} ${one.nodes[0]?.failureSummary?.split('\n')[1] ?? ''}`) : ['axe did not load'])
          problems.push(...found)
        }
        const scrolls = await page.evaluate(() => document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth)
        if (scrolls) problems.push('the page scrolls')
        if (problems.length > 0) console.log(`${name}\n  ${[...new Set(problems)].join('\n  ')}`)
        bad += problems.length
        await page.context().close()
      }
await stage.close()
console.log(bad === 0 ? 'no problems' : `${bad} problem(s)`)
