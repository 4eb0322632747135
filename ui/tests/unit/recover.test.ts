import { mount, flushPromises } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLanguage } from '@/i18n'
import type { SetupState } from '@/rpc/bindings'
import { RpcError } from '@/rpc/transport'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', async () => ({ ...(await import('@/rpc/transport')), rpc, isDesktop: false, onEvent: () => () => undefined, onConnect: () => () => undefined }))

const { default: Recover } = await import('@/features/recover/Recover.vue')
const { default: KeyExport } = await import('@/features/settings/KeyExport.vue')
const { default: StepSheet } = await import('@/features/setup/StepSheet.vue')
const { default: RecoverySheet } = await import('@/components/RecoverySheet.vue')
const { groupOf, plainKey } = await import('@/components/recoveryKey')
const { takeFromDoor } = await import('@/features/signin/door')
const { wantsRecovery } = await import('@/shell/session')

const KEY = '0AB1C-DEFGH-JKMNP-QRSTV-WXYZ2-34567'
const NEW_KEY = '7654Z-ZYXWV-TSRQP-NMKJH-GFEDC-1BA00'
const refused = (code: string, message: string, field: string | null = null) => new RpcError({ code, message, field })

beforeAll(() => setLanguage('en'))

describe('a recovery key as typed', () => {
  it.each([
    [' 0ab1c defgh—jkmnp.qrstv wxyz2 34567 ', KEY],
    ['ＯＡＢＩＣ-DEFGH-JKMNP-QRSTV-WXYZ2-34567', KEY],
    ['oab1c-defgh-jkmnp-qrstv-wxyz2-34567', KEY],
  ])('%j is the same key', (typed, key) => expect(plainKey(typed)).toBe(plainKey(key)))
  it('has groups that are counted from one', () => expect([groupOf(KEY, 1), groupOf(KEY, 6)]).toEqual(['0AB1C', '34567']))
})

describe('the recovery sheet on paper', () => {
  const sheet = { shop_name: 'Lin General Store', owner_name: 'Lin Xiao', made_on: '2026-11-22', recovery_codes: ['AAAA-BBBB-CCCC-DDDD', '0123-4567-89AB-CDEF'], recovery_key: KEY }
  const words = { key: 'Key', keep: 'Keep it', ask: 'Group 2 of code 2', finish: 'Finish' }
  const open = (props = {}) => mount(RecoverySheet, { props: { sheet, words, length: 4, fault: '', ...props }, attachTo: document.body })

  it.each([
    ['4567', '4567'],
    [' 45-67 ', '4567'],
    ['４５６７', '4567'],
    ['olab', '01AB'],
  ])('reads %j as the group %s', async (typed, group) => {
    const paper = open()
    await paper.find('#sheet-group').setValue(typed)
    await paper.find('.confirm').trigger('submit')
    expect(paper.emitted('confirm')).toEqual([[group]])
    paper.unmount()
  })
  it.each(['', '456', '45678', '--- -'])('does not go on with %j', async (typed) => {
    const paper = open()
    await paper.find('#sheet-group').setValue(typed)
    expect(paper.find('.primary').attributes('disabled')).toBeDefined()
    await paper.find('.confirm').trigger('submit')
    expect(paper.emitted('confirm')).toBeUndefined()
    paper.unmount()
  })
  it('has no list of codes where only the key is new, and no shop that is not known yet', () => {
    const paper = open({ sheet: { ...sheet, shop_name: '', recovery_codes: [] } })
    expect(paper.find('.codes').exists()).toBe(false)
    expect(paper.find('header').text()).toMatch(/Recovery sheet ?Lin Xiao/)
    paper.unmount()
  })
  it('asks at setting up for the group in which the four characters stand', async () => {
    rpc.mockReset().mockResolvedValue({ ...sheet, confirm_code: 2, confirm_from: 5 })
    const step = mount(StepSheet, { props: { state: {} as SetupState, busy: false, fault: '' } })
    await flushPromises()
    expect(step.find('.confirm label').text()).toContain('group 2 of recovery code 2')
    await step.find('#sheet-group').setValue('4567')
    await step.find('.confirm').trigger('submit')
    await (step.emitted('done') as [() => Promise<unknown>][])[0]?.[0]()
    expect(rpc).toHaveBeenLastCalledWith('setup_finish', { four_characters: '4567' })
    step.unmount()
  })
})

describe('the way back by the recovery sheet', () => {
  beforeEach(() => {
    rpc.mockReset()
    takeFromDoor()
    wantsRecovery.value = true
  })
  const open = () => mount(Recover, { attachTo: document.body })
  type Screen = ReturnType<typeof open>
  const choose = async (screen: Screen, words: string) => {
    await screen.findAll('.pick button').find((button) => button.text().startsWith(words))?.trigger('click')
  }
  const giveKey = async (screen: Screen) => {
    await screen.find('#recover-key').setValue(KEY.toLowerCase())
    await screen.find('form').trigger('submit')
    await flushPromises()
  }

  it('leads straight to a recovery code where only the phone is missing', async () => {
    const screen = open()
    await choose(screen, 'My phone is not at hand')
    expect(takeFromDoor()).toEqual({ name: null, byRecovery: true, note: '' })
    expect(wantsRecovery.value).toBe(false)
    expect(rpc).not.toHaveBeenCalled()
    screen.unmount()
  })
  it('says at the key itself that the key is wrong, and asks no password yet', async () => {
    rpc.mockRejectedValue(refused('refused', 'this recovery key does not belong to this store', 'recovery_key'))
    const screen = open()
    await choose(screen, 'My password;')
    expect(screen.find('button.primary').attributes('disabled')).toBeDefined()
    await giveKey(screen)
    expect(rpc).toHaveBeenCalledWith('recover', { recovery_key: KEY.toLowerCase(), password: '', new_authenticator: false })
    expect(screen.find('[role=alert]').text()).toBe('This recovery key does not belong to this store')
    expect(screen.find('#recover-key').attributes('aria-invalid')).toBe('true')
    expect(screen.find('#recover-password').exists()).toBe(false)
    screen.unmount()
  })
  it('does not blame the key where the shop is at work', async () => {
    rpc.mockRejectedValue(refused('in_use', 'your shop is at work'))
    const screen = open()
    await choose(screen, 'My password;')
    await giveKey(screen)
    expect(screen.find('[role=alert]').text()).toBe('Your shop is at work')
    expect(screen.find('#recover-key').attributes('aria-invalid')).toBeUndefined()
    screen.unmount()
  })
  it('changes the password, shows the new key until it is put away, and leaves the name at the door', async () => {
    const recovered = { name: 'Lin Xiao', recovery_key: NEW_KEY, names_to_add_again: ['Wang', 'Li'], recovery_codes: [], authenticator: null }
    rpc.mockImplementation((command: string, { password }: { password: string }) => {
      if (command === 'password_check') return Promise.resolve({ score: 4, problem: null })
      return password === '' ? Promise.reject(refused('bad_request', 'too short', 'password')) : Promise.resolve(recovered)
    })
    vi.useFakeTimers()
    const screen = open()
    await choose(screen, 'My password;')
    await giveKey(screen)
    await screen.find('#recover-password').setValue('wet slate roofs shine like a mirror')
    await vi.advanceTimersByTimeAsync(300)
    vi.useRealTimers()
    await screen.find('form').trigger('submit')
    await flushPromises()
    expect(rpc).toHaveBeenLastCalledWith('recover', { recovery_key: KEY.toLowerCase(), password: 'wet slate roofs shine like a mirror', new_authenticator: false })
    expect(screen.find('.key').text()).toBe(NEW_KEY)
    expect(screen.text()).toContain('Wang')
    // Nothing leads away from a key that is shown only now.
    expect(screen.find('.leave').exists()).toBe(false)
    expect(screen.find('.steps button').exists()).toBe(false)

    const asked = Number(/group (\d)/.exec(screen.find('.confirm label').text())?.[1])
    await screen.find('#sheet-group').setValue('XXXXX')
    await screen.find('.confirm').trigger('submit')
    expect(screen.find('[role=alert]').exists()).toBe(true)
    expect(wantsRecovery.value).toBe(true)
    await screen.find('#sheet-group').setValue(groupOf(NEW_KEY, asked).toLowerCase())
    await screen.find('.confirm').trigger('submit')
    expect(takeFromDoor()).toMatchObject({ name: 'Lin Xiao', byRecovery: false, note: expect.stringContaining('on your phone') })
    expect(wantsRecovery.value).toBe(false)
    screen.unmount()
  })
  it('gives a new authenticator and a whole new sheet where the phone is gone for good', async () => {
    const authenticator = { totp_uri: 'otpauth://totp/x', secret: 'ABCDEFGHIJKL', qr_svg: '<svg></svg>' }
    const recovered = { name: 'Lin Xiao', recovery_key: NEW_KEY, names_to_add_again: [], recovery_codes: ['AAAA-BBBB-CCCC-DDDD'], authenticator }
    rpc.mockImplementation((command: string, { password }: { password: string }) => {
      if (command === 'password_check') return Promise.resolve({ score: 4, problem: null })
      return password === '' ? Promise.reject(refused('bad_request', 'too short', 'password')) : Promise.resolve(recovered)
    })
    vi.useFakeTimers()
    const screen = open()
    await choose(screen, 'My phone, for good')
    await giveKey(screen)
    await screen.find('#recover-password').setValue('wet slate roofs shine like a mirror')
    await vi.advanceTimersByTimeAsync(300)
    vi.useRealTimers()
    await screen.find('form').trigger('submit')
    await flushPromises()
    expect(rpc).toHaveBeenLastCalledWith('recover', expect.objectContaining({ new_authenticator: true }))
    expect(screen.find('.qr svg').exists()).toBe(true)
    expect(screen.find('.secret').text()).toBe('ABCD EFGH IJKL')
    expect(screen.find('.codes li').text()).toContain('AAAA-BBBB-CCCC-DDDD')
    const asked = Number(/group (\d)/.exec(screen.find('.confirm label').text())?.[1])
    await screen.find('#sheet-group').setValue(groupOf(NEW_KEY, asked))
    await screen.find('.confirm').trigger('submit')
    expect(takeFromDoor()).toMatchObject({ byRecovery: false, note: expect.stringContaining('new authenticator') })
    screen.unmount()
  })
})

describe('the key of the database', () => {
  beforeEach(() => {
    rpc.mockReset()
  })
  const open = () => mount(KeyExport, { props: { open: true }, attachTo: document.body })

  it('wants password and code, shows the key, and forgets it when closed', async () => {
    rpc.mockResolvedValue({ database_key: "x'00ff'" })
    const dialogue = open()
    await dialogue.find('#key-password').setValue('a password of some length')
    for (const [index, digit] of [...'482913'].entries()) await dialogue.findAll('.boxes input')[index]?.setValue(digit)
    await flushPromises()
    expect(rpc).toHaveBeenCalledExactlyOnceWith('key_export', { name: '', password: 'a password of some length', code: '482913' })
    expect((dialogue.find('#key-text').element as HTMLTextAreaElement).value).toBe("x'00ff'")
    await dialogue.setProps({ open: false })
    await dialogue.setProps({ open: true })
    expect(dialogue.find('#key-text').exists()).toBe(false)
    expect((dialogue.find('#key-password').element as HTMLInputElement).value).toBe('')
    dialogue.unmount()
  })
  it('keeps the key to itself where the code was used, and asks the next one', async () => {
    rpc.mockRejectedValue(refused('code_used', 'this code was used already'))
    const dialogue = open()
    await dialogue.find('#key-password').setValue('a password of some length')
    for (const [index, digit] of [...'482913'].entries()) await dialogue.findAll('.boxes input')[index]?.setValue(digit)
    await flushPromises()
    expect(dialogue.find('[role=alert]').text()).toContain('used')
    expect(dialogue.find('#key-text').exists()).toBe(false)
    expect(dialogue.findAll('.boxes input').every((input) => (input.element as HTMLInputElement).value === '')).toBe(true)
    dialogue.unmount()
  })
})
