import { start } from './start.js';

// Read through the prototype: an image named `currentScript` hides the document's own property.
start((Reflect.get(Document.prototype, 'currentScript', document) as HTMLScriptElement | null)?.src);
