/** Locks the screen after some minutes without a touch; jobs go on. The minutes come from the settings. */
import { onEvent, rpc } from '@/rpc/client'

const LOOK_EVERY_MS = 10_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

export function watchIdle(onIdle: () => void): () => void {
  let last_sign_ms = Date.now()
  let idle_lock_min = 0
  const touch = () => (last_sign_ms = Date.now())
  const ask = () => void rpc('settings_get', {}).then((settings) => (idle_lock_min = settings.idle_lock_min), () => undefined)
  ask()
  const stop = onEvent((event) => {
    if (event.event === 'changed' && event.entity === 'setting') ask()
  })
  for (const sign of SIGNS) globalThis.addEventListener(sign, touch, { passive: true })
  const timer = setInterval(() => {
    if (idle_lock_min > 0 && Date.now() - last_sign_ms >= idle_lock_min * 60_000) {
      touch()
      onIdle()
    }
  }, LOOK_EVERY_MS)
  return () => {
    stop()
    clearInterval(timer)
    for (const sign of SIGNS) globalThis.removeEventListener(sign, touch)
  }
}
