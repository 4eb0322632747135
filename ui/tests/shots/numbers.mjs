// Whether a number on the screen is cut, wrapped or ellipsised, or stands beside its row. Runs in the page; names that hold a number ("350ml") are labels and may be shortened.

/** What is wrong with the numbers of a page, as sentences; none where each stands whole on one line. */
export function faultsOfNumbers(page) {
  return page.evaluate(() => {
    // A part of a code ("XH1122-0900") is no number of its own; codes are held as wholes.
    const NUMBER = /(?<![\p{L}\d-])[−+-]?[¥£$€]?\d(?:[\d,.\u00a0]*\d)?[%万亿KMB]?(?![\p{L}\d-])|(?<![\p{L}\d-])[−+-]?[¥£$€]?\d(?:[\d,.\u00a0]*\d)?(?=[\p{sc=Han}])/gu
    // Text of these is a name, a path or a sentence: it may wrap between words or be shortened.
    const LABELS = '.cell-label, .cell, .words, .name, option, select, input, textarea, script, style, .sr, [hidden]'
    const FIGURES = '.num, .r, .v, .d, .id, td, text'
    const found = []
    const cuts = (style) => style.overflowX === 'hidden' || style.overflowX === 'clip'
    const scrolls = (style) => style.overflowX === 'auto' || style.overflowX === 'scroll'

    function faultOf(node, from, to) {
      const range = document.createRange()
      range.setStart(node, from)
      range.setEnd(node, to)
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0)
      if (boxes.length === 0) return null
      const box = range.getBoundingClientRect()
      if (boxes.some((each) => Math.abs(each.top - boxes[0].top) > each.height / 2)) return 'wrapped'
      for (let above = node.parentElement; above; above = above.parentElement) {
        const style = getComputedStyle(above)
        if (style.visibility === 'hidden' || style.opacity === '0') return null
        const edge = above.getBoundingClientRect()
        const isOut = box.right > edge.right + 1 || box.left < edge.left - 1
        if (isOut && scrolls(style)) return null
        if (isOut && cuts(style)) return style.textOverflow === 'ellipsis' ? 'ellipsised' : 'cut'
        // A figure stands right in its cell: what is too long for it runs over its neighbour on the left.
        if (isOut && above.matches('[role=gridcell], [role=columnheader], td, th')) return 'run out of its cell'
        if (above.matches('.r, .num, .v, .id, td.r') && cuts(style) && above.scrollWidth > above.clientWidth + 1) return 'cut'
      }
      return box.right > innerWidth + 1 || box.left < -1 ? 'cut by the window' : null
    }

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const holder = node.parentElement
      if (!holder || !/\d/.test(node.data) || holder.closest(LABELS)) continue
      if (!holder.closest(FIGURES) && !/^[^\p{L}]*$/u.test(node.data)) continue
      const isCode = holder.closest('.id') !== null
      for (const match of isCode ? [{ index: 0, 0: node.data }] : node.data.matchAll(NUMBER)) {
        const fault = faultOf(node, match.index, match.index + match[0].length)
        if (fault) found.push(`${match[0]} is ${fault} in "${node.data.trim().slice(0, 60)}" (${holder.className?.baseVal ?? holder.className ?? holder.tagName})`)
      }
    }
    for (const text of document.querySelectorAll('svg text')) {
      const [box, edge] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()]
      if (/\d/.test(text.textContent ?? '') && box.width > 0 && (box.right > edge.right + 1 || box.left < edge.left - 1) && getComputedStyle(text.ownerSVGElement).overflow === 'hidden') found.push(`${text.textContent} is cut by its chart`)
    }
    // Figures of one row stand on one line, whatever is written below them.
    for (const row of document.querySelectorAll('.figs, .analysis .group')) {
      const tops = new Set([...row.querySelectorAll('.fig > .v')].map((figure) => Math.round(figure.getBoundingClientRect().top)))
      if (tops.size > 1) found.push(`the figures of one row stand at ${[...tops].join(', ')}`)
    }
    return [...new Set(found)]
  })
}
