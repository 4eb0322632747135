/** How much room a list has, and how long the figures are that it has loaded: tracks are made for the longest. */
import { onScopeDispose, ref } from 'vue'

const WIDE = '(min-width: 1600px)'

/** Whether the window is 1600 px wide and more; follows it. */
export function useWide() {
  const query = globalThis.matchMedia(WIDE)
  const wide = ref(query.matches)
  const follow = (): void => void (wide.value = query.matches)
  query.addEventListener('change', follow)
  onScopeDispose(() => query.removeEventListener('change', follow))
  return wide
}

/** Remembers the longest text seen; it only grows, so that a track never jumps back and forth. */
export function useLongest(least: number, lengthOf: (text: string) => number = (text) => text.length) {
  const letters = ref(least)
  return {
    letters,
    see: (texts: readonly string[]): void => {
      letters.value = texts.reduce((longest, text) => Math.max(longest, lengthOf(text)), letters.value)
    },
  }
}
