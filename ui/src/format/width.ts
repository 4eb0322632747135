/** How wide a text is at most, in the size of its font: a Chinese sign is square; a figure takes two thirds in the widest of the fonts that a system puts in. */
export const emsOf = (text: string): number => [...text].reduce((sum, sign) => sum + (/\p{sc=Han}/u.test(sign) ? 1 : 0.65), 0)
