import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { setLanguage } from '@/i18n'
import type { FolderLook, SetupState } from '@/rpc/bindings'
import { RpcError } from '@/rpc/transport'

const rpc = vi.hoisted(() => vi.fn())
vi.mock('@/rpc/client', async () => ({ ...(await import('@/rpc/transport')), rpc, isDesktop: false, onEvent: () => () => undefined, onConnect: () => () => undefined }))

const { default: Setup } = await import('@/features/setup/Setup.vue')
const { default: StepSheet } = await import('@/features/setup/StepSheet.vue')
const { default: FolderBrowse } = await import('@/components/FolderBrowse.vue')
const { above, into, nameOf } = await import('@/components/folderPath')
const { takeFromDoor } = await import('@/features/signin/door')

beforeAll(() => setLanguage('en'))

const state = (step: number): SetupState => ({ step, shop_name: 'Lin General Store', currency: 'CNY', zone: 'Asia/Shanghai', owner_name: 'Lin Xiao', backup_dir: '', currencies: ['CNY'], zones: ['Asia/Shanghai'] })
const LOOK: FolderLook = { state: 'empty', same_disk: true, places: [], inside: [] }

describe('setting up', () => {
  let page: VueWrapper
  let asked: string[]
  /** Opens the set-up where the program stands at `step`; each step that is done answers what `answers` says. */
  async function open(step: number, answers: Partial<Record<string, unknown>> = {}): Promise<void> {
    asked = []
    rpc.mockReset().mockImplementation(async (command: string) => {
      asked.push(command)
      if (command === 'setup_state') return state(step)
      if (command === 'setup_authenticator') return { totp_uri: '', secret: 'ABCD', qr_svg: '<svg />' }
      if (command === 'setup_folder') return LOOK
      if (command === 'password_check') return { score: 4, problem: null }
      return answers[command]
    })
    page = mount(Setup, { attachTo: document.body })
    await flushPromises()
    asked.length = 0
  }
  afterEach(() => {
    page.unmount()
    vi.useRealTimers()
  })
  const heading = () => page.find('h1').text()
  const button = (words: string) => page.findAll('button').find((one) => one.text() === words)
  const press = async (words: string) => {
    await button(words)?.trigger('click')
    await flushPromises()
  }
  const submit = async () => {
    await page.find('form').trigger('submit')
    await flushPromises()
  }

  it('goes back step by step, and forward again without asking for what stands', async () => {
    await open(4, { setup_shop: state(4) })
    expect(heading()).toBe('Where do backups go?')
    await press('Back')
    expect([heading(), page.text()]).toEqual(['Scan a code with your phone', expect.stringContaining('Your phone is connected')])
    expect(page.find('.boxes').exists()).toBe(false)
    await press('Back')
    expect(page.find<HTMLInputElement>('#owner-name').element.value).toBe('Lin Xiao')
    expect([page.find('#owner-password').exists(), page.find('.stands').text()]).toEqual([false, expect.stringContaining('The password is set')])
    await press('Back')
    expect([page.find<HTMLInputElement>('#shop-name').element.value, button('Back')]).toEqual(['Lin General Store', undefined])
    asked.length = 0
    await submit()
    expect([heading(), asked]).toEqual(['Who is the owner?', ['setup_shop']])
    asked.length = 0
    await submit()
    expect([heading(), asked.filter((one) => one !== 'setup_authenticator')]).toEqual(['Scan a code with your phone', []])
    await press('Next')
    expect(heading()).toBe('Where do backups go?')
  })
  it.each([
    ['another name', async () => page.find('#owner-name').setValue('Wang')],
    ['another password', async () => button('Choose another password')?.trigger('click')],
  ])('asks the password again for %s, and says that the phone scans again', async (_, change) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await open(4, { setup_owner: state(3) })
    await press('Back')
    await press('Back')
    await change()
    expect(page.text()).toContain('the phone has to scan again')
    expect(button('Next')?.attributes('disabled')).toBeDefined()
    await page.find('#owner-password').setValue('a hat full of river stones')
    await vi.advanceTimersByTimeAsync(300)
    await submit()
    expect(asked).toContain('setup_owner')
    expect([heading(), page.find('.boxes').exists()]).toEqual(['Scan a code with your phone', true])
  })
  it('has no way back from the sheet, and says why', async () => {
    await open(5)
    expect([button('Back'), page.findAll('.steps button').length]).toEqual([undefined, 0])
    expect(page.text()).toContain('cannot change any more')
  })
})

describe('the end of setting up', () => {
  /** Gives the group that is asked for; the program answers `answer` to it. */
  async function finish(answer: Promise<unknown>): Promise<{ ended: Promise<unknown> }> {
    takeFromDoor()
    rpc.mockReset().mockResolvedValueOnce({ shop_name: '', owner_name: '', made_on: '2026-11-22', recovery_codes: ['AAAA-BBBB-CCCC-DDDD'], recovery_key: '0AB1C-DEFGH-JKMNP-QRSTV-WXYZ2-34567', confirm_code: 1, confirm_from: 1 }).mockReturnValueOnce(answer)
    const step = mount(StepSheet, { props: { state: state(5), busy: false, fault: '' } })
    await flushPromises()
    await step.find('#sheet-group').setValue('AAAA')
    await step.find('.confirm').trigger('submit')
    const run = (step.emitted('done') as [() => Promise<unknown>][])[0]?.[0]
    const ended = Promise.resolve(run?.()).catch((error: unknown) => error)
    step.unmount()
    return { ended }
  }
  it('leaves name and what was done at the door, before the program may call for the sign-in', async () => {
    await finish(new Promise(() => undefined))
    expect(takeFromDoor()).toEqual({ name: 'Lin Xiao', byRecovery: false, note: expect.stringContaining('The shop is open') })
  })
  it('and nothing where it was refused', async () => {
    const refused = Promise.reject(new RpcError({ code: 'bad_request', field: 'four_characters' }))
    // It is asked for a moment after it was refused.
    refused.catch(() => undefined)
    const { ended } = await finish(refused)
    expect(await ended).toMatchObject({ field: 'four_characters' })
    expect(takeFromDoor()).toEqual({ name: null, byRecovery: false, note: '' })
  })
})

describe('a path', () => {
  it.each([
    ['/home/lin/backups', '/home/lin', '/home/lin/backups/', 'backups'],
    ['/home/', '/', '/home/', 'home/'],
    ['/', null, '/', '/'],
    ['E:\\shop\\backups', 'E:\\shop', 'E:\\shop\\backups\\', 'backups'],
    ['E:\\shop', 'E:\\', 'E:\\shop\\', 'shop'],
    ['E:\\', null, 'E:\\', 'E:\\'],
  ])('%s lies in %s', (path, up, inside, name) => expect([above(path), into(path), nameOf(path)]).toEqual([up, inside, name]))
})

describe('browsing folders', () => {
  const TREE: Readonly<Record<string, string[]>> = { '/': ['/home', '/media'], '/home': ['/home/lin'], '/home/lin': ['/home/lin/Documents'], '/home/lin/Documents': [], '/media': [] }
  const look = vi.fn(async (path: string): Promise<FolderLook> => {
    if (path === '') return { ...LOOK, places: [{ path: '/home/lin/Zhanggui backups', same_disk: true }] }
    const bare = path.length > 1 ? path.slice(0, -1) : path
    return { ...LOOK, state: bare in TREE ? 'there' : 'new', inside: TREE[bare] ?? [] }
  })
  beforeEach(() => {
    look.mockClear()
  })
  const open = async (from: string) => {
    const box = mount(FolderBrowse, { props: { look, from, open: true }, attachTo: document.body })
    await flushPromises()
    return box
  }
  const listed = (box: VueWrapper) => box.findAll('li button').map((one) => one.text())
  const press = async (box: VueWrapper, words: string) => {
    await box.findAll('button').find((one) => one.text() === words)?.trigger('click')
    await flushPromises()
  }

  it('begins at what is typed, or at the nearest folder above it, or where the own place lies', async () => {
    for (const [from, at] of [['/home/lin', '/home/lin'], ['/home/lin/not/there', '/home/lin'], ['', '/home/lin']] as const) {
      const box = await open(from)
      expect(box.find('.at .mono').text()).toBe(at)
      box.unmount()
    }
  })
  it('goes down and up, and gives the folder that it stands in', async () => {
    const box = await open('/home')
    await press(box, 'lin')
    expect(listed(box)).toEqual(['Documents'])
    await press(box, 'Documents')
    expect(box.text()).toContain('There are no folders in here')
    for (let times = 0; times < 3; times += 1) await press(box, 'Up one level')
    expect([listed(box), box.findAll('button').find((one) => one.text() === 'Up one level')?.attributes('disabled')]).toEqual([['home', 'media'], ''])
    await press(box, 'media')
    await press(box, 'Use this folder')
    expect([box.emitted('take'), box.emitted('update:open')]).toEqual([[['/media']], [[false]]])
    box.unmount()
  })
  it('says where nothing can be seen', async () => {
    look.mockRejectedValueOnce(new RpcError({ code: 'forbidden' }))
    const box = await open('/home')
    expect([box.find('[role=alert]').exists(), box.find('.primary').attributes('disabled')]).toEqual([true, ''])
    box.unmount()
  })
})
