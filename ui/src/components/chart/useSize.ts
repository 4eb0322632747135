/** The size of an element, followed; charts are drawn for it so that strokes and letters are never stretched. */
import { onMounted, onScopeDispose, reactive, type Ref } from 'vue'

export function useSize(element: Ref<HTMLElement | undefined>): { width: number; height: number } {
  const size = reactive({ width: 0, height: 0 })
  let observer: ResizeObserver | undefined
  onMounted(() => {
    const target = element.value
    if (!target) return
    const take = () => {
      size.width = target.clientWidth
      size.height = target.clientHeight
    }
    take()
    observer = new ResizeObserver(take)
    observer.observe(target)
  })
  onScopeDispose(() => observer?.disconnect())
  return size
}
