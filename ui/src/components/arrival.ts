/** What is shown only when all of it is known, so that nothing moves when a late part comes in. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** A part that does not come is not waited for: the rest is better than nothing. */
const WAIT_MS = 1_000

/** Turns true when `arrived` first holds, or when it has been waited for long enough; then it stays. */
export function useArrival(arrived: () => boolean): Readonly<Ref<boolean>> {
  const shown = ref(arrived())
  if (shown.value) return shown
  const show = () => {
    shown.value = true
    stop()
    clearTimeout(timer)
  }
  const timer = setTimeout(show, WAIT_MS)
  const stop = watch(arrived, (now) => now && show())
  onScopeDispose(() => clearTimeout(timer))
  return shown
}
