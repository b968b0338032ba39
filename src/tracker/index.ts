import { start } from './start.js';

// By the prototype: an image of this name stands in front of the document's own.
start((Reflect.get(Document.prototype, 'currentScript', document) as HTMLScriptElement | null)?.src);
