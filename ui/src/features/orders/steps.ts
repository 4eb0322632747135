/** The timeline of an order in words; the step that is still to come ends it. */
import type { TimelineItem } from '@/components/Timeline.vue'
import { clock, day, isoDateOf } from '@/format'
import { hasText, t } from '@/i18n'
import type { TimelineStep } from '@/rpc/bindings'

function title(step: TimelineStep): string {
  const keys = [...(step.what === '' ? [] : [`orders.past.${step.what}`]), `common.${step.axis}.${step.state}`]
  for (const key of keys) if (hasText(key)) return t(key)
  return t('orders.past.recorded')
}

/** Details come as words of the program's own lists or as plain text; keys are put into the reader's language. */
function detailText(part: string): string {
  for (const key of [`common.channel.${part}`, `orders.tender.${part}`, `orders.rule.${part}`]) if (hasText(key)) return t(key)
  return part
}

/** Steps of one day are told by the clock, others by date and clock. */
export function timelineItems(steps: readonly TimelineStep[]): TimelineItem[] {
  const dates = new Set(steps.flatMap((step) => (step.at_ms === null ? [] : [isoDateOf(step.at_ms)])))
  return steps.map((step) => {
    const when = step.at_ms === null ? t('orders.past.next') : dates.size > 1 ? `${day(isoDateOf(step.at_ms))} ${clock(step.at_ms)}` : clock(step.at_ms)
    const text = [...step.detail.filter((part) => part !== '').map(detailText), step.actor ?? ''].filter((part) => part !== '').join(' · ')
    return { when: step.done ? when : t('orders.past.next'), title: title(step), text, next: !step.done }
  })
}
