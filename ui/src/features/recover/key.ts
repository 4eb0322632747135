/** The recovery key as it is typed and shown: six groups of five letters and digits. Whether it opens anything is the program's to say. */

/** Characters of a whole key. */
export const KEY_CHARACTERS = 30
const GROUP = 5
export const GROUPS = KEY_CHARACTERS / GROUP

/** What counts of a typed key: blanks, hyphens and case do not, full-width signs are read as plain ones, and O, I and L as the digits they look like. */
export const plainKey = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')

/** The group with this number, from 1. */
export const groupOf = (key: string, number: number): string => plainKey(key).slice((number - 1) * GROUP, number * GROUP)

/** Whether `typed` is the group of `key` with this number. */
export const isGroup = (key: string, number: number, typed: string): boolean => plainKey(typed) === groupOf(key, number)
