/** When all pictures are taken, in milliseconds: an afternoon, a Wednesday. The demo's visitors came in the ninety days before. */
export const MOMENT = Date.UTC(2026, 9, 21, 16, 30);
