/** What the sign-in begins with when somebody comes to it from setting up or from the recovery sheet. It counts for one coming. */
export interface Door {
  name: string | null
  byRecovery: boolean
  /** What was just done, said above the fields. */
  note: string
}
const PLAIN: Door = { name: null, byRecovery: false, note: '' }
let left: Door = PLAIN

export function leaveAtDoor(door: Partial<Door>): void {
  left = { ...PLAIN, ...door }
}
export function takeFromDoor(): Door {
  const found = left
  left = PLAIN
  return found
}
