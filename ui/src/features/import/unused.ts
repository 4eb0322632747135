/** Columns of the file that nothing is read from: they are named, so that nothing is swallowed in silence. */
import type { FieldMapping } from '@/rpc/bindings'

export const unusedColumns = (columns: readonly string[], mapping: readonly Pick<FieldMapping, 'column'>[]): string[] =>
  columns.filter((heading, index) => heading.trim() !== '' && !mapping.some(({ column }) => column === index))
