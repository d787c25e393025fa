import type { MartJob } from '../job.js';

/** From the compiled file, the folder of the package. */
const folder = new URL('../../../transforms/orders/', import.meta.url);

export const ordersJob: MartJob = {
  name: 'orders',
  description: 'Orders with their amounts, refunds and milestones: order_facts',
  inputs: ['juliu_store.trade_events', 'juliu_store.refund_events', 'juliu_store.order_dimensions'],
  reads: [],
  output: 'order_facts',
  dirty: new URL('dirty.sql', folder),
  recompute: new URL('recompute.sql', folder),
  touched: {
    key: ['tid'],
    state: 'juliu_store.orders_state',
    statement: new URL('touched.sql', folder),
    byFirstDay: true,
  },
};
