/** What the person in front may. The screens only leave out what would be refused: the program decides. */
import { shallowRef } from 'vue'
import type { OwnAccess } from '@/rpc/bindings'
import { onEvent, rpc, rpcErrorOf } from '@/rpc/client'

/** `null` while it is not known: then everything is offered, and the program refuses what may not be. */
export const ownAccess = shallowRef<OwnAccess | null>(null)

export const may = (right: string): boolean => ownAccess.value?.rights.includes(right) ?? true

let asked = 0

/** Asks the program again. The last question wins. What cannot be asked leaves what was known. */
export async function refreshAccess(): Promise<void> {
  asked += 1
  const mine = asked
  try {
    const found = await rpc('access_own', {})
    if (mine === asked) ownAccess.value = found
  } catch (thrown) {
    if (mine === asked && rpcErrorOf(thrown).code === 'forbidden') ownAccess.value = { rights: [], roles: [], fields: [] }
  }
}

/** The person left, or another one is coming. */
export function forgetAccess(): void {
  asked += 1
  ownAccess.value = null
}

const SAYS_WHO_MAY = new Set(['person', 'role'])

export function followAccess(isOpen: () => boolean): void {
  onEvent((event) => {
    if (event.event === 'changed' && SAYS_WHO_MAY.has(event.entity) && isOpen()) void refreshAccess()
  })
}
