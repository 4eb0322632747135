import { mount } from '@vue/test-utils'
import { beforeAll, expect, it } from 'vitest'
import FigureName from '@/components/FigureName.vue'
import i18n, { setLanguage } from '@/i18n'

beforeAll(() => setLanguage('en'))

it('resting on the name of a figure says what it means', () => {
  const name = mount(FigureName, { props: { figure: 'turnover' }, global: { plugins: [i18n] } })
  expect(name.find('button').attributes('title')).toContain('multiple of the average stock')
  name.unmount()
})
