/** What each step of setting up is given, and how it says that it is done. */
import type { SetupState } from '@/rpc/bindings'

export interface StepProps {
  state: SetupState
  busy: boolean
  fault: string
}
/** `done` gets the work; `null` means that setting up is over. */
export type StepEmits = (event: 'done', run: () => Promise<SetupState | null>) => void
