import type { MartJob } from '../job.js';

/** From the compiled file, the folder of the package. */
const folder = new URL('../../../transforms/purchases/', import.meta.url);

export const purchasesJob: MartJob = {
  name: 'purchases',
  description: 'Purchase orders of distributors, with their refunds: purchase_facts',
  inputs: ['juliu_store.distribution_events'],
  reads: [],
  output: 'purchase_facts',
  dirty: new URL('dirty.sql', folder),
  recompute: new URL('recompute.sql', folder),
  touched: {
    key: ['purchase_id'],
    state: 'juliu_store.purchases_state',
    statement: new URL('touched.sql', folder),
    byFirstDay: false,
  },
};
