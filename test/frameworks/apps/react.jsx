import { StrictMode, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { Kmq, useIdentify } from 'kmq/react';

function App({ collector }) {
  const [id, setId] = useState();
  globalThis.become = setId;
  useIdentify(id);
  return (
    <main>
      <Kmq site="site" collector={collector} pageViews />
      Hello {id ?? 'you'}
    </main>
  );
}

const app = (collector) => (
  <StrictMode>
    <App collector={collector} />
    <Kmq site="another" collector={collector} />
  </StrictMode>
);

export const render = async (collector) => renderToString(app(collector));
export const hydrate = (root, collector) => {
  hydrateRoot(root, app(collector), { onRecoverableError: (error) => console.error(error) });
};
