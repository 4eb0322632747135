/** How a command reaches the program: inside the desktop window, or over HTTP on loopback. The answers are the same. */
import type { AppEvent, WireError } from './bindings'

export interface Transport {
  call(command: string, payload: unknown): Promise<unknown>
  /** `on_event` gets each event; `on_connect` is called at each (re)connection, since events may have been lost before it. */
  listen(on_event: (event: AppEvent) => void, on_connect: () => void): void
}

/** What the program refused or could not do. The screen acts on `code` only. */
export class RpcError extends Error {
  readonly code: string
  readonly reference: string | null
  readonly field: string | null
  readonly wait_s: number | null
  constructor(wire: Partial<WireError>) {
    super(wire.message ?? '')
    this.name = 'RpcError'
    this.code = wire.code ?? 'unknown'
    this.reference = wire.reference ?? null
    this.field = wire.field ?? null
    this.wait_s = wire.wait_s ?? null
  }
}

/** Whatever a host threw, as an `RpcError`. */
export function rpcErrorOf(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown
  if (thrown !== null && typeof thrown === 'object' && 'code' in thrown) return new RpcError(thrown as Partial<WireError>)
  return new RpcError({ code: 'unknown', message: typeof thrown === 'string' ? thrown : '' })
}

const RECONNECT_MS = 2_000

/** The headless host: JSON over same-origin HTTP; the session is a cookie that scripts cannot read. */
export function httpTransport(): Transport {
  return {
    async call(command, payload) {
      let answer: Response
      try {
        answer = await fetch(`/rpc/${command}`, {
          method: 'POST',
          credentials: 'same-origin',
          headers: { 'content-type': 'application/json', 'x-zhanggui': '1' },
          body: JSON.stringify(payload),
        })
      } catch {
        throw new RpcError({ code: 'unreachable' })
      }
      const text = await answer.text()
      let body: unknown = null
      try {
        body = text === '' ? {} : JSON.parse(text)
      } catch {
        throw new RpcError({ code: 'unreachable' })
      }
      if (!answer.ok) throw rpcErrorOf(body)
      return body
    },
    listen(on_event, on_connect) {
      const open = () => {
        const source = new EventSource('/events')
        source.addEventListener('open', on_connect)
        source.addEventListener('message', (message: MessageEvent<string>) => on_event(JSON.parse(message.data) as AppEvent))
        source.addEventListener('error', () => {
          // The browser reconnects by itself unless the host refused; then only a new source helps.
          if (source.readyState === EventSource.CLOSED) setTimeout(open, RECONNECT_MS)
        })
      }
      open()
    },
  }
}

/** The desktop window: one command `rpc`, one event channel. */
export function desktopTransport(): Transport {
  return {
    async call(command, payload) {
      const { invoke } = await import('@tauri-apps/api/core')
      try {
        return await invoke('rpc', { cmd: command, payload })
      } catch (thrown) {
        throw rpcErrorOf(thrown)
      }
    },
    listen(on_event, on_connect) {
      import('@tauri-apps/api/event')
        .then(({ listen }) => listen<AppEvent>('event', (message) => on_event(message.payload)))
        .then(on_connect, () => undefined)
    },
  }
}
