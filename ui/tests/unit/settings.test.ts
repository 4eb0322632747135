import { mount, flushPromises } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLanguage } from '@/i18n'
import { RpcError } from '@/rpc/transport'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', async () => ({ ...(await import('@/rpc/transport')), rpc, isDesktop: false, onEvent: () => () => undefined, onConnect: () => () => undefined }))

const { default: PasswordChange } = await import('@/features/settings/PasswordChange.vue')
const { default: ShopsPart } = await import('@/features/settings/ShopsPart.vue')

const OLD = 'a password of some length'
const NEW = 'four green plates in a rack'

beforeAll(() => setLanguage('en'))
beforeEach(() => {
    rpc.mockReset()
  })

describe('a new password', () => {
  /** Types everything into an open dialogue; what is asked of the program is answered by `change`. */
  async function typed(change: () => Promise<unknown>) {
    vi.useFakeTimers()
    rpc.mockImplementation((command: string) => (command === 'password_check' ? Promise.resolve({ score: 4, problem: null }) : change()))
    const dialogue = mount(PasswordChange, { props: { open: true }, attachTo: document.body })
    await dialogue.find('#password-now').setValue(OLD)
    await dialogue.find('#password-new').setValue(NEW)
    await vi.advanceTimersByTimeAsync(300)
    vi.useRealTimers()
    for (const [index, digit] of [...'482913'].entries()) await dialogue.findAll('.boxes input')[index]?.setValue(digit)
    await flushPromises()
    return dialogue
  }
  const asked = () => rpc.mock.calls.filter(([command]) => command === 'password_change')
  const codeOf = (dialogue: Awaited<ReturnType<typeof typed>>) => dialogue.findAll('.boxes input').map((input) => (input.element as HTMLInputElement).value).join('')

  it('is asked for with the present one and a code, and the dialogue closes', async () => {
    const dialogue = await typed(() => Promise.resolve({}))
    expect(asked()).toEqual([['password_change', { name: '', password: OLD, code: '482913', new_password: NEW }]])
    expect(dialogue.emitted('update:open')).toEqual([[false]])
    await dialogue.setProps({ open: false })
    await dialogue.setProps({ open: true })
    expect((dialogue.find('#password-new').element as HTMLInputElement).value).toBe('')
    dialogue.unmount()
  })
  it('that cannot be used is told at its own field, and the code stays', async () => {
    const dialogue = await typed(() => Promise.reject(new RpcError({ code: 'bad_request', message: 'this is the password of now: choose another one', field: 'new_password' })))
    expect(dialogue.find('[role=alert]').text()).toContain('password of now')
    expect(dialogue.find('#password-new').attributes('aria-invalid')).toBe('true')
    expect([dialogue.emitted('update:open'), codeOf(dialogue)]).toEqual([undefined, '482913'])
    dialogue.unmount()
  })
  it('is not taken with a wrong code, which is cleared', async () => {
    const dialogue = await typed(() => Promise.reject(new RpcError({ code: 'wrong_code' })))
    expect(dialogue.find('[role=alert]').exists()).toBe(true)
    expect([dialogue.emitted('update:open'), codeOf(dialogue)]).toEqual([undefined, ''])
    dialogue.unmount()
  })
})

describe('the shops', () => {
  const shops = { shops: [{ id: 's1', name: 'Riverside', currency: 'CNY', zone: 'Asia/Shanghai' }, { id: 's2', name: 'Quay', currency: 'GBP', zone: 'Europe/London' }], categories: [] }
  async function shown(act: () => Promise<unknown> = () => Promise.resolve(shops)) {
    rpc.mockImplementation((command: string) => (command === 'shop_list' ? Promise.resolve(shops) : act()))
    const part = mount(ShopsPart, { attachTo: document.body })
    await flushPromises()
    return part
  }
  const acts = () => rpc.mock.calls.filter(([command]) => command !== 'shop_list')

  it('are listed, and one gets another name', async () => {
    const part = await shown()
    expect(part.findAll('.name').map((name) => name.text())).toEqual(['Riverside', 'Quay'])
    await part.find('[aria-label="Rename Quay"]').trigger('click')
    expect((part.find('#shop-name-field').element as HTMLInputElement).value).toBe('Quay')
    await part.find('#shop-name-field').setValue('Harbour')
    await part.find('form').trigger('submit')
    await flushPromises()
    expect(acts()).toEqual([['shop_rename', { id: 's2', name: 'Harbour' }]])
    expect(part.find('#shop-name-field').exists()).toBe(false)
    part.unmount()
  })
  it('get one more, in currency and zone of the first unless others are chosen', async () => {
    const part = await shown()
    await part.find('.acts button').trigger('click')
    expect(part.find('form .btn.primary').attributes('disabled')).toBeDefined()
    await part.find('#shop-name-field').setValue('Pier')
    await part.find('#shop-currency-field').setValue('GBP')
    await part.find('form').trigger('submit')
    await flushPromises()
    expect(acts()).toEqual([['shop_add', { name: 'Pier', currency: 'GBP', zone: 'Asia/Shanghai' }]])
    part.unmount()
  })
  it('say what is wrong with a name, which stays to be mended', async () => {
    const part = await shown(() => Promise.reject(new RpcError({ code: 'bad_request', message: 'there is a shop called Quay already: choose another name', field: 'name' })))
    await part.find('[aria-label="Rename Riverside"]').trigger('click')
    await part.find('#shop-name-field').setValue('quay')
    await part.find('form').trigger('submit')
    await flushPromises()
    expect(part.find('[role=alert]').text()).toContain('called Quay already')
    expect((part.find('#shop-name-field').element as HTMLInputElement).value).toBe('quay')
    part.unmount()
  })
})
