import { mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import SixBoxes from '@/components/SixBoxes.vue'
import { digitsOf, emptyBoxes, erase, isFull, write } from '@/components/sixBoxes'
import { setLanguage } from '@/i18n'

describe('the rules of six boxes', () => {
  it.each([
    ['482 913', '482913'],
    ['４８２９１３', '482913'],
    ['code: 48-29-13', '482913'],
    ['abc', ''],
  ])('reads %j as %j', (text, digits) => expect(digitsOf(text)).toBe(digits))
  it('writes a digit and goes on', () => expect(write(emptyBoxes(), 0, '4')).toEqual({ digits: ['4', '', '', '', '', ''], focus: 1 }))
  it('writes a whole code from the first box wherever it is pasted', () => {
    const { digits } = write(['1', '2', '3', '', '', ''], 3, '482913')
    expect(digits.join('')).toBe('482913')
    expect(isFull(digits)).toBe(true)
  })
  it('keeps what stands when letters are typed', () => expect(write(['1', '', '', '', '', ''], 1, 'x')).toEqual({ digits: ['1', '', '', '', '', ''], focus: 1 }))
  it('never writes beyond the last box', () => expect(write(['1', '2', '3', '4', '', ''], 4, '5678').digits.join('')).toBe('123456'))
  it('erases the box, then the one before', () => {
    const once = erase(['4', '8', '', '', '', ''], 2)
    expect(once).toEqual({ digits: ['4', '', '', '', '', ''], focus: 1 })
    expect(erase(once.digits, 0)).toEqual({ digits: ['', '', '', '', '', ''], focus: 0 })
  })
})

describe('the six boxes', () => {
  beforeAll(() => setLanguage('en'))
  const make = () => mount(SixBoxes, { props: { modelValue: '', label: 'code' }, attachTo: document.body })

  it('says full once, when the last digit is typed', async () => {
    const boxes = make()
    for (const [index, digit] of [...'482913'].entries()) {
      const input = boxes.findAll('input')[index]
      await input?.setValue(digit)
    }
    expect(boxes.emitted('full')).toEqual([['482913']])
    boxes.unmount()
  })
  it('takes a pasted code with blanks', async () => {
    const boxes = make()
    const paste = new Event('paste', { bubbles: true, cancelable: true })
    Object.assign(paste, { clipboardData: { getData: () => ' 482 913 ' } })
    boxes.findAll('input')[2]?.element.dispatchEvent(paste)
    await nextTick()
    expect(boxes.emitted('full')).toEqual([['482913']])
    expect(boxes.findAll('input').map((input) => input.element.value).join('')).toBe('482913')
    boxes.unmount()
  })
  it('names each box for those who listen', () => {
    const boxes = make()
    expect(boxes.findAll('input').map((input) => input.attributes('aria-label'))).toEqual([1, 2, 3, 4, 5, 6].map((number) => `Digit ${number}`))
    boxes.unmount()
  })
})
