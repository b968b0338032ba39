import type { Pushed } from './browser.js';

/** A visitor whose next hit is known. */
export interface Alive {
  next: Pushed;
  rest: Generator<Pushed>;
}

/** A binary heap: the visitor with the next hit is the first. */
export class Queue {
  private readonly heap: Alive[] = [];

  get first(): Alive | undefined {
    return this.heap[0];
  }

  add(one: Alive): void {
    const { heap } = this;
    let place = heap.length;
    for (let parent; place > 0 && heap[(parent = (place - 1) >> 1)]!.next.at > one.next.at; place = parent) {
      heap[place] = heap[parent]!;
    }
    heap[place] = one;
  }

  /** @param one the new first visitor; undefined to remove the first */
  replaceFirst(one: Alive | undefined): void {
    const { heap } = this;
    const moved = one ?? heap.pop()!;
    if (!heap.length) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.next.at < heap[child]!.next.at) child += 1;
      if (heap[child]!.next.at >= moved.next.at) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = moved;
  }
}
