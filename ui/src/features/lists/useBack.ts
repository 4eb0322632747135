/** "Back to the list": the step before, where the list was one; else the list itself, as it was left. */
import type { Router } from 'vue-router'

export function useBack(router: Router, list: string): () => void {
  return () => {
    const before: unknown = router.options.history.state['back']
    if (typeof before === 'string' && (before === list || before.startsWith(`${list}?`))) router.back()
    else void router.push(list)
  }
}
