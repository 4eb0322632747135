/** What stands on the recovery sheet, as it is shown and typed: letters and digits in groups. Whether they open anything is the program's to say. */

/** Characters of a whole recovery key, in a group of it, and in a group of a recovery code. */
export const KEY_CHARACTERS = 30
export const KEY_GROUP = 5
export const CODE_GROUP = 4

/** What counts of what was typed: blanks, hyphens and case do not, full-width signs are read as plain ones, and O, I and L as the digits they look like. */
export const plainKey = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')

/** The group of a recovery key with this number, from 1. */
export const groupOf = (key: string, number: number): string => plainKey(key).slice((number - 1) * KEY_GROUP, number * KEY_GROUP)
