/** A column of a list. */
export interface ListColumn<R> {
  key: string
  title: string
  /** A track of CSS grid: `109px`, `minmax(120px, 1fr)`. Figures get tracks that hold the longest of them. */
  width: string
  /** Figures stand right and are never cut. */
  right?: boolean
  /** Cannot be hidden. */
  fixed?: boolean
  class?: string
  /** The text of a cell, where no slot `cell-<key>` draws it. */
  text?: (row: R) => string
  /** The sorts that pressing the head goes through. */
  sorts?: readonly string[]
  /** Which way the first of `sorts` runs; downwards (largest, newest first) unless said. */
  firstSort?: 'up' | 'down'
}
