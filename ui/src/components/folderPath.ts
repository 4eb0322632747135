/** Paths as this computer writes them, with `/` or with `\` and a letter for the disk: only as far as going up and down needs it. */

const separatorOf = (path: string): string => (/^[A-Za-z]:|\\/.test(path) && !path.startsWith('/') ? '\\' : '/')

/** The folder above, or `null` at the top of a disk. */
export function above(path: string): string | null {
  const separator = separatorOf(path)
  const bare = path.length > 1 && path.endsWith(separator) ? path.slice(0, -1) : path
  const at = bare.lastIndexOf(separator)
  if (at < 0 || bare === separator) return null
  const up = bare.slice(0, at)
  if (up === '') return separator
  return /^[A-Za-z]:$/.test(up) ? up + separator : up
}

/** Asks for what lies in a folder: with a separator at its end, a path goes on inside. */
export function into(path: string): string {
  const separator = separatorOf(path)
  return path.endsWith(separator) ? path : path + separator
}

/** The name of a folder alone; the top of a disk is its own name. */
export function nameOf(path: string): string {
  const up = above(path)
  return up === null ? path : path.slice(into(up).length)
}
