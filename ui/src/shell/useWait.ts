/** A wait that the program asked for after too many attempts, counted down on the screen. */
import { computed, onBeforeUnmount, onMounted, ref } from 'vue'
import type { RpcError } from '@/rpc/client'

export function useWait() {
  const until_ms = ref(0)
  const now_ms = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined
  onMounted(() => {
    timer = setInterval(() => (now_ms.value = Date.now()), 1000)
  })
  onBeforeUnmount(() => clearInterval(timer))
  return {
    wait_s: computed(() => Math.max(0, Math.ceil((until_ms.value - now_ms.value) / 1000))),
    /** Begins the wait that an error names, if it names one. */
    take({ wait_s }: Pick<RpcError, 'wait_s'>): void {
      if (wait_s === null || wait_s <= 0) return
      now_ms.value = Date.now()
      until_ms.value = now_ms.value + wait_s * 1000
    },
  }
}
