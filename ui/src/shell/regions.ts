/** The regions of the window, gone through by F6: rail, bar, page, and the row beside a list. An element is one by `data-region`. */

const STOPS = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]'

/** Puts the cursor on the first stop of the next region, or of the one before. A region within another comes after it. */
export function goToRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')]
  const here = regions.findLastIndex((region) => region.contains(document.activeElement))
  const from = here < 0 && step < 0 ? 0 : here
  for (let away = 1; away <= regions.length; away += 1) {
    const region = regions[(from + step * away + regions.length * 2) % regions.length]
    const stop = [...(region?.querySelectorAll<HTMLElement>(STOPS) ?? [])].find((one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }))
    if (stop) return stop.focus()
  }
}
