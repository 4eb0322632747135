/** `v-focus` puts the cursor where somebody goes on typing. The attribute `autofocus` works once a page, and the steps of one page come after that. */
import type { Directive } from 'vue'

export const vFocus: Directive<HTMLElement, boolean | undefined> = {
  mounted(element, { value }) {
    if (value !== false) element.focus()
  },
}
