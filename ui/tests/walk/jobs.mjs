// The ten jobs of somebody who has read the README and nothing else.
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { totp } from '../e2e/host.mjs'
import { askedGroup } from '../shots/first.mjs'

const w = (zh, en) => ({ zh, en })
const PASSWORD = { zh: '雨后的石板路亮得像一面镜子', en: 'wet slate roofs shine like a mirror' }
const OWNER = { zh: '林晓', en: 'Lin Xiao' }
const SHOP = { zh: '林家杂货', en: 'Lin General Store' }
const row = (page) => page.locator('.rows .row').first()

/** Jobs 1 to 6, in the demo shop. */
export async function inTheDemo(me, page, language) {
  await me.job(w('打开演示店铺', 'open the demo shop')[language], async () => {
    await me.press(w('打开演示店铺', 'Open the demo shop'))
    return me.see((it) => it.locator('.today .lead p'))
  })
  await me.job(w('昨天卖了多少', "find yesterday's takings")[language], async () => {
    // 今日 is where one is, and speaks of today and of last week only.
    me.wrong(w('先在今日里找', 'looked on Today first')[language])
    await me.press(w('分析', 'Analysis'))
    const before = await me.see((it) => it.locator('.analysis .when'))
    await me.press(w('近30天', 'Last 30 days'))
    await me.press(w('昨天', 'Yesterday'))
    await me.see((it) => it.locator('.analysis:not(.dim) .when').filter({ hasNotText: before }))
    return me.see((it) => it.locator('.analysis:not(.dim) .group .fig').first())
  })
  await me.job(w('按手机尾号找订单', 'find an order by phone tail')[language], async () => {
    // The tail that somebody at the counter says: of a customer of this shop who has one.
    await page.goto(`${new URL(page.url()).origin}/#/customers`)
    await row(page).waitFor()
    const shown = await page.locator('.rows .row').allTextContents()
    const tail = shown.map((text) => /\*{2,}(\d{4})/.exec(text)?.[1]).find(Boolean) ?? ''
    await me.press(w('订单', 'Orders'))
    await me.see(row)
    await me.type({ says: 'the search field of the list', locate: (it) => it.getByRole('combobox') }, tail)
    await me.key('Enter')
    await page.waitForURL(/q=/)
    await me.see((it) => it.locator('.list[aria-busy="false"] .rows .row').first())
    return `…${tail}: ${await me.see((it) => it.locator('.foot span').first())}`
  })
  await me.job(w('比较上周和再上一周', 'compare last week with the one before')[language], async () => {
    await me.press(w('分析', 'Analysis'))
    await me.press({ says: 'the period', locate: (it) => it.locator('.asks button').first() })
    const before = await me.see((it) => it.locator('.against'))
    await me.press(w('上周', 'Last week'))
    await me.see((it) => it.locator('.analysis:not(.dim) .against').filter({ hasNotText: before }))
    return me.see((it) => it.locator('.analysis:not(.dim) .lead'))
  })
  await me.job(w('哪些商品卖得最差', 'find the worst-selling products')[language], async () => {
    await me.press(w('商品', 'Products'))
    await me.see(row)
    const best = (await row(page).locator('.id').textContent()) ?? ''
    await me.press(w('看卖得最少的', 'See what sold least'))
    await page.waitForURL(/sort=sold_least/)
    await me.see((it) => it.locator('.rows .row').first().filter({ hasNotText: best }))
    return me.see(row)
  })
  await me.job(w('导入一份文件，再撤销', 'import a file and undo it')[language], async () => {
    await me.press(w('订单', 'Orders'))
    await me.press(w('导入', 'Import'))
    const lines = ['Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID', 'W1,K1,Cocoa,2,2026-11-01 10:00,19.90,C1', 'W1,K2,Towel,1,2026-11-01 10:00,9.90,C1', 'W2,K1,Cocoa,x,2026-11-02 11:00,19.90,C2']
    await page.locator('input[type=file]').setInputFiles({ name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.from(`${lines.join('\n')}\n`) })
    await me.see((it) => it.locator('#map-invoice'))
    await me.press(w('检查', 'Check'))
    await me.see((it) => it.locator('.verdict'))
    await me.press({ says: w('导入 2 行', 'Import 2 lines')[language], locate: (it) => it.locator('.acts .primary') })
    await me.see(w('导入完成', 'Imported'))
    await me.press(w('全部导入', 'All imports'))
    await me.press(w('撤销', 'Undo'))
    await me.press({ says: 'the same word in the question', locate: (it) => it.getByRole('dialog').getByRole('button', { name: w('撤销', 'Undo')[language] }) })
    return me.see((it) => it.getByText(w('已撤销', 'undone')[language], { exact: true }).first())
  })
  await me.job(w('把商品导出成 Excel', 'export the products to Excel')[language], async () => {
    await me.press(w('商品', 'Products'))
    await me.see(row)
    await me.press(w('导出', 'Export'))
    const coming = page.waitForEvent('download')
    await me.press(w('Excel 表格', 'Excel table'))
    const file = await coming
    const path = await file.path()
    return `${file.suggestedFilename()}, ${Math.round(statSync(path).size / 1024)} KB`
  })
}

/** Jobs 8 to 10, in a shop of one's own. `restart` stops the program and starts it on the same folder. */
export async function inAnOwnShop(me, page, language, { restart }) {
  const folder = mkdtempSync(join(tmpdir(), 'usb-'))
  let secret = ''
  /** The last half minute whose code was used. */
  let used = 0
  await me.job(w('开一家自己的店', 'set up my own shop')[language], async () => {
    await me.press(w('开始', 'Begin'))
    await me.type(w('店铺名称', 'Name of the shop'), SHOP[language])
    await me.press(w('下一步', 'Next'))
    await me.type(w('名字', 'Name'), OWNER[language])
    await me.type(w('密码', 'Password'), PASSWORD[language])
    await me.press(w('下一步', 'Next'))
    secret = await me.see((it) => it.locator('.scan .secret'))
    await me.press({ says: 'the first of six boxes', locate: (it) => it.locator('.boxes input').first() })
    await me.keys(totp(secret))
    await me.type(w('文件夹', 'Folder'), folder)
    await me.press(w('下一步', 'Next'))
    await me.see((it) => it.locator('.codes li').first())
    const group = await askedGroup(page)
    await me.type({ says: 'the field beside the question', locate: (it) => it.locator('#sheet-group') }, group)
    await me.press(w('开店', 'Open the shop'))
    await me.type(w('密码', 'Password'), PASSWORD[language])
    await me.press({ says: 'the first of six boxes', locate: (it) => it.locator('.boxes input').first() })
    used = Math.floor(Date.now() / 30_000) + 1
    await me.keys(totp(secret, 1))
    return me.see((it) => it.locator('.today .lead p'))
  })
  await me.job(w('做一份备份，并找到它', 'back up and find the backup')[language], async () => {
    await me.press(w('设置', 'Settings'))
    await me.press({ says: w('备份', 'Backup')[language], locate: (it) => it.locator('.parts').getByRole('button', { name: w('备份', 'Backup')[language] }) })
    await me.press(w('现在备份', 'Back up now'))
    const said = await me.see((it) => it.locator('.made'))
    const path = said.slice(said.indexOf('/'))
    if (!existsSync(path)) throw new Error(`no file at ${path}`)
    return `${readdirSync(folder).length} file(s), ${Math.round(statSync(path).size / 1024)} KB, named on the screen`
  })
  await me.job(w('重新打开程序，再登录', 'sign in after a restart')[language], async () => {
    await page.goto(await restart())
    await me.type(w('名字', 'Name'), OWNER[language])
    await me.type(w('密码', 'Password'), PASSWORD[language])
    // A code counts once, so that the second sign-in of a minute waits for the next one, as a person would.
    await page.waitForFunction((last) => Math.floor(Date.now() / 30_000) > last, used, { timeout: 90_000 })
    await me.press({ says: 'the first of six boxes', locate: (it) => it.locator('.boxes input').first() })
    await me.keys(totp(secret))
    return me.see((it) => it.locator('.today .lead p'))
  })
}
