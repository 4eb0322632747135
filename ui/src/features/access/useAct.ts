/** An act on people or roles: one at a time, with what was refused said where it was asked. An act that was thought better of says nothing. */
import { ref } from 'vue'
import { rpcErrorOf } from '@/rpc/client'
import { isCancelled } from '@/shell/stepUp'
import { errorText } from '@/shell/toasts'

export function useAct() {
  const busy = ref(false)
  const fault = ref('')
  /** Whether it was done. */
  async function act(run: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    fault.value = ''
    try {
      await run()
      return true
    } catch (thrown) {
      const error = rpcErrorOf(thrown)
      // Here a refusal says what the giver lacks, which is more than that something is lacking.
      if (!isCancelled(error)) fault.value = error.code === 'forbidden' && error.message !== '' ? error.message : errorText(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, fault, act }
}
