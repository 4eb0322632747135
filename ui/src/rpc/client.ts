/** The one way from the screens to the program: `rpc('today', { shop_ids: [] })`, typed by the generated contract. */
import type { AppEvent, Commands } from './bindings'
import { desktopTransport, httpTransport, rpcErrorOf, type Transport } from './transport'

export { RpcError, rpcErrorOf } from './transport'

export type CommandName = keyof Commands
export type Ask<C extends CommandName> = Commands[C]['ask']
export type Answer<C extends CommandName> = Commands[C]['answer']

type Listener = (event: AppEvent) => void

export const isDesktop = '__TAURI_INTERNALS__' in globalThis

const transport: Transport = isDesktop ? desktopTransport() : httpTransport()
const listeners = new Set<Listener>()
const connect_listeners = new Set<() => void>()

/** The program no longer knows this person, or the screen was locked elsewhere. */
const SHUT = new Set(['signed_out', 'locked'])

/** Asks the program to do `command`. Throws an `RpcError`. */
export async function rpc<C extends CommandName>(command: C, payload: Ask<C>): Promise<Answer<C>> {
  try {
    return (await transport.call(command, payload)) as Answer<C>
  } catch (thrown) {
    const error = rpcErrorOf(thrown)
    // `app_state` is how the answer is found out; asking it again because of itself would never end.
    if (command !== 'app_state' && SHUT.has(error.code)) listeners.forEach((listener) => listener({ event: 'phase' }))
    throw error
  }
}

/** Calls `listener` for each event until the returned function is called. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Calls `listener` whenever events start or resume: what happened in between has to be asked for. */
export function onConnect(listener: () => void): () => void {
  connect_listeners.add(listener)
  return () => connect_listeners.delete(listener)
}

/** Starts listening; called once by the program's start. */
export function startEvents(): void {
  transport.listen(
    (event) => listeners.forEach((listener) => listener(event)),
    () => connect_listeners.forEach((listener) => listener()),
  )
}

/**
 * Tells the desktop window that something is painted: the event `ui_ready`. Over HTTP nobody waits for it.
 * Scripts and the first frame run also where the graphics card never finishes one; a second frame comes only after the first was drawn.
 */
export function sayReady(): void {
  if (!isDesktop) return
  requestAnimationFrame(() => requestAnimationFrame(() => void import('@tauri-apps/api/event').then(({ emit }) => emit('ui_ready')).catch(() => undefined)))
}
