import { createSSRApp, h, ref } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { Kmq, useIdentify } from 'kmq/vue';

const app = (collector) =>
  createSSRApp({
    setup() {
      const id = ref();
      globalThis.become = (next) => (id.value = next);
      useIdentify(id);
      return () =>
        h('main', [
          h(Kmq, { site: 'site', collector, pageViews: true }),
          `Hello ${id.value ?? 'you'}`,
          h(Kmq, { site: 'another', collector }),
        ]);
    },
  });

export const render = (collector) => renderToString(app(collector));
export const hydrate = (root, collector) => app(collector).mount(root);
