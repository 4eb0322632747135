import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import HeatMap from '@/components/chart/HeatMap.vue'

/** Hour 7 sold nothing and is not drawn; Tuesday has no 10. */
const cells = [[1, 7, 0], [1, 9, 3], [1, 10, 1], [1, 11, 2], [2, 9, 5], [2, 11, 1]].map(([weekday = 0, hour = 0, value = 0]) => ({ weekday, hour, value, text: `${weekday} ${hour}` }))

describe('the map of hours by keyboard', () => {
  const open = () => mount(HeatMap, { props: { cells, label: 'hours' }, attachTo: document.body })
  const here = () => (document.activeElement as HTMLElement).dataset['place']

  it('is one stop, at the first cell that is drawn', () => {
    const map = open()
    expect(map.findAll('button[tabindex="0"]').map((cell) => cell.attributes('data-place'))).toEqual(['1 9'])
    map.unmount()
  })
  it.each([
    [['ArrowRight'], '1 10'],
    [['ArrowDown', 'ArrowRight'], '2 11'],
    [['ArrowRight', 'ArrowDown'], '1 10'],
    [['ArrowLeft'], '1 9'],
    [['ArrowUp'], '1 9'],
    [['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowUp'], '1 11'],
  ])('%j leads to %s, which is then the stop', async (keys, place) => {
    const map = open()
    map.find('button').element.focus()
    for (const key of keys) await map.find(`[data-place="${here()}"]`).trigger('keydown', { key })
    expect(here()).toBe(place)
    expect(map.findAll('button[tabindex="0"]').map((cell) => cell.attributes('data-place'))).toEqual([place])
    map.unmount()
  })
})
