/** Light or dark; kept in the browser's own storage as well so that the first paint already has it. */
import { ref } from 'vue'
import type { Theme } from '@/rpc/bindings'
import { keep, kept } from './kept'

const THEMES: ReadonlySet<string> = new Set<Theme>(['system', 'light', 'dark'])
const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

export const theme = ref<Theme>('system')

function apply(): void {
  const shown = theme.value === 'system' ? (dark?.matches ? 'dark' : 'light') : theme.value
  document.documentElement.dataset['theme'] = shown
}

export function setTheme(wanted: Theme): void {
  theme.value = wanted
  keep('theme', wanted)
  apply()
}

export function startTheme(): void {
  const wanted = kept<Theme>('theme', 'system')
  theme.value = THEMES.has(wanted) ? wanted : 'system'
  dark?.addEventListener('change', apply)
  apply()
}
