import { createDelivery } from './delivery.js';
import { beacon, request } from './network.js';

/** The page's one delivery. */
export const delivery = /*#__PURE__*/ createDelivery(request, beacon);
