/** What a list remembers while the program runs, so that "back" returns to the same row, and on this computer: columns and density. */
import { forgetWithShop } from '@/shell/forget'
import { keep, kept } from '@/shell/kept'

export interface ListMemory {
  question: string
  rows: readonly unknown[]
  next: string | null
  scroll_px: number
  current: string | null
}

const memories = new Map<string, ListMemory>()
forgetWithShop(() => memories.clear())

export const recall = (list: string): ListMemory | undefined => memories.get(list)
export const remember = (list: string, memory: ListMemory): void => void memories.set(list, memory)

export interface ListLook {
  density: 'compact' | 'roomy'
  hidden: string[]
}

export const keptLook = (list: string): ListLook => kept<ListLook>(`list.${list}`, { density: 'compact', hidden: [] })
export const keepLook = (list: string, look: ListLook): void => keep(`list.${list}`, look)
