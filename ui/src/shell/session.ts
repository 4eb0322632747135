/** Where the program stands: which shop is in front, who is signed in, in which language. */
import { computed, ref, shallowRef } from 'vue'
import type { AppState, Language, StoreChoice } from '@/rpc/bindings'
import { onConnect, onEvent, rpc, rpcErrorOf, type RpcError } from '@/rpc/client'
import { forgetAnswers } from '@/rpc/query'
import { zone } from '@/format'
import { setLanguage } from '@/i18n'
import { followAccess, forgetAccess, ownAccess, refreshAccess } from './access'
import { forgetShop } from './forget'

export const appState = shallowRef<AppState | null>(null)
/** Set while the program cannot be reached. */
export const appError = shallowRef<RpcError | null>(null)
/** The first start, asked for from the sign-in: it is not a phase of the program but a wish of the person. */
export const wantsFirstStart = ref(false)
/** The way back by the recovery sheet, asked for from the sign-in. */
export const wantsRecovery = ref(false)
/** The first sign-in with a one-time code, asked for from the sign-in. */
export const wantsInvitation = ref(false)

/** The screen in front. */
export const front = computed(() => {
  const phase = appState.value?.phase
  if (phase === 'signed_out' && wantsFirstStart.value) return 'first_start'
  if (phase === 'signed_out' && wantsRecovery.value) return 'recovering'
  if (phase === 'signed_out' && wantsInvitation.value) return 'invited'
  return phase ?? null
})
export const isDemo = computed(() => appState.value?.store === 'demo')
export const currency = computed(() => appState.value?.currency ?? 'CNY')

/** Of whom the screens remember something; the person is `null` until the first is known. */
let remembered: { store: StoreChoice; person_id: string | null; isLeft: boolean } | null = null
/** The forgetting that was begun last: two answers may come at once, and neither shows the shop before it is done. */
let forgetting: Promise<void> | undefined

/** Forgets what another shop or another person left, before the shop is shown. What is locked, or signed in to again by the same person, stays as it was. */
async function takeOver({ phase, store, person }: AppState): Promise<void> {
  if (remembered && store !== remembered.store) remembered.isLeft = true
  if (store === null) return
  const person_id = person?.id ?? null
  remembered ??= { store, person_id, isLeft: false }
  if (phase !== 'open') return
  const isOther = remembered.isLeft || (remembered.person_id !== null && remembered.person_id !== person_id)
  remembered = { store, person_id, isLeft: false }
  if (isOther) forgetting = forgetShop()
  await forgetting
}

let asked = 0

/** Asks the program where it stands. The last question wins, so that a slow answer never puts an old screen in front. */
export async function refreshState(): Promise<void> {
  asked += 1
  const mine = asked
  try {
    const state = await rpc('app_state', {})
    if (mine !== asked) return
    await setLanguage(state.language)
    await takeOver(state)
    if (mine !== asked) return
    if (state.phase !== 'open') forgetAccess()
    // The rail is drawn once, with what the person may.
    else if (ownAccess.value === null) await refreshAccess()
    if (mine !== asked) return
    const before = appState.value
    if (state.zone) zone.value = state.zone
    if (state.phase !== 'signed_out') wantsFirstStart.value = wantsRecovery.value = wantsInvitation.value = false
    appState.value = state
    appError.value = null
    if (before && (before.phase !== state.phase || before.store !== state.store)) forgetAnswers()
  } catch (thrown) {
    if (mine === asked) appError.value = rpcErrorOf(thrown)
  }
}

/** Changes the language now and remembers it. An answer that is still on its way knows only the language of before: the program is asked again. */
export async function chooseLanguage(language: Language): Promise<void> {
  asked += 1
  await setLanguage(language)
  if (appState.value) appState.value = { ...appState.value, language }
  try {
    await rpc('language_set', { language })
  } finally {
    await refreshState()
  }
}

export async function lock(): Promise<void> {
  await rpc('lock', {})
  await refreshState()
}

export async function signOut(): Promise<void> {
  await rpc('sign_out', {})
  await refreshState()
}

const SAVED_REFRESH_MS = 15_000
let last_saved_refresh_ms = 0

/** Follows the program: its phase at once, the time of the last save at a walking pace. */
export function followProgram(): void {
  const isOpen = () => appState.value?.phase === 'open'
  followAccess(isOpen)
  onEvent((event) => {
    if (event.event === 'phase') void refreshState().then(() => (isOpen() ? refreshAccess() : undefined))
    if (event.event === 'changed' && performance.now() - last_saved_refresh_ms > SAVED_REFRESH_MS) {
      last_saved_refresh_ms = performance.now()
      void refreshState()
    }
  })
  onConnect(() => void refreshState())
}
