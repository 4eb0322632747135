/** An attempt at showing who one is: one at a time, with what was refused said in words, and counted down where the program asks to wait. */
import { computed, onScopeDispose, ref } from 'vue'
import { rpcErrorOf, type RpcError } from '@/rpc/client'
import { errorText } from './toasts'

/** `refused` clears what was typed; a code, for one, counts once. */
export function useAttempt(refused: (error: RpcError) => void) {
  const busy = ref(false)
  const fault = ref('')
  const until_ms = ref(0)
  const now_ms = ref(Date.now())
  const timer = setInterval(() => (now_ms.value = Date.now()), 1000)
  onScopeDispose(() => clearInterval(timer))
  const wait_s = computed(() => Math.max(0, Math.ceil((until_ms.value - now_ms.value) / 1000)))

  async function attempt(run: () => Promise<void>): Promise<void> {
    if (busy.value || wait_s.value > 0) return
    busy.value = true
    fault.value = ''
    try {
      await run()
    } catch (thrown) {
      const error = rpcErrorOf(thrown)
      now_ms.value = Date.now()
      until_ms.value = now_ms.value + (error.wait_s ?? 0) * 1000
      // A wait says itself, and says nothing any more when it is over.
      fault.value = error.code === 'wait' ? '' : errorText(error)
      refused(error)
    } finally {
      busy.value = false
    }
  }
  /** Whether the program would listen now. */
  const isOpen = computed(() => !busy.value && wait_s.value === 0)
  return { busy, fault, wait_s, isOpen, attempt }
}
