/** The arithmetic of charts: round steps, positions, paths. */

/** About `wanted` round steps from 0 to just above `max`: 1, 2 or 5 times a power of ten. */
export function niceSteps(max: number, wanted = 4): number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.8) ?? 10) * power
  const steps = [0]
  while ((steps.at(-1) ?? 0) < max) steps.push(Number((steps.length * step).toPrecision(12)))
  return steps
}

export type XY = readonly [number, number]

/** A path through the points; a missing value breaks the line. */
export function linePath(points: readonly (XY | null)[]): string {
  let path = ''
  let pen = false
  for (const point of points) {
    if (!point) {
      pen = false
      continue
    }
    path += `${pen ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}`
    pen = true
  }
  return path
}

/** The area between two lines with the same x. */
export function bandPath(low: readonly XY[], high: readonly XY[]): string {
  if (low.length === 0) return ''
  return `${linePath(high)}${linePath(low.toReversed()).replace('M', 'L')}Z`
}
