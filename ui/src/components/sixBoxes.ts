/** The rules of the six boxes, without the boxes: what stands in them after a key, a paste or a deletion, and where the focus goes. */

export const BOXES = 6

/** Digits of any width: an input method or a phone may give full-width ones. */
export function digitsOf(text: string): string {
  return text.normalize('NFKC').replaceAll(/\D/g, '')
}

export interface Boxes {
  digits: string[]
  focus: number
}

export const emptyBoxes = (): string[] => Array.from({ length: BOXES }, () => '')

/** Writes `text` from box `at` on; a whole code replaces everything wherever it is pasted. */
export function write(digits: readonly string[], at: number, text: string): Boxes {
  const found = digitsOf(text)
  if (found === '') return { digits: [...digits], focus: at }
  const from = found.length >= BOXES ? 0 : at
  const next = [...digits]
  const written = found.slice(0, BOXES - from)
  for (const [index, digit] of [...written].entries()) next[from + index] = digit
  return { digits: next, focus: Math.min(BOXES - 1, from + written.length) }
}

/** Backspace empties the box; on an empty one it empties the one before. */
export function erase(digits: readonly string[], at: number): Boxes {
  const next = [...digits]
  if (next[at] !== '') {
    next[at] = ''
    return { digits: next, focus: at }
  }
  const before = Math.max(0, at - 1)
  next[before] = ''
  return { digits: next, focus: before }
}

export const isFull = (digits: readonly string[]): boolean => digits.length === BOXES && digits.every((digit) => digit !== '')
