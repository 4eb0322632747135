/**
 * One registry of shortcuts: it feeds the keyboard, the palette and the `?` sheet. To add one, call `useShortcuts` in the screen
 * that owns it; it is gone with the screen.
 */
import { computed, onScopeDispose, shallowReactive } from 'vue'
import type { MessageKey } from '@/i18n'

export type ShortcutGroup = 'go' | 'list' | 'shell' | 'screen'

export interface Shortcut {
  id: string
  /** `Ctrl+K`, `?`, `G O` (one after the other), `ArrowDown`, `Shift+X`. Several ways are separated by ` | `. */
  keys: string
  label: MessageKey
  group: ShortcutGroup
  run: (event?: KeyboardEvent) => void
  /** Works also while a text field has the focus; needed for Ctrl chords and Esc. */
  inFields?: boolean
  /** Not offered in the palette: it makes sense only by key. */
  keyOnly?: boolean
}

/** Time within which the second key of `G O` has to follow. */
export const CHORD_MS = 1_200

const registry = shallowReactive(new Map<string, Shortcut>())
export const shortcuts = computed(() => [...registry.values()])

export function register(list: readonly Shortcut[]): () => void {
  for (const shortcut of list) registry.set(shortcut.id, shortcut)
  return () => {
    for (const shortcut of list) if (registry.get(shortcut.id) === shortcut) registry.delete(shortcut.id)
  }
}

/** Registers shortcuts for as long as the component lives. */
export function useShortcuts(list: readonly Shortcut[]): void {
  onScopeDispose(register(list))
}

/** The way a key press is written in `keys`. Cmd counts as Ctrl, so that one text serves all three systems. */
export function pressed(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  const isLetter = /^[A-Z0-9]$/.test(key)
  const parts: string[] = []
  if (event.ctrlKey || event.metaKey) parts.push('Ctrl')
  if (event.altKey) parts.push('Alt')
  // A sign such as `?` already says that Shift was held.
  if (event.shiftKey && (isLetter || key.length > 1)) parts.push('Shift')
  parts.push(key === ' ' ? 'Space' : key)
  return parts.join('+')
}

export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit', 'file', 'range'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}

/** Finds the shortcut of a key press, with memory for chords. Kept apart from the window so that it can be tested alone. */
export function makeMatcher(list: () => readonly Shortcut[]) {
  let first = ''
  let first_at_ms = 0
  return (keys: string, at_ms: number, inField: boolean): Shortcut | null => {
    const candidates = list().filter((shortcut) => !inField || shortcut.inFields)
    const ways = (shortcut: Shortcut) => shortcut.keys.split(' | ')
    if (first !== '' && at_ms - first_at_ms <= CHORD_MS) {
      const chord = `${first} ${keys}`
      const found = candidates.find((shortcut) => ways(shortcut).includes(chord))
      first = ''
      if (found) return found
    }
    first = ''
    // The screen in front was registered last; its keys go before those of the shell.
    const found = candidates.findLast((shortcut) => ways(shortcut).includes(keys))
    if (found) return found
    if (candidates.some((shortcut) => ways(shortcut).some((way) => way.startsWith(`${keys} `)))) {
      first = keys
      first_at_ms = at_ms
    }
    return null
  }
}

/** Starts listening on the window. */
export function listenForShortcuts(isBlocked: () => boolean): () => void {
  const match = makeMatcher(() => shortcuts.value)
  const onKey = (event: KeyboardEvent) => {
    // While an input method composes, keys belong to it.
    if (event.isComposing || event.key === 'Process' || event.defaultPrevented || isBlocked()) return
    const found = match(pressed(event), event.timeStamp, isField(event.target))
    if (!found) return
    event.preventDefault()
    found.run(event)
  }
  globalThis.addEventListener('keydown', onKey)
  return () => globalThis.removeEventListener('keydown', onKey)
}

const SHOWN: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Shift: '⇧' }

/** The keys as they are shown: `Ctrl+K` → ['Ctrl', 'K']; only the first way of several. */
export function shownKeys(keys: string): string[] {
  const way = keys.split(' | ')[0] ?? ''
  return way.split(/[+ ]/).map((key) => SHOWN[key] ?? key)
}
