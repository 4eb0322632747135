/** What a screen remembers on this computer: columns, density, the collapsed rail. Never anything of the trade. */

const PREFIX = 'zhanggui.'

export function kept<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + key)
    return text === null ? otherwise : (JSON.parse(text) as T)
  } catch {
    return otherwise
  }
}

export function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value))
  } catch {
    // Storage may be full or forbidden; the screen then only forgets a preference.
  }
}
