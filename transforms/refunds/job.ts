import type { MartJob } from '../job.js';

/** From the compiled file, the folder of the package. */
const folder = new URL('../../../transforms/refunds/', import.meta.url);

export const refundsJob: MartJob = {
  name: 'refunds',
  description: 'Refunds with their steps, the item of their order line and the payment of their order: refund_facts',
  inputs: ['juliu_store.refund_events', 'juliu_store.trade_events'],
  reads: ['order_facts'],
  output: 'refund_facts',
  dirty: new URL('dirty.sql', folder),
  recompute: new URL('recompute.sql', folder),
  touched: {
    key: ['refund_id'],
    state: 'juliu_store.refunds_state',
    statement: new URL('touched.sql', folder),
    byFirstDay: true,
  },
};
