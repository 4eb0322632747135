/** Short messages at the edge, at most three; all of them are kept in the notice centre. */
import { computed, ref } from 'vue'
import type { Notice, NoticeLevel } from '@/rpc/bindings'
import { onEvent, rpc, type RpcError } from '@/rpc/client'
import { hasText, t } from '@/i18n'
import { forgetWithShop } from './forget'

export interface Toast {
  id: string
  level: NoticeLevel
  text: string
  at_ms: number
  reference: string | null
  act?: { label: string; run: () => void }
}

const SHOWN_MAX = 3
const KEPT_MAX = 100
const SHOWN_MS = 8_000

export const toasts = ref<Toast[]>([])
export const notices = ref<Toast[]>([])
const seen_at_ms = ref(0)
export const unseen = computed(() => notices.value.filter((notice) => notice.at_ms > seen_at_ms.value && notice.level !== 'info').length)

forgetWithShop(() => {
  toasts.value = []
  notices.value = []
  seen_at_ms.value = 0
})

export function markSeen(): void {
  seen_at_ms.value = Date.now()
}

export function dismiss(id: string): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

function show(toast: Toast): void {
  notices.value = [toast, ...notices.value.filter((notice) => notice.id !== toast.id)].slice(0, KEPT_MAX)
  toasts.value = [...toasts.value.filter((other) => other.id !== toast.id), toast].slice(-SHOWN_MAX)
  // Errors stay until they are dismissed: nobody should have to catch one.
  if (toast.level !== 'error') setTimeout(() => dismiss(toast.id), SHOWN_MS)
}

let made = 0

export function say(text: string, level: NoticeLevel = 'info', act?: Toast['act']): void {
  made += 1
  show({ id: `here-${made}`, level, text, at_ms: Date.now(), reference: null, act })
}

/** Codes whose message says more than the code; the program writes it in the language of the screens. */
const TELLING = new Set(['refused', 'bad_request', 'conflict', 'not_found', 'in_use', 'keyring', 'clock', 'file', 'damaged'])

/** What an error says to the person: the screen's own words for its code; in English the program's message where it says more. */
export function errorText(error: Pick<RpcError, 'code' | 'message'>): string {
  if (error.message !== '' && TELLING.has(error.code)) return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}`
  const key = `common.error.${error.code}`
  return hasText(key) ? t(key) : t('common.error.unknown')
}

export function sayError(error: RpcError): void {
  made += 1
  show({ id: `here-${made}`, level: 'error', text: errorText(error), at_ms: Date.now(), reference: error.reference })
}

function textOf(notice: Notice): string {
  const key = `common.notice.${notice.message_key}`
  return hasText(key) ? t(key, notice.params) : notice.params.join(' · ')
}

export function followNotices(): void {
  onEvent((event) => {
    if (event.event !== 'notice') return
    const { notice } = event
    show({ id: notice.id, level: notice.level, text: textOf(notice), at_ms: notice.at_ms, reference: null })
  })
}

/** The notices of before this window opened, for the centre only. */
export async function loadNotices(): Promise<void> {
  const { notices: earlier } = await rpc('notice_list', {})
  const known = new Set(notices.value.map((notice) => notice.id))
  const added = earlier.filter((notice) => !known.has(notice.id)).map((notice) => ({ id: notice.id, level: notice.level, text: textOf(notice), at_ms: notice.at_ms, reference: null }))
  notices.value = [...notices.value, ...added].sort((a, b) => b.at_ms - a.at_ms).slice(0, KEPT_MAX)
}
