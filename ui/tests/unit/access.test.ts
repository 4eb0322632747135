import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GrantRow, RoleRow } from '@/rpc/bindings'
import { setLanguage } from '@/i18n'
import { RpcError } from '@/rpc/transport'
import { draftOf, savedOf } from '@/features/access/draft'
import { byArea } from '@/features/access/areas'
import { beginOf, zone } from '@/format'
import { isAllowed, landingFor, placesFor } from '@/shell/places'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', async () => ({ ...(await import('@/rpc/transport')), rpc, isDesktop: false, onEvent: () => () => undefined, onConnect: () => () => undefined }))
const { forgetAccess, may, refreshAccess } = await import('@/shell/access')

const holding = (...rights: string[]) => (right: string) => rights.includes(right)

describe('the rail', () => {
  it.each([
    ['the owner', ['figure.read', 'order.read', 'product.read', 'customer.read'], ['today', 'orders', 'products', 'customers', 'analysis'], 'today'],
    ['a clerk', ['order.read', 'product.read', 'customer.read'], ['orders', 'products', 'customers'], 'orders'],
    ['the warehouse', ['order.read', 'product.read'], ['orders', 'products'], 'orders'],
    ['marketing', ['figure.read', 'product.read', 'customer.read'], ['today', 'products', 'customers', 'analysis'], 'today'],
    ['whoever gives rights', ['person.read', 'role.write'], [], 'settings'],
  ])('of %s shows what they may see, and they begin at its first entry', (_, rights, places, landing) => {
    const of = holding(...rights)
    expect([placesFor(of).map((place) => place.id), landingFor(of).id]).toEqual([places, landing])
  })
  it('has no right for what is everybody’s', () => {
    expect(isAllowed({}, holding())).toBe(true)
  })
})

describe('what the person may', () => {
  beforeEach(() => {
    rpc.mockReset()
    forgetAccess()
  })
  it('is offered whole while it is not known, and as the program says afterwards', async () => {
    expect(may('order.read')).toBe(true)
    rpc.mockResolvedValue({ rights: ['order.read'], roles: [], fields: [] })
    await refreshAccess()
    expect([may('order.read'), may('figure.read')]).toEqual([true, false])
  })
  it('stays as it was where the program cannot be asked', async () => {
    rpc.mockResolvedValueOnce({ rights: [], roles: [], fields: [] })
    await refreshAccess()
    rpc.mockRejectedValueOnce(new RpcError({ code: 'unreachable' }))
    await refreshAccess()
    expect(may('order.read')).toBe(false)
  })
  it('is not that of whoever left meanwhile', async () => {
    let answer: (value: unknown) => void = () => undefined
    rpc.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
    const asked = refreshAccess()
    forgetAccess()
    answer({ rights: [], roles: [], fields: [] })
    await asked
    expect(may('order.read')).toBe(true)
  })
})

describe('a role that is changed', () => {
  beforeAll(() => setLanguage('en'))
  const grant = (right: string, more: Partial<GrantRow> = {}): GrantRow => ({ right, effect: 'allow', reach: 'shop', amount_minor: null, percent_bp: null, per_day: null, ...more })
  const role = (...grants: GrantRow[]): RoleRow => ({ id: 'r1', version: 3, word: null, name: 'Counter', is_closed: false, held_by: 0, grants, fields: [{ field: 'customer_phone', mode: 'masked' }] })

  it('and left as it is says the same again, denials and further grants too', () => {
    const grants = [grant('order.read'), grant('refund.create', { amount_minor: 20_050, per_day: 10, percent_bp: 500 }), grant('order.read', { reach: 'own' }), grant('order.cancel', { effect: 'deny', reach: 'all' })]
    expect(savedOf(draftOf(role(...grants), 'CNY'), 'CNY')).toEqual({ id: 'r1', version: 3, name: 'Counter', is_closed: false, grants, fields: [{ field: 'customer_phone', mode: 'masked' }] })
  })
  it.each([
    ['200.50', 'CNY', 20_050],
    ['1,200', 'CNY', 120_000],
    ['３００', 'JPY', 300],
    ['', 'CNY', null],
  ])('takes a limit of "%s" %s', (amount, currency, minor) => {
    const draft = { ...draftOf(role(grant('refund.create')), currency), amount }
    expect(savedOf(draft, currency)?.grants[0]?.amount_minor).toBe(minor)
  })
  it.each(['-1', 'much', '1e9'])('takes no limit of "%s"', (amount) => {
    expect(savedOf({ ...draftOf(role(grant('refund.create')), 'CNY'), amount }, 'CNY')).toBeNull()
  })
  it('loses a right that reaches nothing', () => {
    const draft = draftOf(role(grant('order.read'), grant('order.ship')), 'CNY')
    draft.reaches['order.ship'] = 'none'
    expect(savedOf(draft, 'CNY')?.grants.map((one) => one.right)).toEqual(['order.read'])
  })
})

describe('rights by what they are about', () => {
  it('keep their order, and a new one stands with the computer', () => {
    const rows = ['till.open', 'refund.create', 'order.read'].map((name) => ({ name }))
    expect(byArea(rows).map(({ area, rows: found }) => [area, found.map((row) => row.name)])).toEqual([['trade', ['refund.create', 'order.read']], ['computer', ['till.open']]])
  })
})

describe('a business date', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-22', '2026-11-21T16:00:00.000Z'],
    ['Europe/London', '2026-03-30', '2026-03-29T23:00:00.000Z'],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z'],
    ['America/New_York', '2026-11-02', '2026-11-02T05:00:00.000Z'],
  ])('in %s, %s, begins at %s', (at, iso, instant) => {
    zone.value = at
    expect(new Date(beginOf(iso)).toISOString()).toBe(instant)
  })
})
