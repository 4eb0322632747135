/** Acts that want a fresh code: asked as any other, and where the program answers `step_up`, the code is asked for once and the act done with it. */
import { shallowRef } from 'vue'
import { rpc, rpcErrorOf, type Answer, type Ask, type CommandName } from '@/rpc/client'
import { RpcError } from '@/rpc/transport'
import { hasText, t } from '@/i18n'

/** An act that waits for its code. */
export interface AwaitedAct {
  /** What it does, in words. */
  text: string
  /** Does it with the code. What is wrong with the code is thrown, and the act waits on; everything else is settled. */
  confirm: (code: string) => Promise<void>
  cancel: () => void
}

/** What the code itself is refused for: another one may be typed. */
const ABOUT_CODE = new Set(['wrong_code', 'code_used', 'wait', 'clock'])
const CANCELLED = 'cancelled'

export const awaitedAct = shallowRef<AwaitedAct | null>(null)

/** Whether nothing went wrong: the person thought better of it. */
export const isCancelled = (error: RpcError): boolean => error.code === CANCELLED

function wordsFor(command: CommandName, name: string): string {
  const key = `access.act.${command}`
  return hasText(key) ? t(key, { name }) : t('access.act.other')
}

function withCode<C extends CommandName>(command: C, payload: Ask<C>, name: string): Promise<Answer<C>> {
  awaitedAct.value?.cancel()
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      if (awaitedAct.value === act) awaitedAct.value = null
      settle()
    }
    const act: AwaitedAct = {
      text: wordsFor(command, name),
      cancel: () => end(() => reject(new RpcError({ code: CANCELLED }))),
      confirm: async (code) => {
        try {
          const { answer } = await rpc('step_up', { command, request: JSON.stringify(payload), code })
          end(() => resolve(JSON.parse(answer) as Answer<C>))
        } catch (thrown) {
          const error = rpcErrorOf(thrown)
          if (ABOUT_CODE.has(error.code)) throw error
          end(() => reject(error))
        }
      },
    }
    awaitedAct.value = act
  })
}

/** Asks the program to do `command`, with a fresh code where it wants one. `name` is whom or what the act is about. Cancelled, it throws what `isCancelled` knows. */
export async function rpcStepped<C extends CommandName>(command: C, payload: Ask<C>, name: string): Promise<Answer<C>> {
  try {
    return await rpc(command, payload)
  } catch (thrown) {
    const error = rpcErrorOf(thrown)
    if (error.code !== 'step_up') throw error
    return withCode(command, payload, name)
  }
}
