/** What a check comes to, in one word: it decides the sentence, and whether there is anything to import. */
import type { ImportReport } from '@/rpc/bindings'

export type Verdict = 'empty' | 'all_bad' | 'bad_known' | 'bad' | 'known' | 'good'

export function verdictOf({ lines, new_lines, rejected }: Pick<ImportReport, 'lines' | 'new_lines' | 'rejected'>): Verdict {
  if (lines === 0) return rejected === 0 ? 'empty' : 'all_bad'
  if (new_lines === 0) return rejected === 0 ? 'known' : 'bad_known'
  return rejected === 0 ? 'good' : 'bad'
}
