export * from './date'
export * from './number'
export * from './names'
export * from './width'
