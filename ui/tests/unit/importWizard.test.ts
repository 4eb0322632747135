import { flushPromises, mount } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLanguage } from '@/i18n'
import type { ImportReport, ImportStart } from '@/rpc/bindings'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', async () => ({ ...(await import('@/rpc/transport')), rpc, isDesktop: false, onEvent: () => () => undefined, onConnect: () => () => undefined }))
vi.mock('@/features/import/upload', () => ({ upload: async () => 'u1' }))

const { default: ImportWizard } = await import('@/features/import/ImportWizard.vue')
const { default: Imports } = await import('@/features/import/Imports.vue')
const { router } = await import('@/router')
const { forgetAnswers } = await import('@/rpc/query')

const COLUMNS = ['订单号', '商品编码', '数量', '日期', '单价', '门店', '备注']
const FIELDS = ['invoice', 'stock_code', 'quantity', 'at', 'price', 'shop', 'phone']
const PROBED = {
  upload_id: 'u1', file_name: 'orders.csv', format: 'csv', encoding: 'UTF-8', columns: COLUMNS, sample_rows: [], remembered: false, date_order: 'month_first', date_order_certain: true, negative_rows: null,
  mapping: FIELDS.map((field, at) => ({ field, column: at < 6 ? at : null, required: at < 5 })),
}
const REPORT: ImportReport = {
  batch_id: null, dry_run: true, lines: 3, new_lines: 3, orders: 2, refunds: 0, write_offs: 0, adjustments: 0, rejected: 0, warnings: 0, repeated_lines: 0, sub_penny_lines: 0, two_times_orders: 0, grown_orders: 0,
  matched_refund_lines: 0, matched_refunds_minor: 0, refund_lines: 0, sales_minor: 3000, refunds_minor: 0, skus: 1, customers: 0, from: '2026-11-01', to: '2026-11-02',
  negative_lines: 0, negative_rows: null, negatives_asked: false, new_shops: [], unknown_shops: [], unused_columns: ['备注'], findings: [],
}
const LISTED = { id: 'b1', file_name: 'orders.csv', started_at_ms: 1, state: 'done', lines: 5, orders: 2, refunds: 1, rejected: 2, can_undo: true }
const asks: [string, unknown][] = []
let kept = true
let folder: string | null = 'D:/copies'
let reports: Partial<ImportReport>[] = []
const started: ImportStart[] = []

beforeAll(() => setLanguage('en'))
beforeEach(() => {
  started.length = asks.length = 0
  kept = true
  folder = 'D:/copies'
  forgetAnswers()
  HTMLDialogElement.prototype.showModal = function () { this.open = true }
  HTMLDialogElement.prototype.close = function () { this.open = false }
  rpc.mockImplementation(async (command: string, ask: ImportStart) => {
    asks.push([command, ask])
    if (command === 'import_list') return { imports: [LISTED] }
    if (command === 'import_batch_report') return { file_name: 'orders.csv', kind: 'orders', currency: 'CNY', findings_kept: kept, report: { ...REPORT, rejected: 2, findings: kept ? [{ row: 7, reason: 'thirty_days', remedy: 'import.remedy.thirty_days', value: '2025-11-31' }] : [] } }
    if (command === 'settings_get') return { backup_dir: folder }
    if (command === 'import_undo') return { job_id: 'undo' }
    if (command === 'job_list' && asks.some(([one]) => one === 'import_undo')) return { jobs: [{ id: 'undo', kind: 'import_undo', state: 'done', done: 1, total: 1, started_at_ms: 9, result: null, can_cancel: false }] }
    if (command === 'shop_list') return { shops: [{ id: 's1', name: 'Riverside', currency: 'CNY', zone: 'Asia/Shanghai' }] }
    if (command === 'import_probe') return PROBED
    if (command === 'import_start') return { job_id: `job-${started.push(ask)}` }
    if (command === 'job_list') return { jobs: started.map((_, at) => ({ id: `job-${at + 1}`, kind: 'import_dry_run', state: 'done', done: 3, total: 3, started_at_ms: at, result: null, can_cancel: false })) }
    if (command === 'import_report') return { ...REPORT, ...(reports.length > 1 ? reports.shift() : reports[0]) }
    return {}
  })
})

/** Up to the columns of a file. */
async function columns() {
  const page = mount(ImportWizard, { global: { plugins: [router] }, attachTo: document.body })
  await flushPromises()
  const input = page.find('input[type=file]')
  Object.defineProperty(input.element, 'files', { value: [new File(['x'], 'orders.csv')] })
  await input.trigger('change')
  await flushPromises()
  return page
}
/** Up to the report of the check. */
async function checked() {
  const page = await columns()
  await page.find('form').trigger('submit')
  await flushPromises()
  return page
}

describe('a shop without a backup folder', () => {
  it.each([[null, true], ['D:/copies', false]])('is told before its trade comes in: %s', async (backup_dir, told) => {
    reports = [{}]
    folder = backup_dir
    const page = await checked()
    expect(page.find('.no-backup').exists()).toBe(told)
    page.unmount()
  })
})

describe('the columns of a file', () => {
  it('that nothing is read from are named, and that rows go to the shops they name is said', async () => {
    reports = [{}]
    const page = await columns()
    expect(page.find('.unused').text()).toBe('Columns that are left out: 备注')
    expect(page.text()).toContain('each row goes to its own')
    page.unmount()
  })
})

describe('lines with a negative quantity', () => {
  it('are asked about where nothing tells what they are, before anything is imported', async () => {
    reports = [{ negative_lines: 2, negative_rows: 'write_off', negatives_asked: true, write_offs: 2 }, { negative_lines: 2, negative_rows: 'refund', refunds: 1, refund_lines: 2 }]
    const page = await checked()
    expect(page.find('legend').text()).toBe('2 lines have a negative quantity and no C before their number. They are:')
    expect(page.findAll('input[name=negatives]').map((one) => (one.element as HTMLInputElement).checked)).toEqual([false, false])
    expect(page.find('.acts .primary').attributes('disabled')).toBeDefined()
    await page.find('input[value=refund]').trigger('change')
    await flushPromises()
    expect(started.map((one) => [one.dry_run, one.negative_rows])).toEqual([[true, null], [true, 'refund']])
    expect(page.findAll('input[name=negatives]').map((one) => (one.element as HTMLInputElement).checked)).toEqual([true, false])
    expect(page.find('.acts .primary').attributes('disabled')).toBeUndefined()
    page.unmount()
  })
  it('are write-offs that may be set right where the file marks its refunds', async () => {
    reports = [{ negative_lines: 2, negative_rows: 'write_off', write_offs: 2, refunds: 1 }]
    const page = await checked()
    expect(page.findAll('input[name=negatives]').map((one) => (one.element as HTMLInputElement).checked)).toEqual([false, true])
    expect(page.find('.acts .primary').attributes('disabled')).toBeUndefined()
    page.unmount()
  })
})

describe('shops that nobody knows', () => {
  it('are named, and added only when the person agrees', async () => {
    reports = [{ unknown_shops: ['West', 'East'], rejected: 2 }, { new_shops: ['West', 'East'] }]
    const page = await checked()
    expect(page.find('.asked').text()).toContain('These shops are not in the books yet: West and East.')
    await page.find('.add-shops').setValue(true)
    await flushPromises()
    expect(started.map((one) => one.add_shops)).toEqual([false, true])
    expect(page.find('.asked').text()).toContain('Shops that will be added: West and East.')
    page.unmount()
  })
})

describe('an import that is done', () => {
  it('leads to its orders and can be taken back, and what stays is said before', async () => {
    reports = [{}, { dry_run: false, batch_id: 'b9', orders: 2, refunds: 1 }]
    const page = await checked()
    await page.find('.acts .primary').trigger('click')
    await flushPromises()
    expect(page.find('.see').attributes('href')).toContain('/orders?f=batch:b9')
    await page.find('.undo').trigger('click')
    expect(page.find('dialog .ask').text()).toContain('2 orders and 1 refund of orders.csv leave the books.')
    expect(page.find('dialog .stays').text()).toBe('Products, customers and shops that it added stay, also those that only this file brought.')
    await page.find('dialog .danger').trigger('click')
    await flushPromises()
    expect(asks).toContainEqual(['import_undo', { batch_id: 'b9' }])
    expect(page.find('.see').exists()).toBe(false)
    expect(page.text()).toContain('Undone.')
    page.unmount()
  })
  it('has nothing to see or take back where it brought nothing', async () => {
    reports = [{}, { dry_run: false, batch_id: 'b9', new_lines: 0 }]
    const page = await checked()
    await page.find('.acts .primary').trigger('click')
    await flushPromises()
    expect([page.find('.see').exists(), page.find('.undo').exists()]).toEqual([false, false])
    page.unmount()
  })
})

describe('the list of imports', () => {
  const opened = async () => {
    const page = mount(Imports, { global: { plugins: [router] }, attachTo: document.body })
    await flushPromises()
    await page.find('.rejected').trigger('click')
    await flushPromises()
    return page
  }
  it('opens the rows that were left out, with what to do, and saves them', async () => {
    const page = await opened()
    expect(asks).toContainEqual(['import_batch_report', { batch_id: 'b1' }])
    const row = page.find('.findings tbody tr').text()
    expect(row).toContain('2025-11-31')
    expect(row).toContain('this month has only 30')
    rpc.mockImplementationOnce(async (...ask: [string, unknown]) => { asks.push(ask); return { file_name: 'import-rows.csv', base64: '', path: '/x/import-rows.csv' } })
    await page.find('.save').trigger('click')
    await flushPromises()
    expect(asks.at(-1)).toEqual(['import_findings_save', { batch_id: 'b1' }])
    page.unmount()
  })
  it('says why the rows are not here any more', async () => {
    kept = false
    const page = await opened()
    expect(page.find('.gone').text()).toContain('latest 100 imports')
    expect(page.find('.save').exists()).toBe(false)
    page.unmount()
  })
})
