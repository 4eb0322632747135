/**
 * Tells the program that a person is there, and locks the screen after some minutes without a touch; jobs go on. The program keeps the same
 * time by what it is told here, so that figures which a screen asks for by itself keep nothing open. The minutes come from the settings.
 */
import { onEvent, rpc } from '@/rpc/client'

const LOOK_EVERY_MS = 10_000
/** Touches are told this often at most: a moving mouse says a hundred a second. */
const TELL_EVERY_MS = 15_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

export function watchIdle(onIdle: () => void): () => void {
  let last_sign_ms = Date.now()
  let last_told_ms = Number.NEGATIVE_INFINITY
  let idle_lock_min = 0
  let telling: ReturnType<typeof setTimeout> | undefined
  const tell = () => {
    telling = undefined
    last_told_ms = Date.now()
    void rpc('session_use', {}).catch(() => undefined)
  }
  const touch = () => {
    last_sign_ms = Date.now()
    if (last_sign_ms - last_told_ms >= TELL_EVERY_MS) tell()
    else telling ??= setTimeout(tell, TELL_EVERY_MS - (last_sign_ms - last_told_ms))
  }
  const ask = () => void rpc('settings_get', {}).then((settings) => (idle_lock_min = settings.idle_lock_min), () => undefined)
  ask()
  // Whoever came here by a click or a reload is there.
  touch()
  const stop = onEvent((event) => {
    if (event.event === 'changed' && event.entity === 'setting') ask()
  })
  for (const sign of SIGNS) globalThis.addEventListener(sign, touch, { passive: true })
  const timer = setInterval(() => {
    if (idle_lock_min > 0 && Date.now() - last_sign_ms >= idle_lock_min * 60_000) {
      last_sign_ms = Date.now()
      onIdle()
    }
  }, LOOK_EVERY_MS)
  return () => {
    stop()
    clearInterval(timer)
    clearTimeout(telling)
    for (const sign of SIGNS) globalThis.removeEventListener(sign, touch)
  }
}
