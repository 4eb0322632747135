/** What the parts with a state of their own have in common: the state is asked again after each act, a fault stands where it was made, a job is waited for. */
import { ref } from 'vue'
import type { Job, JobRef } from '@/rpc/bindings'
import { rpcErrorOf } from '@/rpc/client'
import { t, type MessageKey } from '@/i18n'
import { endOf } from '@/shell/jobs'
import { errorText } from '@/shell/toasts'

/** `field` is the one that the part writes; what is wrong with it has words of its own. */
export function usePart(status: { refresh: () => Promise<void> }, field: 'backup_dir' | 'url') {
  const fault = ref('')
  const running = ref(false)

  async function attempt(run: () => Promise<unknown>): Promise<void> {
    fault.value = ''
    try {
      await run()
      await status.refresh()
    } catch (thrown) {
      const error = rpcErrorOf(thrown)
      fault.value = error.field === field ? t(`settings.fault.${field}` as MessageKey) : errorText(error)
    }
  }
  /** A job that was cancelled was not done, and nothing is said of it. */
  async function runJob(start: () => Promise<JobRef>, done: (job: Job) => void): Promise<void> {
    running.value = true
    await attempt(async () => {
      const job = await endOf(await start())
      if (job.state === 'done') done(job)
    })
    running.value = false
  }
  return { fault, running, attempt, runJob }
}
