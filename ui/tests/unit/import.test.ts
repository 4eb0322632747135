import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CURRENCIES } from '@/features/import/currencies'
import { eitherDate } from '@/features/import/dates'
import { likelyShop, nameForNew } from '@/features/import/likely'
import { unusedColumns } from '@/features/import/unused'
import { verdictOf } from '@/features/import/verdict'

describe('a date that may be read two ways', () => {
  it('is found where both readings give a date, and not the same one', () => {
    expect(eitherDate(['2026-03-04', '3/4/2026 08:15'])).toEqual({ text: '3/4/2026', month_first: '2026-03-04', day_first: '2026-04-03' })
    expect(eitherDate(['', '5/5/2026', '11.12.2025'])).toEqual({ text: '11.12.2025', month_first: '2025-11-12', day_first: '2025-12-11' })
  })
  it('is none where the text says it itself', () => {
    expect(eitherDate(['25/3/2026', '2026/3/4', '3/3/2026', '0/4/2026'])).toBeNull()
  })
})

it('columns that nothing is read from are named', () => {
  const mapping = [{ column: 0 }, { column: null }, { column: 3 }]
  expect(unusedColumns(['订单号', '备注', ' ', '数量', '快递单号'], mapping)).toEqual(['备注', '快递单号'])
  expect(unusedColumns(['订单号'], mapping)).toEqual([])
})

describe('what a check comes to', () => {
  it.each([
    [0, 0, 2, 0, 'all_bad'],
    [5, 0, 0, 0, 'known'],
    [5, 0, 2, 0, 'bad_known'],
    [5, 1, 0, 4, 'good'],
    [5, 1, 0, 5, 'no_sale'],
    [5, 5, 2, 0, 'bad'],
  ])('%i lines, %i of them new, %i rejected, %i adjustments: %s', (lines, new_lines, rejected, adjustments, verdict) => expect(verdictOf({ lines, new_lines, rejected, adjustments })).toBe(verdict))
})

describe('the shop a file belongs to', () => {
  const shops = [{ id: 'a', name: 'Riverside' }, { id: 'b', name: 'West' }]
  it('is the one of its name, else the only one, else one to be made', () => {
    expect(likelyShop(shops, 'West')).toBe('b')
    expect(likelyShop(shops, 'Real books', false)).toBe('')
    expect(likelyShop(shops, 'Harbour')).toBe('')
    expect(likelyShop(shops.slice(0, 1), 'Harbour')).toBe('a')
    expect(likelyShop(shops.slice(0, 1), 'Real books', false)).toBe('')
    expect(likelyShop([], 'Harbour')).toBe('')
  })
  it('gives its name to one to be made only where no shop has it', () => {
    expect(nameForNew(shops, 'West')).toBe('')
    expect(nameForNew(shops, 'Harbour')).toBe('Harbour')
    expect(nameForNew([], 'West')).toBe('West')
  })
})

it('the currencies of a shop to be made are those that the program keeps books in', () => {
  const source = readFileSync(resolve(import.meta.dirname, '../../../crates/domain/src/money.rs'), 'utf8')
  const list = /pub const CURRENCIES[^=]*= &\[([^\]]*)\]/.exec(source)?.[1] ?? ''
  expect(CURRENCIES).toEqual([...list.matchAll(/"([A-Z]{3})"/g)].map(([, code]) => code))
  expect(CURRENCIES.length).toBeGreaterThan(20)
})
