/** An attempt at showing who one is: one at a time, with what was refused said in words, and counted down where the program asks to wait. */
import { computed, nextTick, onScopeDispose, ref, watch } from 'vue'
import { rpcErrorOf, type RpcError } from '@/rpc/client'
import { errorText } from './toasts'

/** What may be wrong of what was typed. Which of name and password it was is not told. */
export type Suspect = 'password' | 'code' | null
const SUSPECTS: Readonly<Record<string, Suspect>> = { wrong_name_or_password: 'password', wrong_code: 'code', code_used: 'code' }

/** `refused` clears what was typed; a code, for one, counts once. `again` puts the cursor where the next attempt begins, as soon as one may be made: at what was wrong last. */
export function useAttempt(refused: (error: RpcError) => void, again: (at: Suspect) => void = () => undefined) {
  const busy = ref(false)
  const fault = ref('')
  const suspect = ref<Suspect>(null)
  let last: Suspect = null
  const until_ms = ref(0)
  const now_ms = ref(Date.now())
  const timer = setInterval(() => (now_ms.value = Date.now()), 1000)
  onScopeDispose(() => clearInterval(timer))
  const wait_s = computed(() => Math.max(0, Math.ceil((until_ms.value - now_ms.value) / 1000)))
  watch(wait_s, (left) => left === 0 && again(last), { flush: 'post' })

  async function attempt(run: () => Promise<void>): Promise<void> {
    if (busy.value || wait_s.value > 0) return
    busy.value = true
    fault.value = ''
    suspect.value = null
    try {
      await run()
    } catch (thrown) {
      const error = rpcErrorOf(thrown)
      now_ms.value = Date.now()
      until_ms.value = now_ms.value + (error.wait_s ?? 0) * 1000
      // A wait says itself, and says nothing any more when it is over.
      fault.value = error.code === 'wait' ? '' : errorText(error)
      suspect.value = SUSPECTS[error.code] ?? null
      // A wait refuses before it looks: what was wrong is what was wrong before it.
      if (error.code !== 'wait') last = suspect.value
      refused(error)
      // What was closed during the attempt is open again by then.
      void nextTick(() => wait_s.value === 0 && again(last))
    } finally {
      busy.value = false
    }
  }
  /** Whether the program would listen now. */
  const isOpen = computed(() => !busy.value && wait_s.value === 0)
  return { busy, fault, suspect, wait_s, isOpen, attempt }
}
