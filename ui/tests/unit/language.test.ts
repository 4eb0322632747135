import { afterEach, expect, it, vi } from 'vitest'

const rpc = vi.fn()
vi.mock('@/rpc/client', async (original) => ({ ...(await original<typeof import('@/rpc/client')>()), rpc: (...ask: unknown[]) => rpc(...ask) }))
const { appState, chooseLanguage, refreshState } = await import('@/shell/session')
const { language } = await import('@/i18n')

afterEach(() => {
  rpc.mockReset()
})

it('a language that was chosen is not undone by an answer from before', async () => {
  let kept = 'zh'
  let answer: () => void = () => undefined
  const slow = new Promise<void>((resolve) => (answer = resolve))
  rpc.mockImplementation(async (command: string, ask: { language: string }) => {
    if (command === 'language_set') {
      kept = ask.language
      return {}
    }
    const state = { phase: 'first_start', language: kept }
    if (kept === 'zh') await slow
    return state
  })
  const before = refreshState()
  await chooseLanguage('en')
  answer()
  await before
  expect([language.value, appState.value?.language]).toEqual(['en', 'en'])
})
