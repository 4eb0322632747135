/** Jobs on their way: progress comes as events, the end can be awaited. */
import { computed, shallowReactive } from 'vue'
import type { Job, JobRef } from '@/rpc/bindings'
import { onConnect, onEvent, rpc, RpcError } from '@/rpc/client'
import { forgetWithShop } from './forget'

const ENDED_MAX = 20
const known = shallowReactive(new Map<string, Job>())
const waiting = new Map<string, ((job: Job) => void)[]>()
/** Ended jobs of a shop that was left: the program still lists them. One that runs is waited for by somebody. */
const left = new Set<string>()
forgetWithShop(() => {
  for (const [id, job] of known) {
    if (job.state === 'running') continue
    left.add(id)
    known.delete(id)
  }
})

export const jobs = computed(() => [...known.values()].sort((a, b) => b.started_at_ms - a.started_at_ms))
export const runningJobs = computed(() => jobs.value.filter((job) => job.state === 'running'))

export function jobOf(id: string): Job | undefined {
  return known.get(id)
}

function take(job: Job): void {
  if (left.has(job.id)) return
  // Events may overtake the answer of `job_list`; an ended job never runs again.
  if (known.get(job.id) && known.get(job.id)?.state !== 'running' && job.state === 'running') return
  known.set(job.id, job)
  if (job.state === 'running') return
  for (const resolve of waiting.get(job.id) ?? []) resolve(job)
  waiting.delete(job.id)
  const ended = jobs.value.filter((other) => other.state !== 'running')
  for (const old of ended.slice(ENDED_MAX)) known.delete(old.id)
}

export async function loadJobs(): Promise<void> {
  const { jobs: list } = await rpc('job_list', {})
  list.forEach(take)
}

export async function cancelJob(id: string): Promise<void> {
  await rpc('job_cancel', { job_id: id })
}

const LOOK_AGAIN_MS = 2_000

/** Waits for the end of a job and gives its last state; throws what made it fail. A lost event costs only time: it looks itself. */
export async function endOf({ job_id }: JobRef): Promise<Job> {
  const job = await new Promise<Job>((resolve) => {
    const at_once = known.get(job_id)
    if (at_once && at_once.state !== 'running') return resolve(at_once)
    waiting.set(job_id, [...(waiting.get(job_id) ?? []), resolve])
    const timer = setInterval(() => {
      if (waiting.has(job_id)) loadJobs().catch(() => undefined)
      else clearInterval(timer)
    }, LOOK_AGAIN_MS)
    loadJobs().catch(() => undefined)
  })
  if (job.state === 'failed') throw new RpcError(job.error ?? { code: 'unknown' })
  return job
}

export function shareDone(job: Job): number | null {
  return job.total > 0 ? Math.min(1, job.done / job.total) : null
}

export function followJobs(): void {
  onEvent((event) => {
    if (event.event === 'job') take(event.job)
  })
  onConnect(() => loadJobs().catch(() => undefined))
}
