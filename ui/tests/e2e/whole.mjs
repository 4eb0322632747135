// The whole real file, untouched, through the import screen of the demo: checked, begun, stopped, gone on with, seen, taken back.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { toToday } from './kit.mjs'

const texts = JSON.parse(readFileSync(new URL('../../src/i18n/zh/imports.json', import.meta.url), 'utf8'))
/** Over a million lines in a development build on a busy machine of two cores. */
const WHOLE_MS = 600_000
/** Of the lines that the import is stopped after: some chunks are written, and most of the file is still to come. */
const STOP_AFTER = 100_000

/** What the raw file holds, as `tests/readers` counts it. */
const EXPECTED = {
  lines: '1,044,847',
  orders: '41,937',
  refunds: '8,292',
  write_offs: '3,393',
  adjustments: '6',
  rejected: '0',
  repeated_lines: '11,814',
  sub_penny_lines: '18',
  two_times_orders: '83',
  sales: '£20,522,661.84',
  refunds_amount: '£1,465,303.66',
}

/** The report as it is read: the figure beside each name. */
async function shown(page) {
  const pairs = await page.locator('.report dt').evaluateAll((names) => names.map((name) => [name.textContent.trim(), name.nextElementSibling.textContent.trim()]))
  return Object.fromEntries(pairs)
}
async function holds(page, expected) {
  const report = await shown(page)
  for (const [key, text] of Object.entries(expected)) assert.equal(report[texts.report[key]], text, `${key} in ${JSON.stringify(report)}`)
}

const button = (page, name) => page.getByRole('button', { name, exact: true })

/** Up to the report of the check. */
async function check(page, home) {
  await page.goto('about:blank')
  await page.goto(`${home}/#/imports/new`)
  await button(page, texts.wizard.sample).click()
  await button(page, texts.wizard.check).click()
  await page.getByRole('heading', { name: texts.wizard.check_title }).waitFor({ timeout: WHOLE_MS })
}

async function whole(page, _host, home) {
  assert.ok(texts.wizard.sample.includes(EXPECTED.lines), 'the button says how long the file is')
  await toToday(page, home)
  await check(page, home)
  await holds(page, { ...EXPECTED, new_lines: EXPECTED.lines })
  await page.locator('.acts .primary').click()
  await page.waitForFunction((wanted) => Number(document.querySelector('[role=status].num')?.textContent.replaceAll(/\D/g, '')) > wanted, STOP_AFTER, { timeout: WHOLE_MS })
  await button(page, texts.wizard.stop).click()
  await page.getByRole('heading', { name: texts.wizard.stopped_title }).waitFor({ timeout: WHOLE_MS })
  await button(page, texts.wizard.to_list).click()
  await page.getByText(texts.state.stopped, { exact: true }).waitFor()

  await check(page, home)
  const rest = (await shown(page))[texts.report.new_lines]
  assert.ok(Number(rest.replaceAll(',', '')) < 1_044_847 - STOP_AFTER / 2, `what had landed is not brought again: ${rest}`)
  await page.locator('.acts .primary').click()
  await page.getByRole('heading', { name: texts.wizard.done_title }).waitFor({ timeout: WHOLE_MS })
  await holds(page, EXPECTED)
  await button(page, texts.wizard.to_list).click()
  const batch = page.locator('.ledger tbody tr', { hasText: 'online_retail.parquet' })
  await batch.getByText(texts.state.done, { exact: true }).waitFor()
  assert.deepEqual(await batch.locator('td.r').allTextContents(), [EXPECTED.lines, EXPECTED.orders, EXPECTED.refunds, EXPECTED.rejected])
  assert.equal(await batch.count(), 1)

  // The trade of the file is a shop of its own, in pounds: its figures and its orders are the file's.
  await batch.getByRole('link').click()
  await page.locator('.rows .row').first().waitFor()
  await page.getByText(`${EXPECTED.orders}`).first().waitFor()
  await page.locator('.bar .tool').first().click()
  await page.locator('label', { hasText: texts.wizard.sample_name }).locator('input').check()
  await page.goto(`${home}/#/analysis?p=2009-12-01..2011-12-09`)
  await page.locator('.analysis .group [title="£20,522,661.84"]').first().waitFor()
  await page.locator('.analysis .group [title="41,937"]').first().waitFor()
}

async function takenBack(page, _host, home) {
  await page.goto(`${home}/#/imports`)
  await button(page, texts.undo).click()
  await page.getByRole('dialog').getByRole('button', { name: texts.undo, exact: true }).click()
  await page.locator('.ledger tbody').getByText(texts.state.undone, { exact: true }).waitFor({ timeout: WHOLE_MS })
  await page.goto(`${home}/#/orders?f=created:2009-12-01..2011-12-09`)
  await page.locator('.list [class*=empty]').waitFor()
}

/** Each takes minutes; a small file is brought in and taken back in every run. */
export const wholeFile = [
  { name: 'the whole real file is checked, stopped, gone on with and seen', run: whole, isLong: true },
  { name: 'the whole real file is taken back', run: takenBack, isLong: true },
]
