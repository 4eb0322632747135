/** About how wide a text is, in the size of its font: a Chinese sign is square, a figure or Latin letter takes six tenths. */
export const emsOf = (text: string): number => [...text].reduce((sum, sign) => sum + (/\p{sc=Han}/u.test(sign) ? 1 : 0.6), 0)
