import { describe, expect, it, vi } from 'vitest'
import { CHORD_MS, isField, makeMatcher, pressed, register, shortcuts, shownKeys, type Shortcut } from '@/shell/shortcuts'

const key = (name: string, more: Partial<KeyboardEvent> = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more })
const shortcut = (id: string, keys: string, more: Partial<Shortcut> = {}): Shortcut => ({ id, keys, label: 'common.key.sheet', group: 'shell', run: vi.fn(), ...more })

describe('a key press', () => {
  it.each([
    [key('k', { ctrlKey: true }), 'Ctrl+K'],
    [key('k', { metaKey: true }), 'Ctrl+K'],
    [key('X', { shiftKey: true }), 'Shift+X'],
    [key('?', { shiftKey: true }), '?'],
    [key('ArrowDown'), 'ArrowDown'],
    [key(' '), 'Space'],
  ])('is written in one way', (event, text) => expect(pressed(event)).toBe(text))
  it('is shown with the signs of the keyboard', () => {
    expect(shownKeys('J | ArrowDown')).toEqual(['J'])
    expect(shownKeys('Shift+X')).toEqual(['⇧', 'X'])
    expect(shownKeys('G O')).toEqual(['G', 'O'])
  })
})

describe('the matcher', () => {
  const list = [shortcut('go', 'G O'), shortcut('palette', 'Ctrl+K', { inFields: true }), shortcut('next', 'J | ArrowDown'), shortcut('open', 'O')]
  it('finds one key, in any of its ways', () => {
    const match = makeMatcher(() => list)
    expect(match('ArrowDown', 0, false)?.id).toBe('next')
    expect(match('J', 1, false)?.id).toBe('next')
  })
  it('finds two keys one after the other, in time', () => {
    const match = makeMatcher(() => list)
    expect(match('G', 0, false)).toBeNull()
    expect(match('O', CHORD_MS, false)?.id).toBe('go')
    expect(match('G', 10_000, false)).toBeNull()
    expect(match('O', 10_001 + CHORD_MS, false)?.id).toBe('open')
  })
  it('leaves the keys of a text field alone, but not Ctrl+K', () => {
    const match = makeMatcher(() => list)
    expect(match('J', 0, true)).toBeNull()
    expect(match('Ctrl+K', 1, true)?.id).toBe('palette')
  })
  it('lets the screen in front go first', () => {
    const match = makeMatcher(() => [...list, shortcut('mine', 'O')])
    expect(match('O', 0, false)?.id).toBe('mine')
  })
})

describe('the registry', () => {
  it('forgets with the screen, and not what another screen put in its place', () => {
    const forget = register([shortcut('a', 'A'), shortcut('b', 'B')])
    const forgetOther = register([shortcut('b', 'C')])
    forget()
    expect(shortcuts.value.map(({ keys }) => keys)).toEqual(['C'])
    forgetOther()
    expect(shortcuts.value).toEqual([])
  })
  it('knows a field', () => {
    const input = document.createElement('input')
    expect(isField(input)).toBe(true)
    input.type = 'checkbox'
    expect(isField(input)).toBe(false)
    expect(isField(document.createElement('select'))).toBe(true)
    expect(isField(document.body)).toBe(false)
  })
})
