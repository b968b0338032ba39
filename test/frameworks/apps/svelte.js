import { hydrate as hydrateApp } from 'svelte';
import { render as renderApp } from 'svelte/server';
import App from './App.svelte';

export const render = async (collector) => renderApp(App, { props: { collector } }).body;
export const hydrate = (target, collector) => hydrateApp(App, { target, props: { collector } });
