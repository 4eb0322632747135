/** What each step of setting up is given, and how it says that it is done. */
import type { SetupState } from '@/rpc/bindings'

export interface StepProps {
  state: SetupState
  busy: boolean
  fault: string
}
/** `done` gets the work, or `null` where the step stands as it was done before; work that answers `null` ends the setting up. */
export type StepEmits = (event: 'done', run: (() => Promise<SetupState | null>) | null) => void
