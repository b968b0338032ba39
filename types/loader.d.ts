// `loader.js` is what is pasted into a page, with placeholders for collector and key, and exports nothing. The globals of
// such a page are declared by `kmq/global`.
export {};
