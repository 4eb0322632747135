/** What a list screen reaches of its list: the looks it keeps, the columns shown, the row in the peek. */
import type { ListLook } from '@/components/list/memory'

export interface ListHandle<R> {
  look: ListLook
  columns: readonly { key: string }[]
  currentRow: R | undefined
}
