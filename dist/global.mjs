// What `kmq/global` declares is there once a page has the tracker: there is nothing to run.
export {};
