/** What a check comes to, in one word: it decides the sentence, and whether there is anything to import. */
import type { ImportReport } from '@/rpc/bindings'

export type Verdict = 'all_bad' | 'bad_known' | 'bad' | 'known' | 'no_sale' | 'good'

export function verdictOf({ lines, new_lines, rejected, adjustments }: Pick<ImportReport, 'lines' | 'new_lines' | 'rejected' | 'adjustments'>): Verdict {
  if (lines === 0) return 'all_bad'
  if (new_lines === 0) return rejected === 0 ? 'known' : 'bad_known'
  if (rejected > 0) return 'bad'
  // Order numbers that look like those of adjustments: a shop that has only such ones would see no sale and no reason.
  return adjustments === lines ? 'no_sale' : 'good'
}
